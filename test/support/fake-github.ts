/**
 * GitHub's REST API on loopback, with state. Every request and every answer is held against GitHub's own API
 * description (github-openapi.json); what is wrong is in `problems`, which a test expects to be empty.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations } from './fake-github-operations.ts';
import {
  type Answer,
  notFound,
  type Permissions,
  permissionRefusal,
  rateLimitExceeded,
  type Token,
  unauthorized,
  validationFailed,
} from './fake-github-refusals.ts';
import {
  addComment,
  type FakeRepository,
  type FakeState,
  fakeState,
  type RepositorySeed,
} from './fake-github-state.ts';
import { type Match, matchOperation, requestProblems, responseProblems } from './github-schema.ts';
import type { CommentSpec, Host, PullSpec } from './github-shapes.ts';

/** What the next requests get instead of, or (`after`) in spite of, what they ask for. */
export type Fault = {
  readonly method?: string;
  readonly path?: RegExp;
  /** How many requests; 1 when not given. */
  readonly times?: number;
  /** `drop`: the connection is cut. `hang`: no answer ever comes. `cut`: half of the right answer comes. */
  readonly answer: Answer | 'drop' | 'hang' | 'cut';
  /** The request is carried out, and only its answer is lost. */
  readonly after?: boolean;
};

export type RequestRecord = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly operation: string | undefined;
  readonly login: string | undefined;
  /** Of the answer; missing while there is none. */
  status: number | undefined;
};

export type FakeGitHub = {
  /** The API's address, without a slash at its end. */
  readonly url: string;
  /** What the runner sets for a job of the first repository. */
  readonly environment: Readonly<Record<string, string>>;
  readonly state: FakeState;
  readonly repository: FakeRepository;
  readonly requests: RequestRecord[];
  readonly problems: string[];
  /** A new token; like a workflow's own with the least that Pullgres asks for unless told otherwise. */
  readonly token: (permissions?: Permissions, owner?: Partial<Pick<Token, 'kind' | 'login'>>) => string;
  readonly fault: (fault: Fault) => void;
  /** Adds a comment by anybody to the first repository. */
  readonly comment: (comment: Pick<CommentSpec, 'issue' | 'author' | 'body'>) => CommentSpec;
  /** Operations called since the start, in order, for assertions. */
  readonly calls: () => readonly string[];
  /** Milliseconds before each answer. */
  latencyMs: number;
  readonly close: () => Promise<void>;
};

export type FakeOptions = {
  readonly repositories?: readonly RepositorySeed[];
  readonly pulls?: readonly Partial<PullSpec>[];
  /** Whose tokens `token()` makes. */
  readonly login?: string;
  readonly latencyMs?: number;
};

type Server = {
  readonly fake: FakeGitHub;
  readonly host: Host;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly faults: { -readonly [Key in keyof Fault]: Fault[Key] }[];
};

/** Starts the fake on a free port. Close it, or the process does not end. */
export async function startFakeGitHub(options: FakeOptions = {}): Promise<FakeGitHub> {
  const state = fakeState(options.repositories ?? [], options.pulls ?? [{}]);
  const repository = state.repositories[0] as FakeRepository;
  const tokens = new Map<string, Token>();
  const faults: Server['faults'] = [];
  const http = createServer((request, response) => {
    serve(server, request, response).catch((error) => {
      fake.problems.push(`the fake failed: ${error instanceof Error ? error.stack : error}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const fake: FakeGitHub = {
    url,
    environment: {
      GITHUB_API_URL: url,
      GITHUB_SERVER_URL: url,
      GITHUB_REPOSITORY: `${repository.owner}/${repository.name}`,
      GITHUB_REPOSITORY_ID: String(repository.id),
    },
    state,
    repository,
    requests: [],
    problems: [],
    token: (permissions = { contents: 'read', 'pull-requests': 'write' }, owner = {}) => {
      const login = owner.login ?? options.login ?? 'github-actions[bot]';
      const kind = owner.kind ?? (login.endsWith('[bot]') ? 'installation' : 'user');
      const text = `${kind === 'user' ? 'ghp' : 'ghs'}_${randomBytes(18).toString('hex')}`;
      tokens.set(text, { kind, login, permissions });
      return text;
    },
    fault: (fault) => void faults.push({ times: 1, ...fault }),
    comment: (comment) => addComment(state, repository, comment),
    calls: () => fake.requests.map(({ operation, method, path }) => operation ?? `${method} ${path}`),
    latencyMs: options.latencyMs ?? 0,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const server: Server = { fake, host: { api: url, web: url }, tokens, faults };
  return fake;
}

type Asked = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly match: Match | undefined;
  readonly token: Token | undefined;
  readonly record: RequestRecord;
};

async function serve(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = await read(server, request);
  if (server.fake.latencyMs > 0) await sleep(server.fake.latencyMs, undefined, { ref: false });
  const fault = takeFault(server, asked.record);
  if (fault !== undefined && !fault.after && typeof fault.answer === 'object') {
    return send(server, response, asked, fault.answer);
  }
  if (fault !== undefined && !fault.after && fault.answer !== 'cut') {
    if (fault.answer === 'drop') response.destroy();
    return;
  }
  const answer = decide(server, request, asked);
  checkAnswer(server, asked, answer);
  if (fault === undefined) return send(server, response, asked, answer);
  if (typeof fault.answer === 'object') return send(server, response, asked, fault.answer);
  if (fault.answer === 'cut') return sendHalf(response, answer);
  if (fault.answer === 'drop') response.destroy();
}

async function read({ fake, tokens }: Server, request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const url = new URL(request.url ?? '/', fake.url);
  const path = namedPath(fake.state, url.pathname);
  const method = request.method ?? 'GET';
  const match = matchOperation(method, path);
  const token = tokens.get(request.headers.authorization?.replace(/^(?:token|bearer) /i, '') ?? '');
  const record: RequestRecord = {
    method,
    path,
    query: Object.fromEntries(url.searchParams),
    body,
    operation: match?.operation,
    login: token?.login,
    status: undefined,
  };
  fake.requests.push(record);
  return { path, query: url.searchParams, body, match, token, record };
}

/** `/repositories/<id>/…`, as GitHub's own links say, is `/repos/<owner>/<name>/…`. */
function namedPath(state: FakeState, path: string): string {
  const id = /^\/repositories\/(\d+)/.exec(path)?.[1];
  const repository = state.repositories.find((candidate) => String(candidate.id) === id);
  if (repository === undefined) return path;
  return path.replace(/^\/repositories\/\d+/, `/repos/${repository.owner}/${repository.name}`);
}

function takeFault({ faults }: Server, { method, path }: RequestRecord): Fault | undefined {
  const fault = faults.find(
    (candidate) =>
      (candidate.times ?? 0) > 0 &&
      (candidate.method ?? method) === method &&
      (candidate.path?.test(path) ?? true),
  );
  if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
  return fault;
}

function decide(server: Server, request: IncomingMessage, asked: Asked): Answer {
  const { fake, host } = server;
  const { token, match, path, query } = asked;
  if (token === undefined) return unauthorized(request.headers.authorization !== undefined);
  if (fake.state.rate.remaining === 0) return rateLimitExceeded();
  fake.state.rate.remaining -= 1;
  if (path === '/graphql') return answerViewer(fake, asked, token);
  if (match === undefined) {
    fake.problems.push(`no such operation: ${asked.record.method} ${path}`);
    return notFound(undefined);
  }
  const wrong = [...requestProblems(match, query, asked.body), ...headerProblems(request)];
  fake.problems.push(...wrong.map((problem) => `request ${match.operation}: ${problem}`));
  if (wrong.length > 0) {
    return validationFailed(
      match.operation,
      wrong.map((message) => ({ code: 'invalid', message })),
    );
  }
  const { owner, repo } = match.parameters;
  const repository = fake.state.repositories.find((entry) => entry.owner === owner && entry.name === repo);
  if (owner !== undefined && repository === undefined) return notFound(match.operation);
  const refused = permissionRefusal(match.operation, token, repository?.private === false);
  const perform = operations[match.operation];
  if (refused !== undefined || perform === undefined) return refused ?? notFound(match.operation);
  return perform({
    operation: match.operation,
    state: fake.state,
    host,
    repository: repository ?? fake.repository,
    parameters: match.parameters,
    query,
    body: (asked.body ?? {}) as Readonly<Record<string, unknown>>,
    login: token.login,
    path,
  });
}

/** GitHub refuses requests without a User-Agent (docs: "Getting started with the REST API"). */
function headerProblems(request: IncomingMessage): string[] {
  return request.headers['user-agent'] === undefined ? ['no User-Agent'] : [];
}

/** The one GraphQL query served, outside of the REST description: whose token is this? */
function answerViewer(fake: FakeGitHub, { body }: Asked, token: Token): Answer {
  const query = typeof body === 'object' && body !== null && 'query' in body ? String(body.query) : '';
  if (/^query\s*\{\s*viewer\s*\{\s*login\s*\}\s*\}$/.test(query.trim())) {
    return { status: 200, body: { data: { viewer: { login: token.login } } } };
  }
  fake.problems.push(`unknown GraphQL query: ${query}`);
  return { status: 200, body: { errors: [{ type: 'undefinedField', message: 'not served' }] } };
}

function checkAnswer({ fake }: Server, { match }: Asked, answer: Answer): void {
  if (match === undefined) return;
  const sent = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
  const wrong = responseProblems(match.operation, answer.status, sent);
  fake.problems.push(...wrong.map((problem) => `answer ${match.operation} ${answer.status}: ${problem}`));
}

function send({ fake }: Server, response: ServerResponse, asked: Asked, answer: Answer): void {
  const { rate } = fake.state;
  asked.record.status = answer.status;
  response.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'x-github-media-type': 'github.v3; format=json',
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-reset': String(rate.reset),
    'x-ratelimit-used': String(rate.limit - rate.remaining),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
}

function sendHalf(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}
