import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { rules } from '../../src/rules/registry.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';
import { advisedSql, type Case, findingsOf, UNKNOWN } from '../support/sections.ts';

const SCHEMA = `
  CREATE TABLE customers (id bigint PRIMARY KEY, email text UNIQUE, state text NOT NULL, seen timestamptz);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, state text NOT NULL, note text, code uuid);
  CREATE TABLE order_lines (order_id bigint, place int, tags text[], body jsonb, PRIMARY KEY (order_id, place));
  CREATE TABLE things (key uuid PRIMARY KEY, state text, "Odd name" text);
  CREATE TABLE logs (at timestamptz, state text);
  CREATE TABLE settings (name text PRIMARY KEY, value text);
  CREATE UNIQUE INDEX ON orders (code);
  CREATE TABLE "Odd 'T" ("The id" uuid PRIMARY KEY, state text);`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  const made = schemaOf(SCHEMA);
  const sized = [...made.relations].map(([name, one]): [string, typeof one] => [
    name,
    name === 'public.settings'
      ? { ...one, rows: 20, bytes: 8192 }
      : { ...one, rows: undefined, bytes: undefined },
  ]);
  schema = { ...made, relations: new Map(sized) };
});

/** The section's default rules; the opinions have their own table. */
const DEFAULTS = new Set(rules.flatMap(({ slug, optIn }) => (optIn ? [] : [slug])));
const OWN = new Set(rules.flatMap(({ slug, section }) => (section === 'data' ? [slug] : [])));
const defaults = (sql: string, catalog = schema, transaction?: Case[2]): readonly string[] =>
  complainers(judge(catalog, [sourceOf(sql, transaction)])).filter((rule) => OWN.has(rule));

function table(cases: readonly Case[], judged: (sql: string) => readonly string[]): void {
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(judged(sql), expected));
}

describe('rows without WHERE', () => {
  const update = ['update-without-where'];
  const remove = ['delete-without-where'];
  table(
    [
      ["UPDATE orders SET state = 'x'", update],
      ["UPDATE orders SET state = 'x' WHERE true", update],
      ["UPDATE orders SET state = 'x' WHERE 1 = 1", update],
      ["UPDATE orders SET state = 'x' WHERE 'a' = 'a' AND NOT false", update],
      ["UPDATE orders SET state = 'x' WHERE id IS NOT NULL", update],
      ["UPDATE orders SET state = 'x' WHERE id = id", update],
      ["UPDATE orders SET state = 'x' WHERE id = 1 OR true", update],
      ['UPDATE orders o SET state = c.state FROM customers c', update],
      ["UPDATE orders SET state = 'x' WHERE false", []],
      ["UPDATE orders SET state = 'x' WHERE 1 = 2", ['unbatched-backfill']],
      ["UPDATE orders SET state = 'x' WHERE note IS NOT NULL", ['unbatched-backfill']],
      ["UPDATE settings SET value = 'x'", update],
      ['DELETE FROM orders', remove],
      ['DELETE FROM orders WHERE true', remove],
      ['DELETE FROM ONLY orders', remove],
      ['DELETE FROM settings', remove],
      ['DELETE FROM orders USING customers', remove],
      ['WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(id) FROM gone', remove],
      ['CREATE TABLE t (id int); UPDATE t SET id = 1; DELETE FROM t', []],
      ['CREATE TEMP TABLE t (id int); UPDATE t SET id = 1; DELETE FROM t', []],
      ['CREATE TABLE t AS SELECT id FROM orders; DELETE FROM t', []],
      ["DO $$ BEGIN UPDATE orders SET state = 'x'; END $$", update],
    ],
    defaults,
  );
});

describe('unbatched-backfill', () => {
  const told = ['unbatched-backfill'];
  table(
    [
      ["UPDATE orders SET state = 'x' WHERE state = 'y'", told],
      ["UPDATE orders SET state = 'x' WHERE note IS NULL", told],
      ["DELETE FROM orders WHERE state = 'y'", told],
      ["DELETE FROM logs WHERE at < now() - interval '1 year'", told],
      ["UPDATE settings SET value = 'x' WHERE value = 'y'", []],
      // Found by a key.
      ["UPDATE orders SET state = 'x' WHERE id = 5", []],
      ["UPDATE orders SET state = 'x' WHERE 5 = orders.id AND state = 'y'", []],
      ["UPDATE orders o SET state = 'x' WHERE o.id IN (1, 2, 3)", []],
      ["UPDATE orders SET state = 'x' WHERE id = ANY ('{1,2}')", []],
      ["UPDATE orders SET state = 'x' WHERE id = ANY (ARRAY[1, 2])", []],
      ["UPDATE orders SET state = 'x' WHERE id = 1 OR id = 2", []],
      ["UPDATE orders SET state = 'x' WHERE id = 1 OR state = 'y'", told],
      ["UPDATE orders SET state = 'x' WHERE code = '5b3c2b8e-7b1d-4f0a-9d7e-111111111111'::uuid", []],
      ["UPDATE customers SET state = 'x' WHERE email = lower('A@b.c')", []],
      ["UPDATE customers SET state = 'x' WHERE lower(email) = 'a@b.c'", told],
      ["UPDATE orders SET state = 'x' WHERE customer_id = 5", []],
      ['UPDATE order_lines SET place = 2 WHERE order_id = 1 AND place = 1', []],
      ['UPDATE order_lines SET place = 2 WHERE (order_id, place) = (1, 1)', []],
      ['UPDATE order_lines SET place = 2 WHERE place = 1', told],
      ["UPDATE orders SET state = 'x' WHERE id = (SELECT max(id) FROM orders)", []],
      ["DELETE FROM orders WHERE ctid = '(0,1)'", []],
      ["UPDATE orders SET state = 'x' WHERE id <> 5", told],
      ['UPDATE orders SET state = note WHERE state = note', told],
      // In a range of one.
      ["UPDATE orders SET state = 'x' WHERE id BETWEEN 1 AND 5000", []],
      ["UPDATE orders SET state = 'x' WHERE id > 5000 AND id <= 10000", []],
      ["UPDATE orders SET state = 'x' WHERE id < 5000", []],
      ["UPDATE orders SET state = 'x' WHERE id > 5000", told],
      ['UPDATE order_lines SET place = 2 WHERE order_id < 100', []],
      ['UPDATE order_lines SET place = 2 WHERE place < 100', told],
      // Batches.
      ["DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE state = 'y' LIMIT 1000)", []],
      ["DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE state = 'y')", told],
      ['DELETE FROM orders WHERE ctid = ANY (ARRAY(SELECT ctid FROM orders LIMIT 1000))', []],
      [
        "UPDATE orders o SET state = 'x' FROM (SELECT id FROM orders WHERE state = 'y' LIMIT 1000 FOR UPDATE SKIP LOCKED) b WHERE o.id = b.id",
        [],
      ],
      [
        "WITH b AS (SELECT id FROM orders WHERE state = 'y' LIMIT 1000) UPDATE orders SET state = 'x' FROM b WHERE orders.id = b.id",
        [],
      ],
      [
        "WITH b AS (SELECT id FROM orders WHERE state = 'y') UPDATE orders SET state = 'x' FROM b WHERE orders.id = b.id",
        told,
      ],
      // Joins.
      [
        "UPDATE orders SET state = v.state FROM (VALUES (1, 'a'), (2, 'b')) AS v (id, state) WHERE orders.id = v.id",
        [],
      ],
      ['UPDATE orders SET note = s.value FROM settings s WHERE orders.note = s.name', told],
      ['UPDATE orders SET note = c.state FROM customers c WHERE orders.customer_id = c.id', told],
      ['UPDATE orders SET note = c.state FROM customers c WHERE orders.customer_id = c.id AND c.id = 5', []],
      [
        'UPDATE orders SET note = c.state FROM customers c WHERE orders.customer_id = c.id AND orders.id = 5',
        [],
      ],
      ['DELETE FROM orders USING unnest(ARRAY[1, 2]) AS u (id) WHERE orders.id = u.id', []],
      ["DO $$ DECLARE wanted bigint; BEGIN UPDATE orders SET state = 'x' WHERE id = wanted; END $$", []],
      [
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 AS id LOOP UPDATE orders SET state = 'x' WHERE id = r.id; END LOOP; END $$",
        [],
      ],
      // Copies.
      ['INSERT INTO orders (id, state) SELECT id, state FROM customers', told],
      ["INSERT INTO orders (id, state) SELECT id, state FROM customers WHERE state = 'y'", told],
      ['INSERT INTO orders (id, state) SELECT id, state FROM customers WHERE id = 5', []],
      ['INSERT INTO orders (id, state) SELECT id, state FROM customers WHERE id BETWEEN 1 AND 5000', []],
      ['INSERT INTO orders (id, state) SELECT id, state FROM customers LIMIT 10', []],
      ['INSERT INTO orders (id, state) SELECT 1, value FROM settings', []],
      ["INSERT INTO orders (id, state) SELECT 1, 'x' WHERE NOT EXISTS (SELECT 1 FROM customers)", []],
      ["INSERT INTO orders (id, state) VALUES (1, 'x'), (2, 'y')", []],
      ['INSERT INTO orders DEFAULT VALUES', []],
      ["INSERT INTO orders (id, state) SELECT n, 'x' FROM generate_series(1, 10) n", []],
      ['CREATE TABLE t (id bigint, state text); INSERT INTO t SELECT id, state FROM orders', []],
      ['CREATE TABLE t (id bigint, state text); INSERT INTO orders (id, state) SELECT id, state FROM t', []],
      [
        'INSERT INTO orders (id, state) SELECT id, state FROM customers WHERE id = 5 UNION ALL SELECT 1, value FROM settings',
        [],
      ],
      [
        'INSERT INTO orders (id, state) SELECT 1, value FROM settings UNION ALL SELECT id, state FROM customers',
        told,
      ],
      [
        'MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN UPDATE SET note = c.state',
        told,
      ],
      [
        "MERGE INTO orders o USING (VALUES (1, 'x')) AS v (id, s) ON o.id = v.id WHEN MATCHED THEN UPDATE SET note = v.s",
        [],
      ],
    ],
    defaults,
  );

  test('tables that nobody knows are large, and their keys go by their names', () => {
    const unknown = (sql: string): readonly string[] => defaults(sql, UNKNOWN);
    assert.deepEqual(unknown("UPDATE a SET state = 'x' WHERE state = 'y'"), told);
    assert.deepEqual(unknown("UPDATE a SET state = 'x' WHERE id = 5"), []);
    assert.deepEqual(unknown("DELETE FROM a WHERE codename = 'x'"), []);
    assert.deepEqual(unknown('DELETE FROM a WHERE user_id IN (1, 2)'), []);
    assert.deepEqual(unknown('UPDATE a SET state = b.state FROM b WHERE a.id = b.a_id'), told);
  });

  test('a table that a complete schema does not have is nobody’s', () => {
    assert.deepEqual(defaults("UPDATE nothing SET state = 'x'"), []);
  });
});

describe('ddl-and-dml-same-transaction', () => {
  const told = ['ddl-and-dml-same-transaction'];
  const alter = 'ALTER TABLE orders ADD COLUMN extra text;';
  table(
    [
      [`${alter} UPDATE orders SET extra = 'x'`, told],
      [`${alter} UPDATE orders SET extra = 'x' WHERE state = 'y'`, told],
      [`${alter} UPDATE customers SET state = 'x' WHERE state = 'y'`, told],
      [`${alter} INSERT INTO things (key) SELECT code FROM orders`, told],
      [`${alter} CREATE TABLE t (id bigint); INSERT INTO t SELECT id FROM orders`, told],
      [`${alter} UPDATE orders SET extra = 'x' WHERE id = 5`, []],
      [`${alter} UPDATE settings SET value = 'x' WHERE value = 'y'`, []],
      [`${alter} UPDATE settings SET value = 'x'`, ['update-without-where']],
      [`${alter} DELETE FROM customers`, ['ddl-and-dml-same-transaction', 'delete-without-where']],
      [`${alter} COMMIT; UPDATE orders SET extra = 'x' WHERE state = 'y'`, ['unbatched-backfill']],
      [`UPDATE orders SET note = 'x' WHERE state = 'y'; ${alter}`, ['unbatched-backfill']],
      [
        "CREATE TABLE t (id bigint); ALTER TABLE t ADD COLUMN a int; UPDATE orders SET note = 'x' WHERE state = 'y'",
        ['unbatched-backfill'],
      ],
      [
        "ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_id_fkey; UPDATE orders SET note = 'x' WHERE state = 'y'",
        ['unbatched-backfill'],
      ],
      ["LOCK TABLE customers IN SHARE MODE; UPDATE orders SET note = 'x' WHERE state = 'y'", told],
      [
        `SAVEPOINT a; ${alter} ROLLBACK TO a; UPDATE orders SET note = 'x' WHERE state = 'y'`,
        ['unbatched-backfill'],
      ],
    ],
    defaults,
  );

  test('outside a transaction no lock is left', () => {
    const sql = `${alter} UPDATE orders SET extra = 'x' WHERE state = 'y'`;
    assert.deepEqual(defaults(sql, schema, 'none'), ['unbatched-backfill']);
    assert.deepEqual(defaults(sql, schema, 'implicit'), told);
  });

  test('it says whose lock is held, since when, and who waits', () => {
    const [finding] = findingsOf(
      'data',
      schema,
      `LOCK TABLE customers IN SHARE MODE;\n\n${alter}\nUPDATE things SET state = 'x' WHERE state = 'y'`,
    );
    assert.equal(finding?.relation, 'public.things');
    assert.equal(
      finding.message,
      'The AccessExclusiveLock that line 3 took on `public.orders` is kept until the end, so nobody can read or write it while the rows of `public.things` are gone through.',
    );
    const [weaker] = findingsOf(
      'data',
      schema,
      "LOCK TABLE customers IN SHARE MODE; UPDATE things SET state = 'x' WHERE state = 'y'",
    );
    assert.match(weaker?.message ?? '', /nobody can write to it/);
  });
});

describe('duplicate-assignment', () =>
  table(
    [
      ["UPDATE orders SET state = 'a', state = 'b' WHERE id = 1", ['duplicate-assignment']],
      ["UPDATE orders SET (state, note) = ('a', 'b'), note = 'c' WHERE id = 1", ['duplicate-assignment']],
      ["UPDATE orders SET state = 'a', \"State\" = 'b' WHERE id = 1", []],
      ["UPDATE order_lines SET tags[1] = 'a', tags[2] = 'b' WHERE order_id = 1 AND place = 1", []],
      ["INSERT INTO orders (id, state, state) VALUES (1, 'a', 'b')", ['duplicate-assignment']],
      [
        "INSERT INTO settings (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET value = 'a', value = 'b'",
        ['duplicate-assignment'],
      ],
      ["INSERT INTO settings (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET value = 'a'", []],
      [
        "MERGE INTO orders o USING (VALUES (1)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET note = 'a', note = 'b'",
        ['duplicate-assignment'],
      ],
      ['CREATE TABLE t (a int); UPDATE t SET a = 1, a = 2', ['duplicate-assignment']],
    ],
    defaults,
  ));

test('an UPDATE without WHERE of a table that the change made is nobody’s either', () => {
  assert.deepEqual(defaults('CREATE TABLE t (a int); UPDATE t SET a = 1 WHERE a = 2'), []);
});

describe('opinions', () => {
  const all = (sql: string): readonly string[] =>
    findingsOf('data', schema, sql)
      .map(({ rule }) => rule)
      .filter((rule) => !DEFAULTS.has(rule));
  const many = (rows: number): string =>
    `INSERT INTO settings (name) VALUES ${Array.from({ length: rows }, (_, n) => `('${n}')`).join(', ')}`;
  table(
    [
      ['UPDATE orders SET state = state WHERE id = 1', ['self-assignment']],
      ['UPDATE orders o SET state = o.state WHERE id = 1', ['self-assignment']],
      ['UPDATE orders o SET state = c.state FROM customers c WHERE o.id = 1', []],
      ['UPDATE orders SET state = note WHERE id = 1', []],
      ["UPDATE order_lines SET body = '{}' WHERE place = 1", ['update-toasted-columns']],
      ["UPDATE order_lines SET body = '{}' WHERE order_id = 1 AND place = 1", []],
      ['UPDATE order_lines SET place = 2 WHERE place = 1', []],
      ["INSERT INTO settings VALUES ('a', 'b')", ['insert-without-columns']],
      ["INSERT INTO settings (name, value) VALUES ('a', 'b')", []],
      ['INSERT INTO orders DEFAULT VALUES', []],
      ['CREATE TABLE t (a int); INSERT INTO t VALUES (1)', []],
      ['INSERT INTO orders (id, state) SELECT id, state FROM customers', ['insert-bulk']],
      ['CREATE VIEW v AS SELECT * FROM orders', ['query-style']],
      ['CREATE VIEW v AS SELECT o.* FROM orders o', ['query-style']],
      ['SELECT count(*) FROM orders', []],
      ['SELECT id FROM orders WHERE EXISTS (SELECT * FROM customers)', []],
      ['SELECT id FROM orders WHERE id NOT IN (SELECT id FROM customers)', ['query-style']],
      ['SELECT id FROM orders WHERE id <> ALL (SELECT id FROM customers)', ['query-style']],
      ['SELECT id FROM orders WHERE id NOT IN (1, 2)', []],
      ['SELECT id FROM orders WHERE id IN (SELECT id FROM customers)', []],
      ['SELECT id FROM orders WHERE note = NULL OR NULL <> state', ['query-style']],
      ['UPDATE orders SET note = NULL WHERE id = 1', []],
      ['SELECT id FROM orders WHERE note IS NULL', []],
      ['SELECT id FROM orders ORDER BY random() LIMIT 1', ['query-style']],
      ['SELECT id FROM orders ORDER BY id', []],
    ],
    all,
  );

  test('a thousand rows are many', () => {
    assert.deepEqual(all(many(1000)), []);
    assert.deepEqual(all(many(1001)), ['insert-bulk']);
  });
});

test('what the rules advise parses, and says what it does to rows without another complaint', () => {
  const texts = [
    "DELETE FROM orders WHERE state = 'y'",
    'DELETE FROM "Odd \'T"',
    "DELETE FROM things WHERE \"Odd name\" = 'it''s'",
  ];
  for (const text of texts) {
    const advised = findingsOf('data', schema, text).flatMap(advisedSql);
    assert.ok(advised.length > 0, text);
    for (const sql of advised) {
      assert.ok(parseSql(sql, 'advice.sql').ok, sql);
      assert.deepEqual(defaults(sql), [], sql);
    }
  }
  const [update] = findingsOf('data', schema, "UPDATE orders SET note = 'x' WHERE state = 'y'");
  assert.match(update?.help ?? '', /^Add `id BETWEEN 1 AND 5000` to its WHERE/);
  const [odd] = findingsOf('data', schema, "UPDATE things SET state = 'x' WHERE state = 'y'");
  assert.match(odd?.help ?? '', /by ranges of a key of `public\.things`/);
});

test('a transaction of thousands of statements is gone through once', () => {
  const sql = Array.from(
    { length: 4000 },
    (_, n) => `ALTER TABLE t${n} ADD COLUMN a int; UPDATE t${n} SET a = 1 WHERE b = 2;`,
  ).join('\n');
  const started = performance.now();
  const { findings } = judge(UNKNOWN, [sourceOf(sql)]);
  assert.equal(findings.filter(({ rule }) => rule === 'ddl-and-dml-same-transaction').length, 4000);
  assert.ok(performance.now() - started < 15_000, `${performance.now() - started} ms`);
});
