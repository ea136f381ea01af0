/** What `name` and `ttl` refuse; the whole life of such a branch is the story of examples/adhoc-branch.yml. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pullRequestEvent, workflowDispatchEvent } from '../support/events.ts';
import type { GitHubEvent } from '../support/job-environment.ts';
import { type Shop, startShop } from '../support/shop-job.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

let server: TeamServer;
let shop: Shop;
before(async () => {
  [server, shop] = await Promise.all([startTeamServer(), startShop()]);
});
after(() => shop.close());

const manual: GitHubEvent = { name: 'workflow_dispatch', payload: workflowDispatchEvent() };

async function refused(action: string, inputs: Record<string, string>, event: GitHubEvent, says: RegExp) {
  const { exitCode, log, outputs } = await shop.run({ action, with: inputs, event, sha: shop.baseSha });
  assert.equal(exitCode, 1, log);
  assert.match(log, says);
  assert.deepEqual(outputs, {});
  assert.deepEqual(await server.branches(), []);
}

for (const action of ['branch', 'connect', 'teardown']) {
  test(`${action}: a name without a server, on a pull request, or of another kind is refused`, async () => {
    const pull: GitHubEvent = { name: 'pull_request', payload: pullRequestEvent({ ...shop.pull }) };
    const given = { 'server-url': server.url };
    await refused(action, { name: 'qa' }, manual, /would die with this job.*server-url/s);
    await refused(action, { ...given, name: 'qa' }, pull, /`name` is for workflow_dispatch/);
    await refused(action, { ...given, name: 'Q"A' }, manual, /single hyphens between words/);
  });
}

test('a life beyond the policy’s greatest age, or without a name, is refused', async () => {
  const given = { 'server-url': server.url };
  await refused(
    'branch',
    { ...given, name: 'qa', ttl: '15d' },
    manual,
    /beyond the greatest age of a branch, 14d/,
  );
  await refused('branch', { ...given, ttl: '1h' }, manual, /`ttl` goes with `name`/);
});

test('connect without a branch of the name says so, and teardown finds nothing to do', async () => {
  const given = { 'server-url': server.url, name: 'qa' };
  await refused('connect', given, manual, /There is no branch to connect to/);
  const torn = await shop.run({ action: 'teardown', with: given, event: manual, sha: shop.baseSha });
  assert.equal(torn.exitCode, 0, torn.log);
  assert.equal(torn.outputs.removed, 'false');
});
