import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Manifest, readManifest } from '../../src/evidence/manifest.ts';
import { rehearsalSchema } from '../../src/evidence/rehearsal-schema.ts';
import type { RehearsalRecord } from '../../src/evidence/schema.ts';
import { sql } from '../../src/migrations/sql.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { policyFromText } from '../../src/operations/policy.ts';
import { rehearsePlan } from '../../src/operations/rehearse.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { readSizes } from '../../src/rehearsal/sizes.ts';
import type { World } from '../../src/runner/world.ts';
import { Secret } from '../../src/secret.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { connected, prepared, SHOP } from '../rehearsal/support.ts';
import { NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';

const world = {
  info: () => undefined,
  debug: () => undefined,
  now: () => new Date('2026-11-21T09:00:00Z'),
  signal: new AbortController().signal,
} as unknown as World;

async function rehearsal(
  facts: ConnectionFacts,
  texts: readonly string[],
  { policy = '', production }: { policy?: string; production?: Manifest } = {},
): Promise<RehearsalRecord> {
  const loaded = policyFromText(`version: 1\n${policy}`, { commit: undefined, editedHere: false });
  const added = await sqlMigrations(...texts);
  const record = { altered: [] };
  const plan = {
    tool: sql,
    added,
    base: [],
    outOfOrder: [],
    duplicates: [],
    record,
  } as unknown as MigrationPlan;
  const { catalog, version } = await catalogOf(facts);
  const today = '2026-11-21';
  const lint = await lintChange({ plan, loaded, version: version as PostgresVersion, catalog, today });
  const result = await rehearsePlan(world, facts, {
    plan,
    loaded,
    lint,
    catalog,
    production,
    serverVersion: version,
  });
  rehearsalSchema.parse(JSON.parse(JSON.stringify(result)));
  return result;
}

const SLOW = 'alter table orders alter column id type bigint; select pg_sleep(1.2);';

async function tenfold(facts: ConnectionFacts): Promise<Manifest> {
  const sizes = await readSizes(facts);
  const tables = [...sizes].map(([relation, { rows = 0, bytes, indexBytes }]) => ({
    relation,
    rows: rows * 10,
    bytes: bytes * 10,
    indexBytes: indexBytes * 10,
    readsPerSecond: 100,
    writesPerSecond: 10,
  }));
  return { version: 1, source: 'ten branches', takenAt: '2026-11-01T00:00:00Z', tables };
}

test('a rehearsal tells who would have waited, what it would be in production, and how to deploy it', async () => {
  const facts = await prepared(
    `${SHOP} insert into orders select n, 1, 'x' from generate_series(20001, 300000) n; analyze;`,
  );
  const production = await tenfold(facts);
  const policy = 'budgets: { locks: { AccessExclusiveLock: 500ms }, tables: { ordres: 1s } }';
  const result = await rehearsal(facts, [SLOW], { production, policy });
  const [table] = result.contention?.tables ?? [];
  assert.equal(table?.relation, 'public.orders');
  assert.ok((table?.longestReadMs ?? 0) > 1200, JSON.stringify(result.contention));
  // Rounded before and after the stall is held against the locks.
  const queued = (table?.longestReadMs ?? 0) / 10;
  assert.ok(Math.abs((table?.queuedReads ?? 0) - queued) <= 1, JSON.stringify(table));
  const [estimate] = result.scale?.estimates ?? [];
  assert.deepEqual([estimate?.relation, estimate?.driver, estimate?.share], ['public.orders', 'bytes', 0.1]);
  assert.equal(result.scale?.source, 'ten branches, 2026-11-01');
  assert.equal(result.deploy?.tables[0]?.relation, 'public.orders');
  assert.equal(result.deploy?.tables[0]?.mode, 'AccessExclusiveLock');
  assert.match(
    result.deploy?.advice.join('\n') ?? '',
    /^Split `m\/1\.sql`: line 1 takes AccessExclusiveLock/m,
  );
  assert.equal(result.deploy?.lockTimeoutMs !== undefined, true);
  const over = result.findings.filter(({ rule }) => rule === 'over-budget');
  assert.deepEqual(
    over.map(({ severity, relation }) => [severity, relation]),
    [
      ['error', 'public.orders'],
      ['warning', 'ordres'],
    ],
  );
  assert.match(over[0]?.message ?? '', /The branch holds 10 % of the bytes of `public\.orders`/);
});

test('budgets are waived by exceptions of the policy', async () => {
  const facts = await prepared(SHOP);
  const exception = '{ rule: over-budget, reason: known and planned, owner: dba, until: 2027-01-01 }';
  const policy = `budgets: { total: 100ms }\nexceptions: [${exception}]`;
  const result = await rehearsal(facts, [SLOW], { policy });
  assert.deepEqual(
    result.findings.filter(({ rule }) => rule === 'over-budget'),
    [],
  );
  assert.deepEqual(
    result.accepted?.map(({ finding }) => finding.rule).filter((rule) => rule === 'over-budget'),
    ['over-budget'],
  );
});

const off: readonly [name: string, text: string, policy: string, status: string, reason: RegExp][] = [
  ['the policy says so', SLOW, 'rehearsal: { contention: off }', 'off', /off in the policy/],
  ['nothing existing is touched', 'create table fresh (id int);', '', 'off', /no table that existed/],
  [
    'a statement takes no for an answer',
    'lock table orders in share mode nowait;',
    '',
    'unsafe',
    /m\/1\.sql says NOWAIT/,
  ],
];

for (const [name, text, policy, status, reason] of off) {
  test(`nobody goes on beside the migrations when ${name}`, async () => {
    const result = await rehearsal(await prepared(SHOP), [text], { policy });
    assert.equal(result.status, 'passed', JSON.stringify(result));
    assert.equal(result.contention?.status, status);
    assert.match(result.contention?.reason ?? '', reason);
    assert.deepEqual(result.contention?.tables, []);
  });
}

test('code that hides its work has the tables probed that it names', async () => {
  const text =
    "do $$ begin execute 'alter table orders add column later int'; perform pg_sleep(1.2); end $$;";
  const { contention } = await rehearsal(await prepared(SHOP), [text]);
  assert.deepEqual(
    contention?.tables.map(({ relation }) => relation),
    ['public.orders'],
  );
  assert.ok((contention?.tables[0]?.longestReadMs ?? 0) > 1000, JSON.stringify(contention));
});

test('the idle transaction outlasts the lock timeout of the policy, and is waited for', async () => {
  const policy = 'rehearsal: { idle-transaction: 2s, lock-timeout: 100ms, contention: off }';
  const text = `${NO_TRANSACTION}create index concurrently again on orders (note);`;
  const result = await rehearsal(await prepared(SHOP), [text], { policy });
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(result.contention?.status, 'measured');
  assert.ok((result.contention?.idle?.waited[0]?.ms ?? 0) > 1000, JSON.stringify(result.contention));
});

test('no manifest, no estimate; partitions are probed and planned by their parent', async () => {
  const facts = await prepared(`create table p (k int primary key, n int) partition by range (k);
    create table p1 partition of p for values from (0) to (10);
    create table p2 partition of p for values from (10) to (20);
    insert into p values (1, 1), (11, 1);`);
  const result = await rehearsal(facts, ['alter table p alter column n type bigint; select pg_sleep(1.2);']);
  assert.deepEqual(
    result.contention?.tables.map(({ relation, note }) => [relation, note]),
    [['public.p', undefined]],
  );
  assert.ok((result.contention?.tables[0]?.longestWriteMs ?? 0) > 1000);
  assert.deepEqual(result.scale?.estimates, []);
  assert.match(result.scale?.source ?? '', /no manifest/);
  assert.equal(result.deploy?.tables.length, 3);
  assert.ok(result.deploy?.advice.every((sentence) => !sentence.includes('deadlock')));
});

test('sizes are those of tables without and with indexes; partitioned ones sum their leaves', async () => {
  const facts = await prepared(`${SHOP} analyze;
    create table p (k int primary key) partition by range (k);
    create table p1 partition of p for values from (0) to (100000);
    insert into p select generate_series(1, 5000); analyze p1;`);
  const sizes = await readSizes(facts);
  const known = await connected(facts, (one) =>
    one.query("select pg_table_size('orders')::int as bytes, pg_indexes_size('orders')::int as indexes"),
  );
  assert.deepEqual(sizes.get('public.orders'), {
    rows: 20_000,
    bytes: known.rows[0]?.bytes,
    indexBytes: known.rows[0]?.indexes,
  });
  assert.deepEqual(sizes.get('public.p'), sizes.get('public.p1'));
  assert.equal(sizes.get('public.p')?.rows, 5000);
  const fresh = await readSizes(await prepared('create table t (id int); insert into t values (1);'));
  assert.equal(fresh.get('public.t')?.rows, undefined);
});

test('what the documented query prints is a manifest, also for a role without rights', async () => {
  const page = readFileSync(new URL('../../docs/production-manifest.md', import.meta.url), 'utf8');
  const [, query = ''] = /```sql\n([\s\S]*?)```/.exec(page) ?? [];
  const role = `reader_${Date.now()}`;
  const facts =
    await prepared(`${SHOP} create role ${role} login password 'x'; create materialized view m as select 1; analyze;
    create table p (k int primary key) partition by range (k); create table p1 partition of p default; insert into p values (1); analyze p;`);
  const reader = { ...facts, user: role, password: new Secret('x') };
  const { rows } = await connected(reader, (one) => one.query(query.replace(/;\s*$/, '')));
  const manifest = readManifest(JSON.stringify(rows[0]?.json_build_object), 'made.json');
  const sizes = await readSizes(facts);
  assert.deepEqual(
    manifest.tables.map(({ relation, bytes, indexBytes }) => [relation, bytes, indexBytes]),
    [...sizes].map(([relation, { bytes, indexBytes }]) => [relation, bytes, indexBytes]).toSorted(),
  );
  assert.equal(manifest.tables.find(({ relation }) => relation === 'public.orders')?.rows, 20_000);
  assert.ok(manifest.tables.every(({ readsPerSecond }) => readsPerSecond !== undefined));
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  assert.equal(readManifest(example, 'page').tables.length, 1);
  const empty = await connected(await prepared(''), (one) => one.query(query.replace(/;\s*$/, '')));
  assert.deepEqual(readManifest(JSON.stringify(empty.rows[0]?.json_build_object), 'x').tables, []);
});
