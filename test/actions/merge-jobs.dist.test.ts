/** A merge group of several pull requests, whose jobs work on the team's server at once and one within the other. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { mergeGroupEvent } from '../support/events.ts';
import { GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { type ShopSteps, withJob } from '../support/shop-steps.ts';
import { rowsAt, startTeamServer, type TeamServer } from '../support/team-server.ts';

const TAGS = { 'migrations/0004_tags.sql': 'create table tags (id int primary key);\n' };
const NAME = /_mg_[0-9a-f]{12}_j[0-9a-f]{8}$/;

describe('several jobs of one merge group', () => {
  let server: TeamServer;
  let shop: Shop;
  let mergeSha: string;
  let given: Readonly<Record<string, string>>;
  before(async () => {
    [server, shop] = await Promise.all([startTeamServer(), startShop()]);
    ({ mergeSha } = await shop.push({ ...GOOD_MIGRATION, ...TAGS }));
    given = { 'server-url': server.url };
  });
  after(() => shop.close());
  beforeEach(async () => assert.deepEqual(await server.branches(), []));

  const inJob = <T>(use: (job: ShopSteps) => Promise<T>) => {
    const payload = mergeGroupEvent({ headSha: mergeSha });
    const merge_group = { ...payload.merge_group, base_sha: shop.baseSha };
    const event = { name: 'merge_group', payload: { ...payload, merge_group } };
    return withJob(shop, { event, sha: mergeSha, secrets: [server.password, server.url] }, use);
  };
  const nothingIsLeft = async () => {
    assert.deepEqual(await server.branches(), []);
    assert.deepEqual(await server.roles(), []);
    assert.deepEqual(shop.github.calls(), []);
  };

  test('what all of its pull requests add is rehearsed, by both jobs at once, and no branch is left', async () => {
    const job = () => inJob(async ({ step }) => step('pullgres', given));
    const both = await Promise.all([job(), job()]);
    for (const { outputs, exitCode, log, summary } of both) {
      assert.deepEqual([exitCode, outputs.verdict], [0, 'pass'], log);
      assert.match(outputs['branch-name'] ?? '', NAME);
      assert.match(summary, /0003_labels.*0004_tags/s);
    }
    assert.notEqual(both[0].outputs['branch-name'], both[1].outputs['branch-name']);
    await nothingIsLeft();
  });

  test('a job between two steps keeps its branch while another one begins and ends', async () => {
    await inJob(async (job) => {
      const branch = await job.step('branch', given);
      assert.match(branch.outputs['branch-name'] ?? '', NAME, branch.log);
      const sibling = await inJob(async ({ step }) => step('pullgres', given));
      assert.deepEqual([sibling.exitCode, sibling.outputs.verdict], [0, 'pass'], sibling.log);
      assert.deepEqual(await server.branches(), [branch.outputs['branch-name']]);
      const connect = await job.step('connect', given);
      assert.equal(connect.outputs['database-url'], branch.outputs['database-url'], connect.log);
      assert.deepEqual(await rowsAt(connect.outputs['database-url'], 'select 1 as one'), [{ one: 1 }]);
    });
    await nothingIsLeft();
  });
});
