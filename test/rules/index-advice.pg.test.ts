import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import type { Finding } from '../../src/rules/rule.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, sourceOf } from '../support/lint.ts';
import { freshDatabase } from '../support/postgres.ts';

before(loadParser);

async function database(setup: string): Promise<{ connection: Connection; close: () => Promise<void> }> {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'index advice test' });
  await connection.script(setup);
  return { connection, close: () => connection.close() };
}

/** The one finding about a statement, with the server's own schema. */
async function findingAt(connection: Connection, sql: string): Promise<Finding> {
  const version = connection.serverVersion as PostgresVersion;
  const { findings } = judge(await readCatalog(connection), [sourceOf(sql, 'none')], { version });
  const [finding, ...more] = findings;
  assert.ok(finding);
  assert.deepEqual(more, []);
  return finding;
}

function advised({ help }: Finding): readonly string[] {
  const spans = [...help.matchAll(/`([^`]+)`/g)].map(([, sql = '']) => sql);
  return spans.filter((sql) => /^(CREATE|ALTER|DROP) .*(public\.| ON )/s.test(sql));
}

async function scalar(connection: Connection, sql: string): Promise<unknown> {
  const { rows } = await connection.query(sql);
  return Object.values(rows[0] ?? {})[0];
}

test('the advice for an index of a partitioned table makes a valid one', async () => {
  const { connection, close } = await database(`
    CREATE TABLE "Events" (id bigint, "Kind" text) PARTITION BY RANGE (id);
    CREATE TABLE "Events 1" PARTITION OF "Events" FOR VALUES FROM (0) TO (100);
    INSERT INTO "Events" SELECT n, 'two  blanks' FROM generate_series(1, 50) n;`);
  try {
    const sql = `CREATE INDEX "By Kind" ON "Events" USING btree (lower("Kind"), id) WHERE "Kind" <> 'two  blanks'`;
    const finding = await findingAt(connection, sql);
    assert.equal(finding.rule, 'create-index-partitioned-parent');
    const steps = advised(finding);
    assert.equal(steps.length, 3);
    for (const step of steps) await connection.script(step);
    const valid = `SELECT indisvalid FROM pg_index WHERE indexrelid = '"By Kind"'::regclass`;
    assert.equal(await scalar(connection, valid), true);
  } finally {
    await close();
  }
});

test('the advice for a new partition takes identity, generated columns, keys and defaults along', async () => {
  const { connection, close } = await database(`
    CREATE TABLE customers (id bigint PRIMARY KEY);
    CREATE TABLE events (
      id bigint, customer_id bigint REFERENCES customers, twice bigint GENERATED ALWAYS AS (id * 2) STORED,
      kind text NOT NULL DEFAULT 'sale' CHECK (kind <> ''), PRIMARY KEY (id)
    ) PARTITION BY RANGE (id);
    CREATE INDEX events_kind ON events (kind);`);
  try {
    if (connection.serverVersion >= 17)
      await connection.script('ALTER TABLE events ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY');
    const sql = 'CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (MINVALUE) TO (100)';
    const finding = await findingAt(connection, sql);
    assert.equal(finding.rule, 'create-partition-of');
    await connection.script('BEGIN');
    for (const step of advised(finding)) await connection.script(step);
    const lock = `SELECT string_agg(mode, ',' ORDER BY mode) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'events'::regclass`;
    assert.equal(await scalar(connection, lock), 'AccessShareLock,ShareUpdateExclusiveLock');
    await connection.script('COMMIT');
    const parts = `SELECT count(*)::int FROM pg_inherits WHERE inhrelid::regclass::text LIKE 'events_1%'`;
    assert.equal(await scalar(connection, parts), 3, 'the table, the key and the index');
    await connection.script('INSERT INTO events (id) VALUES (7)');
    assert.equal(await scalar(connection, 'SELECT twice::int FROM events_1'), 14);
  } finally {
    await close();
  }
});

test('a build that a lock_timeout ends is INVALID, and IF NOT EXISTS takes it for done', async () => {
  const facts = await freshDatabase();
  const [builder, writer] = await Promise.all(
    ['builder', 'writer'].map((name) => openConnection(facts, { applicationName: name })),
  );
  assert.ok(builder && writer);
  const build = 'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note)';
  const isValid = async () => (await readCatalog(builder)).relations.get('public.orders_note')?.valid;
  try {
    await builder.script('CREATE TABLE orders (id bigint PRIMARY KEY, note text)');
    await writer.script('BEGIN; INSERT INTO orders VALUES (1)');
    await builder.script("SET lock_timeout = '200ms'");
    const error = await builder.script(build).catch((caught: unknown) => caught);
    assert.ok(error instanceof ServerError);
    assert.equal(error.code, '55P03');
    await writer.script('ROLLBACK');
    assert.equal(await isValid(), false);
    await builder.script(build);
    assert.equal(await isValid(), false, 'the second run skips it');
    assert.equal((await findingAt(builder, build)).rule, 'concurrently-if-not-exists');
    for (const step of [
      'SET lock_timeout = 0',
      ...advised(await findingAt(builder, build)),
      build.replace('IF NOT EXISTS ', ''),
    ])
      await builder.script(step);
    assert.notEqual(await isValid(), false);
  } finally {
    await Promise.all([builder.close(), writer.close()]);
  }
});
