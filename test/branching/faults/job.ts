import { join } from 'node:path';
import { createGitHub } from '../../../src/github/client.ts';
import { readEvent } from '../../../src/github/event.ts';
import { policyFromText } from '../../../src/operations/policy.ts';
import type { ServedEvent, Setting } from '../../../src/operations/setting.ts';
import { connectionUrl } from '../../../src/postgres/url.ts';
import type { World } from '../../../src/runner/world.ts';
import { Secret } from '../../../src/secret.ts';
import { pullRequestEvent } from '../../support/events.ts';
import type { FakeGitHub } from '../../support/fake-github.ts';
import type { PullSpec } from '../../support/github-pull-shapes.ts';
import type { Stage } from './stage.ts';

/** One job of a pull request on the stage's server: the operations of `src/operations` run in this process. */
export type Job = {
  readonly world: World;
  readonly setting: Setting;
  readonly serverUrl: Secret;
  readonly loaded: ReturnType<typeof policyFromText>;
  /** Everything that the job printed. */
  readonly said: () => string;
};

export type JobOptions = {
  readonly github: FakeGitHub;
  readonly pull: PullSpec;
  /** Action of the `pull_request` event. */
  readonly action: string;
  /** The job's folder. */
  readonly folder: string;
  /** By how much the runner's clock is wrong. */
  readonly clockMs?: number;
};

/** Short waits: a second that GitHub asks for takes ten milliseconds, an answer may take half a second. */
const LIMITS = { secondMs: 10, timeoutMs: 500 };

function worldOf(lines: string[], { github, folder, clockMs = 0 }: JobOptions): World {
  const say = (text: string): void => void lines.push(text);
  return {
    environment: github.environment,
    workspace: folder,
    temporary: join(folder, 'job'),
    now: () => new Date(Date.now() + clockMs),
    signal: new AbortController().signal,
    info: say,
    warning: say,
    debug: say,
    group: (_title, work) => work(),
    mask: () => undefined,
    annotate: ({ message }) => say(message),
    summary: async (markdown) => say(markdown),
    output: (name, value) => say(`${name}=${value}`),
    saveState: () => undefined,
  };
}

export function openJob(stage: Stage, options: JobOptions): Job {
  const { github, pull, action } = options;
  const lines: string[] = [];
  const world = worldOf(lines, options);
  const event = readEvent(
    'pull_request',
    pullRequestEvent({ ...pull, action }),
    github.environment,
  ) as Extract<ServedEvent, { kind: 'pull-request' }>;
  const { number, headSha, baseSha, repository } = event.pullRequest;
  const { id, owner, name } = repository;
  const token = new Secret(github.token());
  return {
    world,
    serverUrl: connectionUrl(stage.admin),
    loaded: policyFromText('version: 1\n', { commit: undefined, editedHere: false }),
    said: () => lines.join('\n'),
    setting: {
      event,
      repository,
      token,
      trusted: true,
      run: { id: '7000000001', attempt: 1, url: 'https://github.example/run' },
      subject: {
        kind: 'pull-request',
        repository: `${owner}/${name}`,
        repositoryId: id,
        pullRequest: number,
        headSha,
        baseSha,
      },
      identity: { repositoryId: id, subject: { kind: 'pull-request', number } },
      github: createGitHub({
        token,
        environment: github.environment,
        onNotice: () => undefined,
        limits: LIMITS,
      }),
    },
  };
}
