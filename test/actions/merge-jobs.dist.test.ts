/** A merge group of several pull requests, two of whose jobs work at once on the team's server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeGroupEvent } from '../support/events.ts';
import { GOOD_MIGRATION, startShop } from '../support/shop-job.ts';
import { withJob } from '../support/shop-steps.ts';
import { startTeamServer } from '../support/team-server.ts';

const TAGS = { 'migrations/0004_tags.sql': 'create table tags (id int primary key);\n' };

test('what all of its pull requests add is rehearsed, by both jobs, and no branch is left', async () => {
  const server = await startTeamServer();
  const shop = await startShop();
  try {
    const { mergeSha } = await shop.push({ ...GOOD_MIGRATION, ...TAGS });
    const payload = mergeGroupEvent({ headSha: mergeSha });
    const merge_group = { ...payload.merge_group, base_sha: shop.baseSha };
    const event = { name: 'merge_group', payload: { ...payload, merge_group } };
    const given = { 'server-url': server.url };
    const secrets = [server.password, server.url];
    const job = () =>
      withJob(shop, { event, sha: mergeSha, secrets }, async ({ step }) => step('pullgres', given));
    for (const { outputs, exitCode, log, summary } of await Promise.all([job(), job()])) {
      assert.deepEqual([exitCode, outputs.verdict], [0, 'pass'], log);
      assert.match(outputs['branch-name'] ?? '', /_mg_[0-9a-f]{12}$/);
      assert.match(summary, /0003_labels.*0004_tags/s);
    }
    assert.deepEqual(await server.branches(), []);
    assert.deepEqual(await server.roles(), []);
    assert.deepEqual(shop.github.calls(), []);
  } finally {
    await shop.close();
  }
});
