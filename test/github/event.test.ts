import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { type Event, type PullRequest, readEvent } from '../../src/github/event.ts';
import { FIXTURES } from '../support/event-fixtures.ts';
import {
  BASE_SHA,
  HEAD_SHA,
  HOSTILE_REFS,
  mergeGroupEvent,
  NEXT_HEAD_SHA,
  pullRequestEvent,
  pushEvent,
  workflowDispatchEvent,
} from '../support/events.ts';

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'events');
const repository = { id: 512_000_001, owner: 'tidewater', name: 'shop' };
const environment = { GITHUB_SHA: NEXT_HEAD_SHA };

const pullRequest: PullRequest = {
  number: 7,
  repository,
  headSha: HEAD_SHA,
  headRef: 'index-orders',
  headRepository: 'tidewater/shop',
  fork: false,
  deletedFork: false,
  bot: undefined,
  draft: false,
  open: true,
  merged: false,
  baseRef: 'main',
  baseSha: BASE_SHA,
  author: 'robin',
  htmlUrl: 'https://github.com/tidewater/shop/pull/7',
};

const pulls =
  'put `pull_request: { types: [opened, synchronize, reopened, ready_for_review, edited, closed] }` into `on:`.';

const fork = { ...pullRequest, number: 8, author: 'marlow', fork: true };
const page = 'https://github.com/tidewater/shop/pull';

const expected: Record<keyof typeof FIXTURES, Event> = {
  'pull-request-opened': { kind: 'pull-request', action: 'opened', pullRequest },
  'pull-request-synchronize': {
    kind: 'pull-request',
    action: 'synchronize',
    pullRequest: { ...pullRequest, headSha: NEXT_HEAD_SHA },
  },
  'pull-request-closed-merged': {
    kind: 'pull-request',
    action: 'closed',
    pullRequest: { ...pullRequest, headSha: NEXT_HEAD_SHA, open: false, merged: true },
  },
  'pull-request-closed-while-running': {
    kind: 'pull-request',
    action: 'closed',
    pullRequest: { ...pullRequest, headSha: NEXT_HEAD_SHA, open: false },
  },
  'pull-request-ready-for-review': { kind: 'pull-request', action: 'ready_for_review', pullRequest },
  'pull-request-draft': {
    kind: 'pull-request',
    action: 'opened',
    pullRequest: { ...pullRequest, draft: true },
  },
  'pull-request-fork': {
    kind: 'pull-request',
    action: 'opened',
    pullRequest: { ...fork, headRepository: 'marlow/shop', htmlUrl: `${page}/8` },
  },
  'pull-request-deleted-fork': {
    kind: 'pull-request',
    action: 'synchronize',
    pullRequest: {
      ...fork,
      headSha: NEXT_HEAD_SHA,
      headRepository: undefined,
      deletedFork: true,
      htmlUrl: `${page}/8`,
    },
  },
  'pull-request-dependabot': {
    kind: 'pull-request',
    action: 'opened',
    pullRequest: {
      ...pullRequest,
      number: 9,
      author: 'dependabot[bot]',
      bot: 'dependabot',
      headRef: 'dependabot/npm_and_yarn/pg-8.23.1',
      htmlUrl: `${page}/9`,
    },
  },
  'pull-request-labeled': {
    kind: 'unsupported',
    sentence: `Pullgres has nothing to do when a pull_request is "labeled"; ${pulls}`,
  },
  'merge-group-checks-requested': {
    kind: 'merge-group',
    repository,
    headSha: NEXT_HEAD_SHA,
    headRef: `refs/heads/gh-readonly-queue/main/pr-7-${BASE_SHA}`,
    baseSha: BASE_SHA,
    baseRef: 'refs/heads/main',
  },
  push: {
    kind: 'push',
    repository,
    ref: 'refs/heads/main',
    before: BASE_SHA,
    after: NEXT_HEAD_SHA,
    forced: false,
  },
  'workflow-run-completed-fork': {
    kind: 'unsupported',
    sentence: `A workflow_run names no pull request that can be trusted; ${pulls}`,
  },
  'workflow-dispatch': {
    kind: 'manual',
    repository,
    ref: 'refs/heads/main',
    sha: NEXT_HEAD_SHA,
    inputs: {},
  },
};

describe('reads each event of fixtures/events', () => {
  for (const [name, event] of Object.entries(expected)) {
    test(name, () => {
      const payload = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      assert.deepEqual(readEvent(FIXTURES[name as keyof typeof FIXTURES][0], payload, environment), event);
    });
  }
});

function pullRequestOf(payload: unknown): PullRequest {
  const event = readEvent('pull_request', payload, environment);
  assert.equal(event.kind, 'pull-request');
  return event.pullRequest;
}

test('hostile refs stay the text that they are', () => {
  for (const headRef of HOSTILE_REFS) {
    assert.equal(pullRequestOf(pullRequestEvent({ headRef })).headRef, headRef);
  }
});

test('a fork is told by id, so a renamed repository is none', () => {
  const event = pullRequestEvent();
  Object.assign(event.pull_request.head.repo ?? {}, { full_name: 'tidewater/old-name' });
  assert.equal(pullRequestOf(event).fork, false);
});

test('an edit is judged like a push, and a retargeted pull request says where it went before', () => {
  const retargeted = pullRequestEvent({
    action: 'edited',
    baseRef: 'release',
    retargetedFrom: { ref: 'main', sha: BASE_SHA },
  });
  assert.deepEqual(readEvent('pull_request', retargeted, environment), {
    kind: 'pull-request',
    action: 'edited',
    pullRequest: { ...pullRequest, baseRef: 'release' },
    retargetedFrom: 'main',
  });
  assert.deepEqual(readEvent('pull_request', pullRequestEvent({ action: 'edited' }), environment), {
    kind: 'pull-request',
    action: 'edited',
    pullRequest,
  });
});

test('a bot that is not Dependabot, a user named like it, and a deleted account', () => {
  assert.equal(pullRequestOf(pullRequestEvent({ author: 'renovate[bot]' })).bot, 'other');
  assert.equal(pullRequestOf(pullRequestEvent({ author: 'dependabot' })).bot, undefined);
  const event = pullRequestEvent();
  const ghost = pullRequestOf({ ...event, pull_request: { ...event.pull_request, user: null } });
  assert.deepEqual([ghost.author, ghost.bot], ['ghost', undefined]);
});

test('a push that creates a branch has no before', () => {
  const event = readEvent('push', pushEvent({ before: undefined }), environment);
  assert.ok(event.kind === 'push');
  assert.equal(event.before, undefined);
});

test('inputs of a manual run are text', () => {
  const event = readEvent(
    'workflow_dispatch',
    workflowDispatchEvent({ number: 7, force: true, note: null }),
    environment,
  );
  assert.ok(event.kind === 'manual');
  assert.deepEqual(event.inputs, { number: '7', force: 'true', note: '' });
});

const branches = 'put `push: { branches: [main] }` into `on:`, with the names of your branches.';
const unsupported: readonly [string, string, unknown, string][] = [
  [
    'pull_request_target',
    'pull_request_target',
    pullRequestEvent(),
    `Pullgres refuses pull_request_target, because it would run code from the pull request beside the secrets of the repository; ${pulls}`,
  ],
  ['an unknown event', 'discussion', {}, `Pullgres does not serve the event "discussion"; ${pulls}`],
  ['a schedule', 'schedule', {}, `A schedule has no migrations to judge; ${pulls}`],
  [
    'a name of Object.prototype',
    'constructor',
    {},
    `Pullgres does not serve the event "constructor"; ${pulls}`,
  ],
  [
    'an action of tomorrow, with control characters',
    'pull_request',
    pullRequestEvent({ action: 'open\n::error::ed' }),
    `Pullgres has nothing to do when a pull_request is "open?::error::ed"; ${pulls}`,
  ],
  [
    'a destroyed merge group',
    'merge_group',
    mergeGroupEvent({ action: 'destroyed' }),
    'Pullgres has nothing to do when a merge_group is "destroyed"; put `merge_group: { types: [checks_requested] }` into `on:`.',
  ],
  [
    'a deleted branch',
    'push',
    pushEvent({ ref: 'refs/heads/old', after: undefined }),
    `The push deleted "refs/heads/old", so there is nothing to test; ${branches}`,
  ],
  [
    'a tag',
    'push',
    pushEvent({ ref: 'refs/tags/v1' }),
    `The push was to "refs/tags/v1", which is not a branch; ${branches}`,
  ],
];

describe('says in one sentence what cannot be served', () => {
  for (const [title, name, payload, sentence] of unsupported) {
    test(title, () => {
      assert.deepEqual(readEvent(name, payload, environment), { kind: 'unsupported', sentence });
    });
  }
});

/** The payload without the field at `path`, or with `value` in its place. */
function spoiled(payload: object, path: string, value?: unknown): unknown {
  const copy = structuredClone(payload);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let holder = copy as Record<string, unknown>;
  for (const key of keys) holder = holder[key] as Record<string, unknown>;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

const malformed: readonly [string, unknown, string][] = [
  ['pull_request', {}, 'action is missing'],
  ['pull_request', 'text', 'the whole payload has an unexpected value'],
  ['pull_request', undefined, 'the whole payload is missing'],
  ['pull_request', spoiled(pullRequestEvent(), 'pull_request.head.sha'), 'pull_request.head.sha is missing'],
  [
    'pull_request',
    spoiled(pullRequestEvent(), 'pull_request.head.repo'),
    'pull_request.head.repo is missing',
  ],
  [
    'pull_request',
    spoiled(pullRequestEvent(), 'pull_request.base.sha', '--upload-pack=x'),
    'pull_request.base.sha has an unexpected value',
  ],
  [
    'pull_request',
    spoiled(pullRequestEvent(), 'pull_request.html_url', 'javascript:alert(1)'),
    'pull_request.html_url has an unexpected value',
  ],
  ['merge_group', spoiled(mergeGroupEvent(), 'merge_group.head_sha'), 'merge_group.head_sha is missing'],
  ['push', spoiled(pushEvent(), 'repository.owner.login'), 'repository.owner.login is missing'],
  ['push', spoiled(pushEvent(), 'after', 'main'), 'after has an unexpected value'],
  ['workflow_dispatch', spoiled(workflowDispatchEvent(), 'ref'), 'ref is missing'],
];

describe('names what is wrong with a malformed payload', () => {
  for (const [name, payload, complaint] of malformed) {
    test(`${name}: ${complaint}`, () => {
      assert.throws(
        () => readEvent(name, payload, environment),
        (error) =>
          error instanceof UserError &&
          error.message === `The payload of the event ${name} is malformed: ${complaint}.`,
      );
    });
  }

  test('all that is missing is named at once', () => {
    const payload = { action: 'opened', repository: pullRequestEvent().repository, pull_request: {} };
    assert.throws(
      () => readEvent('pull_request', payload, {}),
      /number is missing; .*head is missing; .*base is missing/,
    );
  });
});

test('a manual run without GITHUB_SHA says so', () => {
  assert.throws(() => readEvent('workflow_dispatch', workflowDispatchEvent(), {}), /GITHUB_SHA is not set/);
});
