import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Environment } from './event.ts';
import { createPatience, isThrottled, looksFirst, type Patience, retryAfterOf } from './patience.ts';

/** How long and how often to try. */
export type Limits = {
  /** Repetitions of one call after its first failure. */
  readonly retries: number;
  /** Seconds in all that this client waits because GitHub asked it to. */
  readonly waitSeconds: number;
  /** Milliseconds that one attempt may take, its answer's body included. */
  readonly timeoutMs: number;
  /** Milliseconds in one second of waiting; tests make it short. */
  readonly secondMs: number;
};

export const LIMITS: Limits = { retries: 2, waitSeconds: 60, timeoutMs: 20_000, secondMs: 1_000 };

export type ApiOptions = {
  readonly token: Secret;
  /** Read: GITHUB_API_URL, GITHUB_REPOSITORY and the proxy variables. */
  readonly environment: Environment;
  /** Told when a call has to wait. */
  readonly onNotice: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Limits> | undefined;
};

export type Api = {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
  readonly limits: Limits;
  readonly patience: Patience;
  /** The token is a GitHub App's, as a job's own is (docs: "About authentication to GitHub", token formats). */
  readonly installation: boolean;
  readonly signal: AbortSignal | undefined;
  /** For addresses outside of the API: no token, no limit of its own; through the proxy where one is set. */
  readonly fetch: () => Promise<Fetch>;
};

/** One GitHub repository's API. Calls nothing yet. Throws UserError when the environment or the token is missing. */
export function openApi(options: ApiOptions): Api {
  const limits = { ...LIMITS, ...options.limits };
  const [, owner, repo] =
    /^([\w.-]+)\/([\w.-]+)$/.exec(required(options.environment, 'GITHUB_REPOSITORY')) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new UserError('GITHUB_REPOSITORY is not of the form owner/name.', {
      hint: 'Inside a GitHub Actions job the runner sets it; do not set it in `env`.',
    });
  }
  if (options.token.reveal() === '') {
    throw new UserError('There is no GitHub token.', {
      hint: 'Leave the token input out to use the token of the job, or give a secret that exists.',
    });
  }
  const patience = createPatience(options, limits);
  const octokit = new (Octokit.plugin(retry, throttling))({
    auth: options.token.reveal(),
    baseUrl: apiUrl(options.environment),
    userAgent: 'pullgres',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: boundedFetch(options, limits) },
    // 429 is the throttling plugin's.
    retry: {
      doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
      retries: limits.retries,
      retryAfterBaseValue: limits.secondMs,
    },
    throttle: throttle(patience, limits),
  });
  obeyHeader(octokit, patience);
  const installation = options.token.reveal().startsWith('ghs_');
  const fetch = () => chosenFetch(options.environment);
  return { octokit, owner, repo, limits, patience, installation, signal: options.signal, fetch };
}

function quiet(): void {}

function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new UserError(`${name} is not set.`, { hint: 'Inside a GitHub Actions job the runner sets it.' });
}

function apiUrl(environment: Environment): string {
  const text = required(environment, 'GITHUB_API_URL');
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new UserError('GITHUB_API_URL is not an http or https address.', {
      hint: 'Inside a GitHub Actions job the runner sets it: https://api.github.com, or that of your own server.',
    });
  }
  return text.replace(/\/+$/, '');
}

let clients = 0;

/** Stands for a Bottleneck group of which the plugin uses no more than this. */
const unpaced = {
  key: () => ({ schedule: async (_options: object, job: () => Promise<void>) => job() }),
} as never;

/** Waits as GitHub says (docs: "Rate limits for the REST API"), within the limits; else the refusal stands. */
function throttle({ allows }: Patience, limits: Limits) {
  const mayWait = (limit: string) => (seconds: number, options: object, _octokit: unknown, tries: number) =>
    !looksFirst(options) && allows(limit, seconds, tries);
  return {
    onRateLimit: mayWait('primary'),
    onSecondaryRateLimit: mayWait('secondary'),
    retryAfterBaseValue: limits.secondMs,
    // A run writes one comment: the second's pause between writes that GitHub wants of bulk work only delays it.
    write: unpaced,
    notifications: unpaced,
    // The plugin's queues are shared by id in the whole process; each client has its own.
    id: `pullgres-${++clients}`,
  };
}

/** The throttling plugin knows a limit by its words; GitHub's own advice is to obey the header, whatever the words. */
function obeyHeader(octokit: Octokit, { allows, wait }: Patience): void {
  octokit.hook.wrap('request', async (request, options) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await request(options);
      } catch (error) {
        const seconds = isThrottled(error) || looksFirst(options) ? undefined : retryAfterOf(error);
        if (seconds === undefined || !allows('secondary', seconds, tries)) throw error;
        await wait(seconds);
      }
    }
  });
}

type Fetch = typeof globalThis.fetch;

/** Reads the body too before it answers: octokit takes a body that breaks off for an empty one. */
function boundedFetch({ environment, signal }: ApiOptions, limits: Limits): Fetch {
  return async (input, init) => {
    const fetch = await chosenFetch(environment);
    const signals = [AbortSignal.timeout(limits.timeoutMs), signal, init?.signal].filter(
      (one) => one != null,
    );
    const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    const body = await response.arrayBuffer();
    const { status, statusText, headers } = response;
    return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers: [...headers] });
  };
}

/** Proxies are left to `@actions/github`, which knows the variables that runners set. */
async function chosenFetch(environment: Environment): Promise<Fetch> {
  const proxied = /^https?_proxy$/i;
  const usesProxy = Object.keys(environment).some((name) => proxied.test(name) && environment[name]);
  if (!usesProxy) return globalThis.fetch;
  const { defaults } = await import('@actions/github/lib/utils');
  return defaults.request?.fetch ?? globalThis.fetch;
}
