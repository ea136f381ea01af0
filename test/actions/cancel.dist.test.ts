/** SIGINT in the middle of every step of the root action: it ends at once, leaves nothing, and the next run succeeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { secondaryLimit } from '../support/fake-github-refusals.ts';
import {
  BASE_MIGRATIONS,
  GOOD_MIGRATION,
  type RunOptions,
  type Shop,
  type ShopRun,
} from '../support/shop-job.ts';
import { ask, migration, onServer, withShop } from './bad-input.ts';

const SLOW = migration('0003_slow.sql', 'create table slow (id int);\nselect pg_sleep(30);\n');
const SLOW_BASE = { ...BASE_MIGRATIONS, ...migration('0000_slow.sql', 'select pg_sleep(3);\n') };

/** Cancelled: no verdict, no blame, exit 130, and soon enough that the runner sends no second signal. */
function assertCancelled(run: ShopRun): void {
  assert.equal(run.outcome, 'cancelled', run.log);
  assert.equal(run.exitCode, 130, run.log);
  assert.equal(run.outputs.verdict, undefined);
  assert.deepEqual(run.annotations, []);
  assert.match(run.log, /^pullgres pullgres: cancelled$/m);
  assert.notEqual(run.evidence?.verdict.conclusion, 'warn');
}

async function cancel(shop: Shop, line: string, options: RunOptions = {}): Promise<ShopRun> {
  let reached = false;
  const cancelWhen = (text: string) => {
    const here = !reached && text.includes(line);
    reached ||= here;
    return here;
  };
  const run = await shop.run({ ...options, cancelWhen });
  assert.ok(reached, `“${line}” was never printed\n${run.log}`);
  assertCancelled(run);
  return run;
}

/** No session works on for the pull request, and the next run of a good change passes on the same branch. */
async function assertGoesOn(shop: Shop): Promise<void> {
  const name = `pullgres_512000001_pr_${shop.pull.number}`;
  const active = `SELECT query FROM pg_stat_activity WHERE state = 'active' AND datname LIKE '${name}%'`;
  // A backend that is told to end takes a moment.
  for (let tries = 0; tries < 30 && (await ask(active)).length > 0; tries += 1) await sleep(100);
  assert.deepEqual(await ask(active), []);
  await shop.push({ 'migrations/0003_slow.sql': undefined, ...GOOD_MIGRATION });
  const next = await shop.run(await onServer());
  assert.equal(next.outputs.verdict, 'pass', next.log);
  const closed = await shop.run({ ...(await onServer()), event: 'closed' });
  assert.equal(closed.outputs.removed, 'true', closed.log);
  assert.deepEqual(await ask(`SELECT datname FROM pg_database WHERE datname LIKE '${name}%'`), []);
  assert.deepEqual(await ask(`SELECT rolname FROM pg_roles WHERE rolname LIKE '${name}%'`), []);
}

for (const { step, line } of [
  { step: 'the inputs are read', line: '::add-mask::' },
  { step: 'the base schema is built', line: 'Building the schema of the base branch' },
  { step: "the branch's roles are made", line: 'Making the roles' },
  { step: 'the baseline is copied', line: 'Copying the baseline' },
  { step: 'the branch is handed over', line: 'Handing the objects' },
  { step: 'the change is linted', line: '::add-mask::postgresql://pullgres_' },
  { step: 'the rehearsal begins', line: 'Rehearsing migrations/0003_slow.sql' },
  { step: 'a slow statement is rehearsed', line: 'statement 2 of 2' },
]) {
  test(`on the team's server: cancelled while ${step}`, async () => {
    const base = line.startsWith('Building') ? SLOW_BASE : BASE_MIGRATIONS;
    await withShop({ base }, async (shop) => {
      await shop.push(SLOW);
      const run = await cancel(shop, line, await onServer());
      assert.notEqual(run.evidence?.verdict.conclusion, 'pass');
      await assertGoesOn(shop);
    });
  });
}

test("on the team's server: cancelled while the tests run", async () => {
  await withShop({}, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    const run = await cancel(
      shop,
      'begun',
      await onServer({ 'test-command': 'sleep 60 & echo begun; sleep 61' }),
    );
    // What is left behind for a later step does not call the change good.
    assert.equal(run.evidence?.verdict.conclusion, 'unproven');
    assert.equal(run.evidence.tests?.reason, 'the test command did not end');
    await assertGoesOn(shop);
  });
});

test("on the team's server: cancelled while the comment is written", async () => {
  await withShop({}, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    // The longest that GitHub may keep it waiting, which is more than the runner waits.
    shop.github.fault({ method: 'GET', path: /comments/, answer: secondaryLimit(50) });
    const run = await cancel(shop, 'asks to wait 50 s', await onServer());
    assert.equal(run.comment, '');
    assert.doesNotMatch(run.log, /GITHUB_API_URL|Verdict/);
    await assertGoesOn(shop);
  });
});

for (const { step, line } of [
  { step: 'the programs are looked for', line: '::add-mask::' },
  { step: 'the server starts', line: 'Starting Postgres' },
  { step: 'the base schema is built', line: 'Building the schema of the base branch' },
  { step: 'a slow statement is rehearsed', line: 'statement 2 of 2' },
]) {
  test(`on a server of the job: cancelled while ${step}`, async () => {
    await withShop({ base: SLOW_BASE }, async (shop) => {
      await shop.push(SLOW);
      const run = await cancel(shop, line);
      assert.notEqual(run.evidence?.verdict.conclusion, 'pass');
      const [post] = run.end.posts;
      if (run.state.server)
        assert.match(post?.log ?? '', /server of this job is stopped and its data removed/);
    });
  });
}

test('after a cancelled run a new job starts its own server', async () => {
  await withShop({}, async (shop) => {
    await shop.push(GOOD_MIGRATION);
    await cancel(shop, 'Starting Postgres');
    const next = await shop.run();
    assert.equal(next.outputs.verdict, 'pass', next.log);
    assert.equal(next.evidence?.branch?.lifetime, 'job');
  });
});
