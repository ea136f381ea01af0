/** Test shards and the running version's tests, through the bundles, as jobs on a runner. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import { parseJunit } from '../../src/testing/junit.ts';
import { BASE_MIGRATIONS, type Files, GOOD_MIGRATION, type Shop } from '../support/shop-job.ts';
import { withJob } from '../support/shop-steps.ts';
import { ask, migration, onServer, withShop } from './bad-input.ts';

const driver = resolve(import.meta.dirname, '..', '..', 'node_modules', 'pg', 'lib', 'index.js');

/** Tests that meet on one database would count each other's rows: they wait for one another before they count. */
const MEETING = `
import pg from ${JSON.stringify(driver)};
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
const { PULLGRES_SHARD_INDEX: index, PULLGRES_SHARD_COUNT: count, DATABASE_URL, OTHER_URL } = process.env;
const client = new pg.Client(DATABASE_URL);
await client.connect();
await client.query('insert into customers (email) values ($1)', [index]);
mkdirSync('met', { recursive: true });
writeFileSync('met/' + index, '');
const together = Math.min(2, Number(count));
for (let tries = 0; tries < 600 && readdirSync('met').length < together; tries += 1) await new Promise((r) => setTimeout(r, 100));
const { rows } = await client.query('select email, current_database() as name from customers');
await client.end();
console.log('shard', index, 'of', count, 'saw', JSON.stringify(rows));
const alone = rows.length === 1 && rows[0].email === index && rows[0].name.endsWith('_s' + index);
const led = OTHER_URL === (process.env.HAS_OTHER ? DATABASE_URL : undefined);
const isGood = alone && led && index !== process.env.FAILING;
mkdirSync('reports', { recursive: true });
writeFileSync('reports/' + index + '.xml', '<testsuite name="meeting"><testcase name="is alone">' + (isGood ? '' : '<failure message="not alone"/>') + '</testcase></testsuite>');
process.exit(isGood ? 0 : 1);
`;
const base: Files = { ...BASE_MIGRATIONS, '.gitignore': 'reports\nmet\nreport.xml\n', 'meet.mjs': MEETING };
const given = { 'test-command': 'node meet.mjs', 'test-junit': 'reports/{shard}.xml' };

const shardsLeft = () =>
  ask(String.raw`SELECT datname::text FROM pg_database WHERE datname ~ '^pullgres_.*_s\d+$'`);

async function readMerged(path: string | undefined) {
  assert.ok(path);
  return parseJunit(await readFile(path), path).cases.map(({ name, status }) => `${name}: ${status}`);
}

function inJob<T>(
  shop: Shop,
  mergeSha: string,
  use: Parameters<typeof withJob<T>>[2],
  secrets: readonly string[] = [],
) {
  return withJob(shop, { event: 'synchronize', sha: mergeSha, secrets }, use);
}

test('four shards in one job: each its own database, one record, one JUnit file', () =>
  withShop({ base }, async (shop) => {
    const { headSha, mergeSha } = await shop.push(GOOD_MIGRATION);
    Object.assign(shop.pull, { headSha });
    await inJob(shop, mergeSha, async (job) => {
      await job.step('lint');
      await job.step('rehearse');
      const tests = await job.step('test', { ...given, shards: '4' });
      assert.deepEqual([tests.exitCode, tests.outputs.status], [0, 'passed'], tests.log);
      const record = (await job.evidence())?.tests;
      assert.deepEqual(record?.counts, { passed: 4, failed: 0, errored: 0, skipped: 0 });
      assert.deepEqual(
        record?.shards?.map(({ index, status }) => [index, status]),
        [1, 2, 3, 4].map((index) => [index, 'passed']),
      );
      assert.ok(record?.shards?.every(({ copyMs }) => copyMs !== undefined && copyMs > 0));
      assert.deepEqual(
        await readMerged(tests.outputs['junit-path']),
        [1, 2, 3, 4].map((index) => `shard ${index} › meeting › is alone: passed`),
      );
      const report = await job.step('report');
      assert.equal(report.outputs.verdict, 'pass', report.log);
    });
  }));

test('a failing shard is red and named, the others count', () =>
  withShop({ base }, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    const run = await shop.run({
      with: { ...given, 'test-command': 'FAILING=2 node meet.mjs', shards: 3 },
    });
    assert.deepEqual([run.exitCode, run.outputs.verdict], [1, 'fail'], run.log);
    const tests = run.evidence?.tests;
    assert.deepEqual(tests?.counts, { passed: 2, failed: 1, errored: 0, skipped: 0 });
    assert.deepEqual(tests?.failures, [{ name: 'shard 2 › meeting › is alone', message: 'not alone' }]);
    assert.match(run.comment, /2 passed, 1 failed.* on 3 shards/);
  }));

test('shards that would write one report, and an index beyond their number, are refused in one sentence', () =>
  withShop({ base }, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    const cases = [
      [{ ...given, 'test-junit': 'report.xml', shards: 2 }, /would all write the test report report\.xml/],
      [{ ...given, shards: 2, 'shard-index': 3 }, /The shard 3 is none of the 2/],
      [{ ...given, shards: 65 }, /from 1 to 64/],
    ] as const;
    for (const [wish, says] of cases) {
      const run = await shop.run({ with: wish });
      assert.equal(run.exitCode, 1);
      assert.match(run.annotations.map(({ message }) => message).join('\n'), says);
    }
  }));

test('two legs of a matrix test side by side on the team’s server, and the next leg heals what a killed one left', () =>
  withShop({ base }, async (shop) => {
    const { headSha, mergeSha } = await shop.push(GOOD_MIGRATION);
    Object.assign(shop.pull, { headSha });
    const server = await onServer();
    const first = await inJob(shop, mergeSha, (job) => job.step('rehearse', server.with), server.secrets);
    assert.equal(first.outputs.status, 'passed', first.log);
    // As a runner leaves it that dies between the copy and the label.
    const name = `pullgres_512000001_pr_${shop.pull.number}_s1`;
    await ask(`CREATE DATABASE ${name} ALLOW_CONNECTIONS false`);
    // A variable of the job that leads to the branch must lead to the copy, or the legs would meet there.
    const environment = { ...shop.github.environment, OTHER_URL: first.outputs['database-url'] ?? '' };
    const legShop = { ...shop, github: { ...shop.github, environment } };
    const leg = (index: number) =>
      inJob(
        legShop,
        mergeSha,
        async (job) => {
          const step = await job.step('test', {
            ...server.with,
            ...given,
            'test-command': 'HAS_OTHER=1 node meet.mjs',
            shards: '2',
            'shard-index': `${index}`,
          });
          return {
            step,
            merged: await readMerged(step.outputs['junit-path']),
            tests: (await job.evidence())?.tests,
          };
        },
        server.secrets,
      );
    const legs = await Promise.all([leg(1), leg(2)]);
    for (const [at, { step, merged, tests }] of legs.entries()) {
      assert.deepEqual([step.exitCode, step.outputs.status], [0, 'passed'], step.log);
      assert.deepEqual(merged, [`shard ${at + 1} › meeting › is alone: passed`]);
      assert.deepEqual(
        tests?.shards?.map(({ index }) => index),
        [at + 1],
      );
    }
    assert.deepEqual(await shardsLeft(), []);
    const closed = await shop.run({ ...server, event: 'closed' });
    assert.equal(closed.outputs.removed, 'true', closed.log);
  }));

test('a job that is cancelled in its shards drops them', () =>
  withShop({ base }, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    const wish = await onServer({ 'test-command': 'echo begun; sleep 60', shards: '2' });
    let begun = 0;
    const cancelWhen = (line: string) => {
      if (/\[\d\] begun/.test(line)) begun += 1;
      return begun === 2;
    };
    const run = await shop.run({ ...wish, cancelWhen });
    assert.deepEqual([run.outcome, run.exitCode], ['cancelled', 130], run.log);
    assert.equal(run.evidence?.tests?.status, 'unproven');
    assert.deepEqual(await shardsLeft(), []);
    await shop.run({ ...wish, event: 'closed' });
  }));

/** Reads what the running version reads, and says as JUnit what the server answered. */
const READING = (columns: string) => `
import pg from ${JSON.stringify(driver)};
import { writeFileSync } from 'node:fs';
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
const problem = await client.query('select ${columns} from orders').then(() => '', (error) => '<failure>' + error.message.replaceAll('"', '&quot;') + '</failure>');
await client.end();
console.log('reads', ${JSON.stringify(columns)});
writeFileSync('report.xml', '<testsuite><testcase name="lists orders">' + problem + '</testcase></testsuite>');
process.exit(problem === '' ? 0 : 1);
`;
const oldCode = { 'test-command': 'node read.mjs', 'test-junit': 'report.xml', 'old-code': 'true' };
const shopBase: Files = { ...base, 'read.mjs': READING('id, note') };

const oldCodeOf = (evidence: Evidence | undefined) => evidence?.tests?.oldCode;

test('a change that drops a column which the running version reads does not survive the deploy', () =>
  withShop({ base: shopBase }, async (shop) => {
    await shop.push({
      ...migration('0003_no_note.sql', 'alter table orders drop column note;\n'),
      'read.mjs': READING('id'),
    });
    const run = await shop.run({ with: oldCode });
    assert.deepEqual([run.exitCode, run.outputs.verdict], [1, 'fail'], run.log);
    assert.equal(run.evidence?.tests?.status, 'passed');
    const found = oldCodeOf(run.evidence);
    assert.deepEqual([found?.status, found?.commit], ['failed', shop.baseSha]);
    assert.equal(
      found?.failures[0]?.message,
      'There is no column `note`, which this change dropped.\ncolumn "note" does not exist',
    );
    assert.ok(
      run.evidence?.verdict.reasons.some((reason) =>
        /^The running version does not survive this deploy: 1 of 1 tests of commit [0-9a-f]{12} fail .* `note`, which this change dropped\.$/.test(
          reason,
        ),
      ),
      run.evidence?.verdict.reasons.join('\n'),
    );
    assert.match(run.comment, /the running version does not survive this deploy/i);
    assert.equal(
      await shop.git('worktree', 'list', '--porcelain').then((text) => text.match(/^worktree /gm)?.length),
      1,
    );
  }));

test('a change that only adds lets the running version live, with shards too', () =>
  withShop({ base: shopBase }, async (shop) => {
    await shop.push({
      ...migration('0003_more.sql', 'alter table orders add column more text;\n'),
      'read.mjs': READING('id, more'),
    });
    const setup = {
      'old-code-setup': 'test -f migrations/0002_orders.sql && ! test -f migrations/0003_more.sql',
    };
    const run = await shop.run({ with: { ...oldCode, ...setup } });
    assert.deepEqual([run.exitCode, oldCodeOf(run.evidence)?.status], [0, 'passed'], run.log);
    assert.match(run.log, /reads id, note/);
    assert.match(run.comment, /Running version.*survives this deploy/);
    const failing = await shop.run({ with: { ...oldCode, 'old-code-setup': 'exit 4' } });
    assert.equal(oldCodeOf(failing.evidence)?.status, 'unproven');
    assert.deepEqual([failing.exitCode, failing.outputs.verdict], [1, 'unproven'], failing.log);
    assert.match(oldCodeOf(failing.evidence)?.reason ?? '', /old-code-setup exited with code 4/);
  }));
