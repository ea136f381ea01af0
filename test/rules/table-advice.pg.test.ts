import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { measure } from '../../bench/locks/measure.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, sourceOf } from '../support/lint.ts';
import { freshDatabase } from '../support/postgres.ts';

before(loadParser);

async function withDatabase(setup: string, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres advice test' });
  try {
    await connection.script(setup);
    await work(connection);
  } finally {
    await connection.close();
  }
}

/** The only finding that the SQL has on this server, and the SQL that its help advises. */
async function advice(connection: Connection, sql: string, transaction: 'file' | 'none' = 'file') {
  const version = connection.serverVersion as PostgresVersion;
  const { findings } = judge(await readCatalog(connection), [sourceOf(sql, transaction)], { version });
  const [one, ...more] = findings;
  assert.ok(one && more.length === 0, `${sql}: ${findings.map(({ rule }) => rule)}`);
  return one.help.split('`').filter((_, place) => place % 2 === 1);
}

const ORDERS = `
  CREATE TABLE orders (id bigint PRIMARY KEY, note text);
  INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 50) n;
  CREATE INDEX orders_note ON orders (note);`;

for (const [sql, setup] of [
  ['ALTER TABLE orders RENAME TO "Bought Things"', ''],
  ['ALTER TABLE orders SET SCHEMA archive', 'CREATE SCHEMA archive;'],
] as const)
  test(`after ${sql} the view that is advised can be read and written under the old name`, () =>
    withDatabase(`${ORDERS}${setup}`, async (connection) => {
      const [view = ''] = await advice(connection, sql);
      await connection.script(`BEGIN; ${sql}; ${view}; COMMIT`);
      await connection.script(
        "INSERT INTO public.orders VALUES (51, 'y'); DELETE FROM public.orders WHERE id = 1",
      );
      const { rows } = await connection.query('SELECT count(*)::int AS count FROM public.orders');
      assert.equal(rows[0]?.count, 50);
    }));

test('after a schema is renamed, a schema of views takes its name', () =>
  withDatabase('CREATE SCHEMA audit; CREATE TABLE audit.log (id bigint)', async (connection) => {
    const sql = 'ALTER SCHEMA audit RENAME TO "Old Audit"';
    const [schema, view] = await advice(connection, sql);
    await connection.script(`BEGIN; ${sql}; ${schema}; ${view}; COMMIT; INSERT INTO audit.log VALUES (1)`);
  }));

test('without CASCADE the server lists what depends and refuses; what the finding names is all of it', () =>
  withDatabase(
    `${ORDERS} CREATE TABLE items (order_id bigint CONSTRAINT items_fk REFERENCES orders); CREATE VIEW recent AS SELECT id FROM orders;`,
    async (connection) => {
      const [, drop = ''] = await advice(connection, 'DROP TABLE orders CASCADE').then((parts) => [
        '',
        parts[0],
      ]);
      await assert.rejects(connection.script(drop), { code: '2BP01' });
      await connection.script('DROP VIEW recent; ALTER TABLE items DROP CONSTRAINT items_fk');
      await connection.script(drop);
    },
  ));

test('TRUNCATE of all that are named needs no CASCADE', () =>
  withDatabase(
    'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); CREATE TABLE c (id int REFERENCES b)',
    async (connection) => {
      const parts = await advice(connection, 'TRUNCATE a CASCADE');
      const truncate = parts.find((part) => part.startsWith('TRUNCATE')) ?? '';
      assert.equal(truncate, 'TRUNCATE public.a, public.b, public.c');
      await connection.script(truncate);
    },
  ));

test('an index is built in another tablespace while its table is written', () =>
  withDatabase(ORDERS, async (connection) => {
    if (connection.serverVersion < 14) return;
    await connection.script('SET allow_in_place_tablespaces = on');
    await connection.script("CREATE TABLESPACE spare_for_advice LOCATION ''");
    const [reindex = ''] = await advice(
      connection,
      'ALTER INDEX orders_note SET TABLESPACE spare_for_advice',
    );
    await connection.script(reindex);
    const { rows } = await connection.query(
      "SELECT tablespace FROM pg_indexes WHERE indexname = 'orders_note'",
    );
    assert.equal(rows[0]?.tablespace, 'spare_for_advice');
  }));

test('the copies that are advised can be made', () =>
  withDatabase(`${ORDERS} CREATE UNLOGGED TABLE cache (id int);`, async (connection) => {
    for (const sql of ['ALTER TABLE orders SET UNLOGGED', 'ALTER TABLE cache SET LOGGED']) {
      const [copy = ''] = await advice(connection, sql);
      await connection.script(copy);
    }
    const { rows } = await connection.query(
      "SELECT relname, relpersistence::text AS kept FROM pg_class WHERE relname LIKE '%copy' AND relkind = 'r' ORDER BY 1",
    );
    assert.deepEqual(
      rows.map(({ relname, kept }) => [relname, kept]),
      [
        ['cache_copy', 'p'],
        ['orders_copy', 'u'],
      ],
    );
  }));

test('a table is of the same shape as the statement that made it, whatever its types', () =>
  withDatabase(
    'CREATE TYPE mood AS ENUM (\'low\'); CREATE DOMAIN plain AS integer; CREATE SCHEMA other; CREATE TYPE other."Odd" AS (a int)',
    async (connection) => {
      const columns = `a serial, b bigserial PRIMARY KEY, c varchar, d varchar(20), e char, f char(3), g text[], h varchar(9)[],
      i numeric, j numeric(8), k numeric(8, 2), l timestamp, m timestamptz(3), n time(2) with time zone, o interval,
      p interval day to second, q interval(3), r bit(3), s varbit, t mood, u plain, v other."Odd", w jsonb, x "char",
      y double precision, z float(20), aa mood[], bb int[][], cc name, dd oid, ee money, ff tsvector, gg inet, hh int4range`;
      const sql = `CREATE TABLE IF NOT EXISTS everything (${columns})`;
      await connection.script(sql);
      const version = connection.serverVersion as PostgresVersion;
      const { findings } = judge(await readCatalog(connection), [sourceOf(sql)], { version });
      assert.deepEqual(
        findings.map(({ message }) => message),
        [],
      );
    },
  ));

test('the questions that are advised tell what is there, and lock no table', () =>
  withDatabase(`${ORDERS} CREATE TABLE "it's" ("a ""b""" int)`, async (connection) => {
    const asked: readonly (readonly [string, number])[] = [
      ['ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text', 1],
      ['ALTER TABLE "it\'s" ADD COLUMN IF NOT EXISTS "a ""b""" int', 1],
      ['ALTER TABLE orders DROP COLUMN IF EXISTS nope', 0],
      ['ALTER TABLE orders DROP CONSTRAINT IF EXISTS "n\'ope"', 0],
      ['CREATE INDEX IF NOT EXISTS orders_note ON orders (note)', 1],
    ];
    for (const [sql, wanted] of asked) {
      const [question = ''] = await advice(connection, sql);
      assert.equal((await connection.query(question)).rows.length, wanted, question);
      const { locks } = await measure(connection, question);
      assert.deepEqual(locks, [], question);
    }
  }));

test('a materialized view that is filled beside the old one takes its name', () =>
  withDatabase(`${ORDERS} CREATE MATERIALIZED VIEW totals AS SELECT id FROM orders`, async (connection) => {
    const again = 'DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT note FROM orders';
    const [next = '', rename = ''] = await advice(connection, again);
    await connection.script(`CREATE MATERIALIZED VIEW ${next} AS SELECT note FROM orders`);
    await connection.script(
      `BEGIN; DROP MATERIALIZED VIEW totals; ${rename}; COMMIT; SELECT note FROM totals`,
    );
  }));

test('the index that a refresh needs is the right one', () =>
  withDatabase(
    `${ORDERS} CREATE MATERIALIZED VIEW totals AS SELECT id, note FROM orders`,
    async (connection) => {
      const parts = await advice(connection, 'REFRESH MATERIALIZED VIEW totals');
      for (const sql of parts) await connection.script(sql);
      assert.equal(parts.length, 2);
      const [after = ''] = await advice(connection, 'REFRESH MATERIALIZED VIEW totals');
      assert.match(after, /CONCURRENTLY/);
    },
  ));

test('with the policy that is advised nobody loses a row', () =>
  withDatabase(`${ORDERS} GRANT SELECT, INSERT ON orders TO pg_monitor`, async (connection) => {
    const sql = 'ALTER TABLE orders ENABLE ROW LEVEL SECURITY';
    const count = async (): Promise<unknown> => {
      await connection.script('SET ROLE pg_monitor');
      const { rows } = await connection.query('SELECT count(*)::int AS count FROM orders');
      await connection.script('RESET ROLE');
      return rows[0]?.count;
    };
    const policy = (await advice(connection, sql)).find((part) => part.startsWith('CREATE POLICY')) ?? '';
    await connection.script(sql);
    assert.equal(await count(), 0);
    await connection.script(policy);
    assert.equal(await count(), 50);
  }));

test('replacing a trigger lets readers go on, dropping it does not', () =>
  withDatabase(
    `${ORDERS} CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();`,
    async (connection) => {
      const dropped = await measure(connection, 'DROP TRIGGER t ON orders');
      assert.deepEqual(dropped.locks, ['public.orders AccessExclusiveLock']);
      if (connection.serverVersion < 14) return;
      const replaced = await measure(
        connection,
        'CREATE OR REPLACE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch()',
      );
      assert.deepEqual(replaced.locks, ['public.orders ShareRowExclusiveLock']);
    },
  ));

test('triggers are off in one session only, and no table is locked for it', () =>
  withDatabase(ORDERS, async (connection) => {
    const [setting = ''] = await advice(connection, 'ALTER TABLE orders DISABLE TRIGGER ALL');
    assert.deepEqual((await measure(connection, setting)).locks, []);
  }));

test('IF EXISTS locks for nothing in ALTER TABLE, and not in DROP TRIGGER or POLICY', () =>
  withDatabase(ORDERS, async (connection) => {
    const locks = async (sql: string): Promise<readonly string[]> =>
      (await measure(connection, sql)).locks.filter((lock) => lock.startsWith('public.orders '));
    for (const sql of [
      'ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text',
      'ALTER TABLE orders DROP COLUMN IF EXISTS nope',
      'ALTER TABLE orders DROP CONSTRAINT IF EXISTS nope',
    ])
      assert.deepEqual(await locks(sql), ['public.orders AccessExclusiveLock'], sql);
    assert.deepEqual(await locks('CREATE INDEX IF NOT EXISTS orders_note ON orders (note)'), [
      'public.orders ShareLock',
    ]);
    for (const sql of ['DROP TRIGGER IF EXISTS nope ON orders', 'DROP POLICY IF EXISTS nope ON orders'])
      assert.deepEqual(await locks(sql), [], sql);
  }));
