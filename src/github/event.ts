import { UserError } from '../errors.ts';
import {
  manualPayload,
  mergeGroupPayload,
  type PullRequestPayload,
  pullRequestPayload,
  pushPayload,
  type RepositoryPayload,
  readPayload,
  withAction,
} from './payload.ts';
import { unsupportedAction, unsupportedEvent, unsupportedPush } from './unsupported.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Repository = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
};

export const PULL_REQUEST_ACTIONS = [
  'opened',
  'synchronize',
  'reopened',
  'ready_for_review',
  'edited',
  'closed',
] as const;
export type PullRequestAction = (typeof PULL_REQUEST_ACTIONS)[number];

/** Refs are names without `refs/heads/`. All text is the author's: data, never part of a command. */
export type PullRequest = {
  readonly number: number;
  readonly repository: Repository;
  readonly headSha: string;
  readonly headRef: string;
  /** `owner/name`; missing when the fork was deleted. */
  readonly headRepository: string | undefined;
  /** Its runs get a read-only token and no secrets. True for a deleted fork too. */
  readonly fork: boolean;
  readonly deletedFork: boolean;
  /** Dependabot's runs are treated by GitHub as a fork's. */
  readonly bot: 'dependabot' | 'other' | undefined;
  readonly draft: boolean;
  readonly open: boolean;
  readonly merged: boolean;
  readonly baseRef: string;
  readonly baseSha: string;
  /** `ghost` when the account is gone. */
  readonly author: string;
  readonly htmlUrl: string;
};

export type Event =
  | {
      readonly kind: 'pull-request';
      readonly action: PullRequestAction;
      readonly pullRequest: PullRequest;
      /** The base branch before; set when the pull request was retargeted (`edited`). */
      readonly retargetedFrom?: string;
    }
  | {
      readonly kind: 'merge-group';
      readonly repository: Repository;
      readonly headSha: string;
      /** Full: `refs/heads/gh-readonly-queue/…`. */
      readonly headRef: string;
      readonly baseSha: string;
      readonly baseRef: string;
    }
  | {
      readonly kind: 'push';
      readonly repository: Repository;
      readonly ref: string;
      /** Missing when the push created the branch. */
      readonly before: string | undefined;
      readonly after: string;
      /** History was rewritten: `before` may not be in the clone. */
      readonly forced: boolean;
    }
  | {
      readonly kind: 'manual';
      readonly repository: Repository;
      readonly ref: string;
      readonly sha: string;
      readonly inputs: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'unsupported'; readonly sentence: string };

type Reader = (payload: unknown, environment: Environment) => Event;

const readers: Readonly<Record<string, Reader>> = {
  pull_request: readPullRequest,
  pull_request_target: readTarget,
  merge_group: readMergeGroup,
  push: readPush,
  workflow_dispatch: readManual,
};

/**
 * Turns an event's name and payload into what Pullgres acts on. An event that cannot be served is
 * `unsupported` with one sentence; it is never taken for another. Throws UserError on a malformed payload.
 * Shapes: docs.github.com, "Webhook events and payloads" and "Events that trigger workflows".
 */
export function readEvent(name: string, payload: unknown, environment: Environment): Event {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read === undefined) return { kind: 'unsupported', sentence: unsupportedEvent(name) };
  return read(payload, environment);
}

/**
 * `edited` is a new title, a new text or a new base. Whatever it was, it is judged like a push: a check belongs to the
 * commit, so one that judged nothing would hide the red one that stands there.
 */
function readPullRequest(payload: unknown): Event {
  const { action } = readPayload(withAction, 'pull_request', payload);
  const known = PULL_REQUEST_ACTIONS.find((candidate) => candidate === action);
  if (known === undefined) {
    return { kind: 'unsupported', sentence: unsupportedAction('pull_request', action) };
  }
  const facts = readPayload(pullRequestPayload, 'pull_request', payload);
  const from = facts.changes?.base?.ref.from;
  const pullRequest = pullRequestFrom(facts);
  const retargeted = from === undefined ? {} : { retargetedFrom: from };
  return { kind: 'pull-request', action: known, pullRequest, ...retargeted };
}

/**
 * The end of a pull request, told by the workflow of the default branch: that of an old or conflicting pull request may
 * not run at all (docs: "pull_request", merge conflicts). Nothing else is served, since it would run code from the pull
 * request beside the repository's secrets.
 */
function readTarget(payload: unknown): Event {
  const name = 'pull_request_target';
  const { action } = readPayload(withAction, name, payload);
  if (action !== 'closed') return { kind: 'unsupported', sentence: unsupportedEvent(name) };
  return readPullRequest(payload);
}

function pullRequestFrom({ pull_request: pull, repository }: PullRequestPayload): PullRequest {
  return {
    number: pull.number,
    repository: repositoryFrom(repository),
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    headRepository: pull.head.repo?.full_name,
    // Ids, not names: a repository keeps its id when it is renamed or moved.
    fork: pull.head.repo?.id !== pull.base.repo.id,
    deletedFork: pull.head.repo === null,
    bot: botOf(pull.user),
    draft: pull.draft,
    open: pull.state === 'open',
    merged: pull.merged,
    baseRef: pull.base.ref,
    baseSha: pull.base.sha,
    author: pull.user?.login ?? 'ghost',
    htmlUrl: pull.html_url,
  };
}

function botOf(user: PullRequestPayload['pull_request']['user']): PullRequest['bot'] {
  if (user?.type !== 'Bot') return undefined;
  return user.login === 'dependabot[bot]' ? 'dependabot' : 'other';
}

function repositoryFrom(repository: RepositoryPayload): Repository {
  return { id: repository.id, owner: repository.owner.login, name: repository.name };
}

function readMergeGroup(payload: unknown): Event {
  const { action } = readPayload(withAction, 'merge_group', payload);
  if (action !== 'checks_requested') {
    return { kind: 'unsupported', sentence: unsupportedAction('merge_group', action) };
  }
  const { merge_group: group, repository } = readPayload(mergeGroupPayload, 'merge_group', payload);
  return {
    kind: 'merge-group',
    repository: repositoryFrom(repository),
    headSha: group.head_sha,
    headRef: group.head_ref,
    baseSha: group.base_sha,
    baseRef: group.base_ref,
  };
}

function readPush(payload: unknown): Event {
  const push = readPayload(pushPayload, 'push', payload);
  const sentence = unsupportedPush(push.ref, push.deleted);
  if (sentence !== undefined) return { kind: 'unsupported', sentence };
  return {
    kind: 'push',
    repository: repositoryFrom(push.repository),
    ref: push.ref,
    before: /^0+$/.test(push.before) ? undefined : push.before,
    after: push.after,
    forced: push.forced,
  };
}

/** The payload of workflow_dispatch has no commit; the runner gives it as GITHUB_SHA. */
function readManual(payload: unknown, environment: Environment): Event {
  const { repository, ref, inputs } = readPayload(manualPayload, 'workflow_dispatch', payload);
  const sha = environment.GITHUB_SHA;
  if (sha === undefined || !/^[0-9a-f]{40,64}$/.test(sha)) {
    throw new UserError('GITHUB_SHA is not set to a commit, so workflow_dispatch has nothing to run on.', {
      hint: 'Run this inside a GitHub Actions job, which sets it.',
    });
  }
  const texts = Object.entries(inputs ?? {}).map(([key, value]) => [key, String(value ?? '')]);
  return {
    kind: 'manual',
    repository: repositoryFrom(repository),
    ref,
    sha,
    inputs: Object.fromEntries(texts),
  };
}
