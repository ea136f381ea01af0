import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HEAD_SHA } from '../support/events.ts';
import { type Commit, GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { type ShopSteps, withJob } from '../support/shop-steps.ts';
import { rowsAt, startTeamServer, type TeamServer } from '../support/team-server.ts';

const BRANCH = 'pullgres_512000001_pr_7';
/** Passes only when DATABASE_URL leads to the branch with the change in it. */
const ASK = `node -e '
  const ok = process.env.PGDATABASE === "${BRANCH}" && process.env.DATABASE_URL.includes("${BRANCH}");
  require("fs").writeFileSync("report.xml", "<testsuite><testcase name=\\"leads to the branch\\"/></testsuite>");
  process.exit(ok ? 0 : 1);'`;

let shop: Shop;
let commit: Commit;
before(async () => {
  shop = await startShop();
  commit = await shop.push(GOOD_MIGRATION);
  Object.assign(shop.pull, { headSha: commit.headSha });
});
after(() => shop.close());

const inJob = <T>(use: (job: ShopSteps) => Promise<T>, secrets: readonly string[] = []) =>
  withJob(shop, { event: 'synchronize', sha: commit.mergeSha, secrets }, use);

describe('single-purpose actions in one job, on a server of the job', () => {
  test('lint, rehearse, test and report: one verdict of all', async () => {
    await inJob(async (job) => {
      const lint = await job.step('lint');
      assert.deepEqual([lint.exitCode, lint.outputs.status], [0, 'passed'], lint.log);
      const rehearse = await job.step('rehearse');
      assert.deepEqual([rehearse.exitCode, rehearse.outputs.status], [0, 'passed'], rehearse.log);
      const tests = await job.step('test', { 'test-command': ASK, 'test-junit': 'report.xml' });
      assert.deepEqual([tests.exitCode, tests.outputs.status], [0, 'passed'], tests.log);
      const report = await job.step('report');
      assert.deepEqual([report.exitCode, report.outputs.verdict], [0, 'pass'], report.log);
      const evidence = await job.evidence();
      assert.deepEqual(evidence?.verdict.reasons, ['Passed: lint, rehearsal, tests.']);
      assert.equal(evidence?.branch?.name, BRANCH);
      assert.match(shop.github.repository.comments.at(-1)?.body ?? '', /1 test passed/);
      assert.match(await job.finish(), /server of this job is stopped/);
    });
  });

  test('a failed test is red in its step and in the report', async () => {
    await inJob(async (job) => {
      await job.step('lint');
      await job.step('rehearse');
      const tests = await job.step('test', { 'test-command': 'exit 3' });
      assert.deepEqual([tests.exitCode, tests.outputs.status], [1, 'failed'], tests.log);
      const report = await job.step('report');
      assert.deepEqual([report.exitCode, report.outputs.verdict], [1, 'fail'], report.log);
      assert.match(shop.github.repository.comments.at(-1)?.body ?? '', /the tests failed/);
    });
  });

  test('lint alone proves no rehearsal: the report is unproven and red', async () => {
    await inJob(async (job) => {
      await job.step('lint');
      const report = await job.step('report');
      assert.deepEqual([report.exitCode, report.outputs.verdict], [1, 'unproven'], report.log);
      assert.match(report.log, /The rehearsal left no record, and this check is required/);
    });
  });

  test('branch, then connect: the same credentials', async () => {
    await inJob(async (job) => {
      const branch = await job.step('branch');
      const connect = await job.step('connect');
      assert.equal(connect.exitCode, 0, connect.log);
      const { created, ...same } = branch.outputs;
      assert.equal(created, 'true');
      assert.deepEqual(connect.outputs, same);
      const [row] = await rowsAt(same['database-url'], 'select session_user::text as me');
      assert.deepEqual(row, { me: BRANCH });
    });
  });

  test('connect without a branch or a server says what to run first', async () => {
    await inJob(async (job) => {
      const { exitCode, annotations, outputs } = await job.step('connect');
      assert.equal(exitCode, 1);
      assert.deepEqual(outputs, {});
      assert.match(
        annotations[0]?.message ?? '',
        /run actions\/branch earlier in this job, or give server-url/,
      );
    });
  });

  test('evidence about another commit, or none at all, is refused', async () => {
    const lint = await inJob(async (job) => {
      await job.step('lint');
      return job.evidence();
    });
    assert.ok(lint);
    const other = { ...lint, subject: { ...lint.subject, headSha: HEAD_SHA } };
    await writeFile(join(shop.workspace, 'other.json'), JSON.stringify(other));
    const cases = [
      ['other.json', new RegExp(`is about another commit \\(${HEAD_SHA}, not `)],
      ['none.json', /There is no evidence to report on at .*none\.json/],
    ] as const;
    for (const [evidence, says] of cases) {
      await inJob(async (job) => {
        const report = await job.step('report', { evidence });
        assert.equal(report.exitCode, 1, report.log);
        assert.match(report.annotations[0]?.message ?? '', says);
        assert.equal(report.outputs.verdict, undefined);
        // The comment of the earlier jobs is the only one, and what was refused is not in it.
        const [comment, ...more] = shop.github.repository.comments.map(({ body }) => body);
        assert.deepEqual(more, []);
        assert.match(comment ?? '', /could not be judged/);
        assert.doesNotMatch(comment ?? '', new RegExp(HEAD_SHA));
      });
    }
  });
});

describe('single-purpose actions in several jobs, on the team’s server', () => {
  let server: TeamServer;
  let given: Readonly<Record<string, string>>;
  before(async () => {
    server = await startTeamServer();
    given = { 'server-url': server.url };
  });

  test('connect before any branch is an error that names the step to add', async () => {
    await inJob(
      async (job) => {
        const connect = await job.step('connect', given);
        assert.equal(connect.exitCode, 1);
        assert.match(
          connect.annotations[0]?.message ?? '',
          /no branch to connect to.\s+Let actions\/branch run first/,
        );
      },
      [server.password],
    );
  });

  test('another job gets the same credentials, which nobody stored; teardown ends them', async () => {
    const secrets = [server.password, server.url];
    const branch = await inJob((job) => job.step('branch', given), secrets);
    assert.equal(branch.exitCode, 0, branch.log);
    assert.deepEqual(await server.branches(), [BRANCH]);
    const connect = await inJob((job) => job.step('connect', given), secrets);
    assert.equal(connect.outputs['database-url'], branch.outputs['database-url']);
    const kept = await server.query('select * from pullgres.installation', 'team_admin');
    assert.ok(!JSON.stringify(kept).includes(connect.outputs.password ?? ''), 'the password is stored');
    const teardown = await inJob((job) => job.step('teardown', given), secrets);
    assert.deepEqual(teardown.outputs, { 'branch-name': BRANCH, removed: 'true' }, teardown.log);
    assert.deepEqual(await server.branches(), []);
    await assert.rejects(rowsAt(connect.outputs['database-url'], 'select 1'));
  });
});
