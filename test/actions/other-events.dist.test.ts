import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { mergeGroupEvent, pullRequestEvent, pushEvent, workflowDispatchEvent } from '../support/events.ts';
import type { GitHubEvent } from '../support/job-environment.ts';
import { type Commit, GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

let server: TeamServer;
let shop: Shop;
let commit: Commit;
before(async () => {
  [server, shop] = await Promise.all([startTeamServer(), startShop()]);
  commit = await shop.push(GOOD_MIGRATION);
});
beforeEach(() => {
  shop.github.requests.length = 0;
});
after(() => shop.close());

const run = (event: GitHubEvent) =>
  shop.run({
    event,
    commit,
    with: { 'server-url': server.url },
    secrets: [server.password, server.url],
  });

async function nothingIsMade(): Promise<void> {
  assert.deepEqual(await server.branches(), []);
  assert.deepEqual(await server.roles(), []);
}

function mergeGroup(headSha: string): GitHubEvent {
  const payload = mergeGroupEvent({ headSha });
  const group = { ...payload.merge_group, base_sha: shop.baseSha };
  return { name: 'merge_group', payload: { ...payload, merge_group: group } };
}

describe('events without a pull request: the branch lives for the job, and nobody is called', () => {
  const cases: readonly { name: string; event: () => GitHubEvent; branch: RegExp; added: number }[] = [
    {
      name: 'merge_group',
      event: () => mergeGroup(commit.mergeSha),
      branch: /_mg_[0-9a-f]{12}_j[0-9a-f]{8}$/,
      added: 1,
    },
    {
      name: 'push',
      event: () => ({ name: 'push', payload: pushEvent({ before: shop.baseSha, after: commit.mergeSha }) }),
      branch: /_run_7000000001_1_j[0-9a-f]{8}$/,
      added: 1,
    },
    {
      name: 'push of a new branch',
      event: () => ({ name: 'push', payload: pushEvent({ before: undefined, after: commit.mergeSha }) }),
      branch: /_run_7000000001_1_j[0-9a-f]{8}$/,
      added: 3,
    },
    {
      name: 'workflow_dispatch',
      event: () => ({ name: 'workflow_dispatch', payload: workflowDispatchEvent() }),
      branch: /_run_7000000001_1_j[0-9a-f]{8}$/,
      added: 3,
    },
  ];
  for (const { name, event, branch, added } of cases) {
    test(name, async () => {
      const { outputs, exitCode, log, evidence, summary, end } = await run(event());
      assert.equal(exitCode, 0, log);
      assert.equal(outputs.verdict, 'pass', log);
      assert.match(outputs['branch-name'] ?? '', branch);
      assert.equal(evidence?.branch?.lifetime, 'job');
      assert.equal(evidence?.subject.headSha, commit.mergeSha);
      assert.equal(evidence?.migrations?.added.length, added);
      assert.equal(evidence?.rehearsal?.migrations.length, added);
      assert.match(summary, /Ready to merge/);
      assert.match(end.posts[0]?.log ?? '', /The branch of this job is removed/);
      assert.deepEqual(shop.github.calls(), []);
      await nothingIsMade();
    });
  }
});

describe('events that cannot be served: one sentence, nothing made', () => {
  const pullRequest = (action: string) => pullRequestEvent({ ...shop.pull, action });
  const cases: readonly { name: string; event: () => GitHubEvent; says: RegExp }[] = [
    {
      name: 'pull_request labeled',
      event: () => ({ name: 'pull_request', payload: pullRequest('labeled') }),
      says: /nothing to do when a pull_request is "labeled"; put `pull_request: \{ types:/,
    },
    {
      name: 'schedule',
      event: () => ({ name: 'schedule', payload: { schedule: '0 4 * * *' } }),
      says: /A schedule has no migrations to judge; put/,
    },
    {
      name: 'pull_request_target',
      event: () => ({ name: 'pull_request_target', payload: pullRequest('opened') }),
      says: /refuses pull_request_target, because it would run code from the pull request/,
    },
    {
      name: 'merge_group destroyed',
      event: () => ({ name: 'merge_group', payload: mergeGroupEvent({ action: 'destroyed' }) }),
      says: /nothing to do when a merge_group is "destroyed"; put/,
    },
    {
      name: 'push that deletes a branch',
      event: () => ({ name: 'push', payload: pushEvent({ after: undefined }) }),
      says: /The push deleted "refs\/heads\/main", so there is nothing to test/,
    },
  ];
  for (const { name, event, says } of cases) {
    test(name, async () => {
      const { outputs, exitCode, annotations, evidence, end, log } = await run(event());
      assert.equal(exitCode, 1, log);
      assert.deepEqual(outputs, {});
      assert.equal(evidence, undefined);
      assert.equal(annotations.length, 1, log);
      const [annotation] = annotations;
      assert.equal(annotation?.level, 'error');
      assert.match(annotation?.message ?? '', says);
      assert.ok(!annotation?.message.trim().includes('\n'), annotation?.message);
      assert.equal(end.posts.length, 1);
      assert.deepEqual(shop.github.calls(), []);
      await nothingIsMade();
    });
  }
});
