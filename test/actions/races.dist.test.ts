import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pullRequestEvent } from '../support/events.ts';
import { GOOD_MIGRATION, type RunOptions, type Shop, startShop } from '../support/shop-job.ts';
import { rowsAt, startTeamServer, type TeamServer } from '../support/team-server.ts';

describe('what happens at the same time, or too late', () => {
  let server: TeamServer;
  let shop: Shop;
  before(async () => {
    [server, shop] = await Promise.all([startTeamServer(), startShop()]);
    await shop.push(GOOD_MIGRATION);
  });
  after(() => shop.close());

  const run = (runId: number, event: string, options: RunOptions = {}) =>
    shop.run({
      event,
      with: { 'server-url': server.url },
      secrets: [server.password, server.url],
      environment: { GITHUB_RUN_ID: String(7_000_000_000 + runId) },
      ...options,
    });

  test('closed while the branch is being made: it is removed again, and the job is green', async () => {
    const { outputs, exitCode, log } = await run(1, 'opened', {
      onLine: (line) => {
        if (line.startsWith('Copying the baseline')) Object.assign(shop.pull, { state: 'closed' });
      },
    });
    assert.equal(exitCode, 0, log);
    assert.match(log, /Pull request 7 was closed while its branch was being made; the branch is removed/);
    assert.deepEqual(outputs, {});
    assert.deepEqual(await server.branches(), []);
    assert.deepEqual(await server.roles(), []);
    assert.equal(shop.github.repository.comments.length, 0);
  });

  test('closed before the run begins: no branch is made', async () => {
    const { exitCode, log } = await run(2, 'synchronize');
    assert.equal(exitCode, 0, log);
    assert.match(log, /Pull request 7 is closed; no branch is made/);
    assert.ok(!log.includes('Making the roles'), log);
    assert.deepEqual(await server.branches(), []);
  });

  test('two runs at once share one branch, and both end well', async () => {
    Object.assign(shop.pull, { state: 'open' });
    const runs = await Promise.all([run(3, 'synchronize'), run(4, 'synchronize')]);
    for (const { evidence, log } of runs) {
      assert.equal(evidence?.rehearsal?.migrations.length, 1, `what was not watched is not proved\n${log}`);
    }
    assert.deepEqual(await server.branches(), ['pullgres_512000001_pr_7']);
    const [first, second] = runs;
    assert.equal(first.outputs['database-url'], second.outputs['database-url']);
    assert.deepEqual(await rowsAt(first.outputs['database-url'], 'select count(*)::int as n from labels'), [
      { n: 0 },
    ]);
    assert.deepEqual(
      runs.map(({ outputs }) => outputs.verdict),
      ['pass', 'pass'],
    );
    assert.equal(shop.github.repository.comments.length, 1);
  });

  test('the re-run of an old run leaves the newer comment alone', async () => {
    const before = shop.github.repository.comments[0]?.body;
    const { exitCode, log } = await run(1, 'synchronize', {
      environment: { GITHUB_RUN_ID: '7000000001', GITHUB_RUN_ATTEMPT: '2' },
    });
    assert.equal(exitCode, 0, log);
    assert.match(log, /Comment skipped: The later run \d+, attempt 1, has already commented/);
    assert.equal(shop.github.repository.comments[0]?.body, before);
  });

  test('the re-run of an old attempt, after a push: unproven, and the newer run’s branch stays as it is', async () => {
    const old = await shop.push({
      'migrations/0003_old.sql': 'create table old_idea (id int primary key);\n',
    });
    await shop.git('tag', 'old', old.mergeSha);
    await shop.push(GOOD_MIGRATION);
    const newer = await run(5, 'synchronize');
    assert.equal(newer.exitCode, 0, newer.log);
    await rowsAt(newer.outputs['database-url'], "insert into labels values (1, 'kept')");
    const labels = () =>
      server.query(
        "select shobj_description(oid, 'pg_database') as label from pg_database where datname = 'pullgres_512000001_pr_7'",
      );
    const before = await labels();
    await shop.git('checkout', '--quiet', 'old');
    const payload = pullRequestEvent({ ...shop.pull, action: 'synchronize', headSha: old.headSha });
    const { exitCode, log, evidence, outputs } = await run(3, 'synchronize', {
      event: { name: 'pull_request', payload },
      commit: old,
      environment: { GITHUB_RUN_ID: '7000000003', GITHUB_RUN_ATTEMPT: '2' },
    });
    assert.equal(exitCode, 1, log);
    assert.equal(outputs.verdict, 'unproven');
    assert.equal(outputs['database-url'], undefined);
    const shas = [shop.pull.headSha, old.headSha].map((sha) => sha.slice(0, 7));
    assert.match(evidence?.rehearsal?.reason ?? '', new RegExp(`at ${shas[0]} by now .* about ${shas[1]}`));
    assert.equal(evidence?.lint?.status, 'passed', 'the text is judged all the same');
    assert.deepEqual(await labels(), before);
    assert.deepEqual(await rowsAt(newer.outputs['database-url'], 'select name from labels'), [
      { name: 'kept' },
    ]);
  });

  test('a new title is judged like a push, so that no green run of nothing hides a red one', async () => {
    const commit = await shop.push({
      'migrations/0003_bad.sql': 'alter table orders rename to purchases;\n',
    });
    const payload = () => pullRequestEvent({ ...shop.pull, action: 'edited' });
    Object.assign(shop.pull, { headSha: commit.headSha });
    const { outputs, log } = await run(6, 'edited', {
      event: { name: 'pull_request', payload: payload() },
      commit,
    });
    assert.match(log, /Rehearsal/);
    assert.notEqual(outputs.verdict, 'pass', log);
  });
});
