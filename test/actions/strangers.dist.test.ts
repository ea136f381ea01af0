import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FORK, SHOP } from '../support/events.ts';
import type { PullSpec } from '../support/github-pull-shapes.ts';
import { GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

let server: TeamServer;
let shop: Shop;
before(async () => {
  [server, shop] = await Promise.all([startTeamServer(), startShop()]);
  await shop.push(GOOD_MIGRATION);
});
after(() => shop.close());

const become = (changes: Partial<PullSpec>) => Object.assign(shop.pull, changes);

describe('a pull request of a stranger never reaches the team’s server', () => {
  const cases: readonly { name: string; pull: Partial<PullSpec> }[] = [
    { name: 'a fork', pull: { author: 'marlow', headRepository: FORK } },
    { name: 'a deleted fork', pull: { author: 'marlow', headRepository: null } },
    { name: 'Dependabot', pull: { author: 'dependabot[bot]', headRepository: SHOP } },
  ];
  for (const { name, pull } of cases) {
    test(`${name}: rehearsed on a local server, even where server-url is given`, async () => {
      become(pull);
      const token = shop.github.token({ contents: 'read', 'pull-requests': 'read' });
      const { exitCode, log, outputs, evidence, annotations, summary } = await shop.run({
        event: 'synchronize',
        with: { 'server-url': server.url },
        secrets: [server.password],
        token,
      });
      assert.equal(exitCode, 0, log);
      assert.equal(outputs.verdict, 'pass');
      assert.equal(evidence?.branch?.provider, 'local');
      assert.equal(evidence?.rehearsal?.migrations.length, 1);
      assert.match(summary, /Ready to merge/);
      const warnings = annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
      assert.match(warnings.join('\n'), /comes from a fork or a bot: the server is not used/);
      assert.match(warnings.join('\n'), /The comment could not be written/);
      assert.deepEqual(await server.branches(), []);
    });
  }

  test('closed: the team’s server is not asked, and the log says why', async () => {
    become({ author: 'marlow', headRepository: FORK });
    const { exitCode, log, outputs } = await shop.run({
      event: 'closed',
      with: { 'server-url': server.url },
      secrets: [server.password],
    });
    assert.equal(exitCode, 0, log);
    assert.equal(outputs.removed, 'false');
    assert.match(log, /fork or a bot/);
    become({ state: 'open', merged: false });
  });
});

test('a draft of the team’s own is served like any pull request', async () => {
  become({ author: 'robin', headRepository: SHOP, draft: true });
  const { exitCode, log, evidence } = await shop.run({
    event: 'opened',
    with: { 'server-url': server.url },
    secrets: [server.password],
  });
  assert.equal(exitCode, 0, log);
  assert.equal(evidence?.branch?.provider, 'postgres');
  assert.deepEqual(await server.branches(), ['pullgres_512000001_pr_7']);
});
