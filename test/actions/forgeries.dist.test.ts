import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BASE_MIGRATIONS, type Commit, GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { withJob } from '../support/shop-steps.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

const UNSAFE = 'create index orders_note on orders (note);\n';

describe('a pull request cannot choose what it is judged by', () => {
  let shop: Shop;
  before(async () => {
    shop = await startShop();
  });
  after(() => shop.close());

  const moved = (folder: string) => ({
    ...Object.fromEntries(Object.keys(BASE_MIGRATIONS).map((path) => [path, undefined])),
    ...Object.fromEntries(
      Object.entries(BASE_MIGRATIONS).map(([path, text]) => [path.replace('migrations', folder), text]),
    ),
    [`${folder}/0003_index.sql`]: UNSAFE,
  });

  test('by moving the merged migrations, so that every table looks new', async () => {
    await shop.push(moved('db/migrations'));
    const run = await shop.run();
    assert.deepEqual([run.exitCode, run.outputs.verdict], [1, 'fail'], run.log);
    assert.match(run.comment, /migrations \(sql\) to db\/migrations \(sql\)/);
  });

  test('by a merge commit of its own making', async () => {
    await shop.push({ ...GOOD_MIGRATION });
    const { git, workspace, baseSha } = shop;
    // E already holds the unsafe migration, and M = merge of E and the head H is what is checked out.
    await git('checkout', '--quiet', '--detach', baseSha);
    await writeFile(join(workspace, 'migrations', '0003_index.sql'), UNSAFE);
    await git('add', '--all');
    const tree = await git('write-tree');
    const evil = await git('commit-tree', tree, '-p', baseSha, '-m', 'Evil base');
    const headSha = await git('commit-tree', tree, '-p', baseSha, '-m', 'Head');
    const merge = await git('commit-tree', tree, '-p', evil, '-p', headSha, '-m', 'Merge');
    await git('reset', '--quiet', '--hard', merge);
    const run = await shop.run({ commit: { headSha, mergeSha: merge }, sha: evil });
    assert.deepEqual([run.exitCode, run.outputs.verdict], [1, 'fail'], run.log);
    assert.equal(run.outputs['findings-error'], '1');
  });
});

describe('steps believe the event and the branch, not each other’s files', () => {
  let shop: Shop;
  let server: TeamServer;
  let commit: Commit;
  before(async () => {
    shop = await startShop();
    server = await startTeamServer();
    commit = await shop.push(GOOD_MIGRATION);
    Object.assign(shop.pull, { headSha: commit.headSha });
  });
  after(() => shop.close());

  test('tests on a branch without the change prove nothing', async () => {
    await withJob(shop, { event: 'synchronize', sha: commit.mergeSha }, async (job) => {
      await job.step('lint');
      const tests = await job.step('test', { 'test-command': 'true' });
      assert.deepEqual([tests.exitCode, tests.outputs.status], [1, 'unproven'], tests.log);
      assert.match(tests.log, /the branch lacks migrations\/0003_labels\.sql/);
    });
  });

  test('evidence about another pull request is refused, and a teardown in it is not believed', async () => {
    await withJob(shop, { event: 'synchronize', sha: commit.mergeSha }, async (job) => {
      await job.step('lint');
      const own = await job.evidence();
      assert.ok(own);
      const forged = [
        [{ ...own, subject: { ...own.subject, pullRequest: 1 } }, /about another pullRequest/],
        [{ ...own, subject: { ...own.subject, repositoryId: 1 } }, /about another repositoryId/],
      ] as const;
      for (const [evidence, says] of forged) {
        await writeFile(join(shop.workspace, 'forged.json'), JSON.stringify(evidence));
        const report = await job.step('report', { evidence: 'forged.json' });
        assert.equal(report.exitCode, 1);
        assert.match(report.log, says);
      }
      const { lint: _, ...bare } = own;
      const teardown = { branch: 'b', removed: true, at: '2026-01-01T00:00:00.000Z' };
      const policy = { ...own.policy, required: [], failOn: 'never' as const };
      await writeFile(join(shop.workspace, 'forged.json'), JSON.stringify({ ...bare, teardown, policy }));
      const report = await job.step('report', { evidence: 'forged.json' });
      assert.deepEqual([report.exitCode, report.outputs.verdict], [1, 'unproven'], report.log);
    });
  });

  test('a forged state file cannot make the post step remove a pull request’s branch', async () => {
    const given = { 'server-url': server.url };
    await withJob(shop, { event: 'synchronize', sha: commit.mergeSha }, async (job) => {
      const forge =
        'for f in "$RUNNER_TEMP"/_runner_file_commands/*state*; do echo "branch=made" >> "$f"; done; true';
      const run = await job.step('pullgres', { ...given, 'test-command': forge });
      assert.deepEqual([run.exitCode, run.state.branch], [0, 'made'], run.log);
    });
    assert.equal((await server.branches()).length, 1);
  });
});
