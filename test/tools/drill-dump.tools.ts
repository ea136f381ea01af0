/** Real dumps by the real pg_dump, sound and harmed: each harm must be seen by the step that is there for it. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tableKey } from '../../src/masking/source.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { openRestoredSource } from '../../src/refresh/restored-source.ts';
import { failures, gone, onDatabase, openStage, SHOP, type Stage, stepOf, told } from './drill-stage.ts';

let stage: Stage;
let shop: ConnectionFacts;
let good: string;

before(async () => {
  stage = await openStage();
  shop = await stage.database(
    'shop',
    `${SHOP} create role "the ""app""" nologin; alter table orders enable row level security;
     create policy own on orders for select to "the ""app""" using (true);
     create extension pgcrypto; grant select on orders to "the ""app""";
     create foreign data wrapper far; create server away foreign data wrapper far;
     create user mapping for current_user server away options (password 'hunter2');`,
  );
  good = join(stage.folder, 'good.dump');
  stage.run('pg_dump', shop, '--format=custom', `--file=${good}`);
});
after(() => stage.close());

const copyOf = (name: string): string => {
  const path = join(stage.folder, name);
  copyFileSync(good, path);
  return path;
};

test('a good dump comes back whole, is asked everything and leaves nothing', async () => {
  const drilled = await stage.drill(
    { kind: 'dump', path: good },
    {
      maxBackupAgeMs: 3_600_000,
      maxRestoreMs: 600_000,
      freshness: [{ schema: 'public', table: 'customers', column: 'created_at', withinMs: 3_600_000 }],
      assertions: [
        {
          name: 'orders',
          sql: 'select count(*) from orders',
          expect: { 'at-least': 20_000 },
          timeoutMs: 60_000,
        },
      ],
    },
  );
  assert.deepEqual(told(drilled), [
    'fetch: passed',
    'verify offline: passed',
    'start: passed',
    'restore: passed',
    'first query: passed',
    'recovery time: passed',
    'collation versions: passed',
    'extensions: passed',
    'invalid indexes: passed',
    'sequences ahead: passed',
    'freshness: public.customers.created_at: passed',
    'assertion: orders: passed',
    'completeness: skipped',
    'orphan rows: passed',
    'unvalidated constraints: passed',
    'B-tree integrity: passed',
    'heap integrity: passed',
    'analyze: passed',
  ]);
  const { record, restored } = drilled;
  assert.ok(drilled.passed && restored);
  assert.ok(record.rtoMs !== null && record.rtoMs > 0);
  assert.ok(record.rpoSeconds !== null && record.rpoSeconds < 3600);
  assert.equal(record.takenAt?.slice(0, 10), new Date().toISOString().slice(0, 10));
  assert.match(stepOf(drilled, 'restore').summary, /1 user mapping/);
  const connection = await openConnection(restored.facts, { applicationName: 'pullgres tests' });
  const { rows } = await connection.query(
    'select (select count(*)::int from orders) as orders, (select count(*)::int from pg_user_mapping) as mappings, (select count(*)::int from pg_policies) as policies',
  );
  assert.deepEqual(rows, [{ orders: 20_000, mappings: 0, policies: 1 }]);
  await connection.close();
  await gone(drilled);
});

test('what came back is a source: of the dump’s time, with a snapshot and its schema', async () => {
  const drilled = await stage.drill({ kind: 'dump', path: good });
  assert.ok(drilled.restored);
  const source = await openRestoredSource(drilled.restored);
  assert.equal(source.takenAt, drilled.record.takenAt);
  assert.equal(source.description, 'a dump of Postgres 15');
  assert.ok(source.schema.tables.has(tableKey('public', 'orders')));
  const reader = await openConnection(source.facts, { applicationName: 'pullgres tests' });
  await reader.script(`begin isolation level repeatable read; set transaction snapshot '${source.snapshot}'`);
  assert.equal((await reader.query('select count(*)::int as n from orders')).rows[0]?.n, 20_000);
  await reader.close();
  const { preData, postData } = await source.sections();
  assert.match(preData, /CREATE TABLE public\.orders/);
  assert.match(postData, /orders_customer_id_fkey/);
  assert.ok(!preData.includes('pullgres_drill') && !preData.includes('amcheck'), 'nothing of the drill');
  await source.close();
  await gone(drilled);
});

test('a directory comes back too, and its missing file is seen before anything is restored', async () => {
  const path = join(stage.folder, 'directory');
  stage.run('pg_dump', shop, '--format=directory', `--file=${path}`);
  const drilled = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(failures(drilled), []);
  await gone(drilled);
  const data = readdirSync(path).filter((name) => name.endsWith('.dat.gz'));
  rmSync(join(path, data[0] ?? ''));
  const broken = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(told(broken), ['fetch: passed', 'verify offline: failed']);
  await gone(broken);
});

test('a truncated dump is refused before anything is restored', async () => {
  const path = copyOf('cut.dump');
  truncateSync(path, Math.floor(statSync(path).size * 0.6));
  const drilled = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(told(drilled), ['fetch: passed', 'verify offline: failed']);
  assert.match(stepOf(drilled, 'verify offline').summary, /end of file/);
  assert.equal(drilled.record.rtoMs, null);
  assert.equal(drilled.restored, undefined);
  await gone(drilled);
});

test('one flipped bit in the rows is refused too', async () => {
  const path = copyOf('flipped.dump');
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(path, bytes);
  const drilled = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(failures(drilled), ['verify offline']);
  await gone(drilled);
});

test('no dump at all, or none in truth, says so', async () => {
  const text = join(stage.folder, 'plain.sql');
  stage.run('pg_dump', shop, '--format=plain', `--file=${text}`);
  const drilled = await stage.drill({ kind: 'dump', path: text });
  assert.deepEqual(told(drilled), ['fetch: failed']);
  assert.match(stepOf(drilled, 'fetch').summary, /text format|psql/);
  await gone(drilled);
  const missing = await stage.drill({ kind: 'dump', path: join(stage.folder, 'nowhere') });
  assert.match(stepOf(missing, 'fetch').summary, /There is no dump at the given path/);
  await gone(missing);
});

test('a dump that is too old is not even restored; a clock in another zone is read as one', async () => {
  const day = 86_400_000;
  const now = new Date(Date.now() + 3 * day);
  const drilled = await stage.drill({ kind: 'dump', path: good }, { maxBackupAgeMs: day }, { now });
  assert.deepEqual(told(drilled), ['fetch: failed']);
  assert.match(stepOf(drilled, 'fetch').summary, /It is 72 h|It is 3 days/);
  await gone(drilled);
  const west = await stage.drill({ kind: 'dump', path: good }, { timeZone: 'America/New_York' });
  assert.match(stepOf(west, 'fetch').summary, /from now; a clock or drill\.time-zone is wrong/);
  await gone(west);
});

test('an orphan that the source let in is named by the key that cannot come back', async () => {
  const facts = await stage.database(
    'orphaned',
    `${SHOP} set session_replication_role = replica; insert into orders (customer_id) values (987654321);`,
  );
  const path = join(stage.folder, 'orphaned.dump');
  stage.run('pg_dump', facts, '--format=custom', `--file=${path}`);
  const drilled = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(failures(drilled), ['restore']);
  assert.match(stepOf(drilled, 'restore').summary, /`CONSTRAINT orders_customer_id_fkey of public\.orders`/);
  assert.ok(!JSON.stringify(drilled.record).includes('987654321'), 'no value of a row');
  assert.equal(drilled.record.rtoMs, null);
  await gone(drilled);
});

test('an extension that is not here is named before any row moves', async () => {
  const path = join(stage.folder, 'extended.dump');
  const facts = await stage.database('extended', SHOP);
  await onDatabase(facts, 'create extension hstore');
  await onDatabase(facts, "update pg_extension set extname = 'postgis' where extname = 'hstore'");
  stage.run('pg_dump', facts, '--format=custom', `--file=${path}`);
  const drilled = await stage.drill({ kind: 'dump', path });
  assert.deepEqual(failures(drilled), ['start']);
  assert.match(stepOf(drilled, 'start').summary, /`postgis`/);
  assert.deepEqual(told(drilled), ['fetch: passed', 'verify offline: passed', 'start: failed']);
  await gone(drilled);
});

test('stale data, a failed assertion and a slow recovery each fail their own step', async () => {
  const drilled = await stage.drill(
    { kind: 'dump', path: good },
    {
      maxRestoreMs: 1,
      freshness: [{ schema: 'public', table: 'customers', column: 'created_at', withinMs: 1 }],
      assertions: [
        { name: 'nobody ordered', sql: 'select 1 from orders', expect: 'none', timeoutMs: 60_000 },
        { name: 'all is well', sql: 'select 1', expect: 'some', timeoutMs: 60_000 },
      ],
    },
  );
  assert.deepEqual(failures(drilled), [
    'recovery time',
    'freshness: public.customers.created_at',
    'assertion: nobody ordered',
  ]);
  await gone(drilled);
});

test('a drill that its budget cuts says what it did not see', async () => {
  const drilled = await stage.drill({ kind: 'dump', path: good }, { budgetMs: 1 });
  assert.deepEqual(failures(drilled), []);
  assert.equal(stepOf(drilled, 'heap integrity').status, 'skipped');
  assert.equal(stepOf(drilled, 'orphan rows').status, 'skipped');
  await gone(drilled);
});
