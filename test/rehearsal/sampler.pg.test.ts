import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { startSampler } from '../../src/rehearsal/sampler.ts';
import { NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';
import { lockList, prepared, SHOP, watched } from './support.ts';

async function paired(
  facts: ConnectionFacts,
  work: (worker: Connection, observer: Connection) => Promise<void>,
): Promise<void> {
  const worker = await openConnection(facts, { applicationName: 'worker' });
  const observer = await openConnection(facts, { applicationName: 'observer' });
  try {
    await work(worker, observer);
  } finally {
    await worker.close();
    await observer.close();
  }
}

test('the period is measured: looks are counted, and the longest gap holds begin and end', async () => {
  await paired(await prepared(SHOP), async (worker, observer) => {
    const sampler = startSampler(observer, worker.processId);
    await worker.script('begin; lock table orders; select pg_sleep(1)');
    const { locks, looks, longestGapMs } = await sampler.stop();
    assert.deepEqual(
      [...locks.values()].map(({ relation, mode }) => [relation, mode]),
      [['public.orders', 'AccessExclusiveLock']],
    );
    // A busy machine looks more rarely, and then says so: looks times gap cover the whole time.
    assert.ok(looks >= 10, String(looks));
    assert.ok(looks * longestGapMs >= 900, `${looks} looks, ${longestGapMs} ms`);
  });
});

test('an observer that is held up reports the gap', async () => {
  await paired(await prepared(SHOP), async (worker, observer) => {
    const sampler = startSampler(observer, worker.processId);
    await sleep(50);
    const held = observer.script('select pg_sleep(0.6)');
    await Promise.all([held, sleep(700)]);
    const { longestGapMs } = await sampler.stop();
    assert.ok(longestGapMs >= 500, String(longestGapMs));
  });
});

test('a statement that ends before the first look is shorter than its bound', async () => {
  await paired(await prepared(SHOP), async (worker, observer) => {
    let now = 0;
    const sampler = startSampler(observer, worker.processId, () => now);
    now = 7;
    const { looks, longestGapMs } = await sampler.stop();
    assert.deepEqual([looks, longestGapMs], [0, 7]);
  });
});

/** Holds the strongest lock on a table and on catalogs, among them those that the observer reads, for longer than the observer waits for a lock. */
const HOLDS_CATALOGS = `do $$ begin
  lock table orders, pg_catalog.pg_attribute, pg_catalog.pg_index, pg_catalog.pg_namespace, pg_catalog.pg_class,
    pg_catalog.pg_database in access exclusive mode;
  perform pg_sleep(3.0);
end $$;`;

/** How often somebody waits for one of the observers, asked by functions alone: the catalogs are locked. */
async function countBlocked(
  asker: Connection,
  until: Promise<unknown>,
): Promise<{ byObserver: number; asked: number; failed: number }> {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  const counts = { byObserver: 0, asked: 0, failed: 0 };
  while (!isOver) {
    try {
      const { rows } = await asker.query(`
        select count(*)::int as n from pg_stat_get_activity(null) a
         where exists (select from unnest(pg_blocking_pids(a.pid)) b(pid)
                         join pg_stat_get_activity(null) o on o.pid = b.pid
                        where o.application_name = 'pullgres observer')`);
      counts.byObserver += Number(rows[0]?.n);
      counts.asked++;
    } catch {
      counts.failed++;
    }
    await sleep(5);
  }
  return counts;
}

test('a statement that holds catalogs is neither blocked nor slowed by who observes it', async () => {
  const facts = await prepared(SHOP);
  const asker = await openConnection(facts, { applicationName: 'asker' });
  try {
    // Its caches are filled before the catalogs are locked.
    await countBlocked(asker, sleep(20));
    const running = watched(facts, await sqlMigrations(`${NO_TRANSACTION}${HOLDS_CATALOGS}`));
    const [{ byObserver, asked }, [statement]] = await Promise.all([countBlocked(asker, running), running]);
    assert.equal(byObserver, 0);
    assert.ok(asked > 20, String(asked));
    const lasted = statement?.durationMs ?? Number.NaN;
    assert.ok(lasted >= 3000 && lasted < 4500, String(lasted));
    assert.equal(statement?.waits, undefined);
    // What the observer could not see is said.
    assert.ok((statement?.sampling?.longestGapMs ?? 0) > 1000, JSON.stringify(statement?.sampling));
  } finally {
    await asker.close();
  }
});

test('a statement that holds catalogs which the observer does not read is sampled as ever', async () => {
  const facts = await prepared(SHOP);
  const [statement] = await watched(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}do $$ begin lock table orders, pg_catalog.pg_statistic, pg_catalog.pg_depend; perform pg_sleep(1); end $$;`,
    ),
  );
  assert.deepEqual(lockList(statement), ['public.orders AccessExclusiveLock']);
  assert.ok((statement?.sampling?.looks ?? 0) >= 10);
});
