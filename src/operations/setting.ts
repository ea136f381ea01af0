import type { BranchIdentity } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { createGitHub, type GitHub } from '../github/client.ts';
import { type Event, type PullRequest, type Repository, readEvent } from '../github/event.ts';
import { readRun } from '../github/run.ts';
import { jobKey } from '../runner/job-key.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';

export type ServedEvent = Exclude<Event, { kind: 'unsupported' }>;

/** Everything that is fixed about a run before it does anything: what happened, to whom it belongs, who asked. */
export type Setting = {
  readonly event: ServedEvent;
  readonly subject: Evidence['subject'];
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly repository: Repository;
  readonly identity: BranchIdentity;
  readonly token: Secret | undefined;
  readonly github: GitHub | undefined;
  /** No code of a stranger runs in this job: not a fork, not a bot. Only then are server credentials used. */
  readonly trusted: boolean;
};

/**
 * Reads the event that started the job.
 * @throws UserError for an event that cannot be served, in one sentence.
 */
export async function readSetting(
  world: World,
  options: { readonly token: Secret | undefined; readonly name?: string | undefined },
): Promise<Setting> {
  const { environment } = world;
  const { eventName, payload, id, attempt, url } = await readRun();
  const event = readEvent(eventName, payload, environment);
  if (event.kind === 'unsupported') throw new UserError(event.sentence);
  const repository = repositoryOf(event);
  const run = { id, attempt, url };
  return {
    event,
    run,
    subject: subjectOf(event, options.name),
    repository,
    identity: {
      repositoryId: repository.id,
      subject:
        options.name === undefined
          ? await identitySubject(world, event, run)
          : namedSubject(event, options.name),
    },
    token: options.token,
    github: options.token
      ? createGitHub({
          token: options.token,
          environment,
          onNotice: world.info,
          signal: world.signal,
        })
      : undefined,
    trusted: event.kind !== 'pull-request' || isTrusted(event.pullRequest),
  };
}

function repositoryOf(event: ServedEvent): Repository {
  return event.kind === 'pull-request' ? event.pullRequest.repository : event.repository;
}

function isTrusted(pullRequest: PullRequest): boolean {
  return !pullRequest.fork && pullRequest.bot === undefined;
}

async function identitySubject(
  world: World,
  event: ServedEvent,
  run: Setting['run'],
): Promise<BranchIdentity['subject']> {
  switch (event.kind) {
    case 'pull-request':
      return { kind: 'pull-request', number: event.pullRequest.number };
    case 'merge-group':
      return { kind: 'merge-group', headSha: event.headSha, job: await jobKey(world) };
    case 'push':
    case 'manual':
      return { kind: 'run', runId: run.id, attempt: run.attempt, job: await jobKey(world) };
  }
}

/**
 * The branch of a name is nobody's pull request: only who may start workflows by hand, which takes write access, gets it,
 * and no text of a pull request chooses the name.
 */
function namedSubject(event: ServedEvent, name: string): BranchIdentity['subject'] {
  if (event.kind === 'manual' && /^refs\/(?:heads|tags)\//.test(event.ref)) return { kind: 'named', name };
  throw new UserError('The input `name` is for workflow_dispatch, on a branch or tag of this repository.', {
    hint: 'Leave `name` out here, or use it in a workflow of `on: workflow_dispatch`.',
  });
}

/** `called`: name of a branch that holds what the commit has; then nothing in it is new. */
function subjectOf(event: ServedEvent, called: string | undefined): Evidence['subject'] {
  const { id, owner, name } = repositoryOf(event);
  const repository = { repository: `${owner}/${name}`, repositoryId: id };
  switch (event.kind) {
    case 'pull-request': {
      const { number, headSha, baseSha } = event.pullRequest;
      return { kind: 'pull-request', ...repository, pullRequest: number, headSha, baseSha };
    }
    case 'merge-group':
      return { kind: 'merge-group', ...repository, headSha: event.headSha, baseSha: event.baseSha };
    case 'push':
      return { kind: 'push', ...repository, headSha: event.after, baseSha: event.before ?? '' };
    case 'manual':
      return {
        kind: 'manual',
        ...repository,
        headSha: event.sha,
        baseSha: called === undefined ? '' : event.sha,
      };
  }
}
