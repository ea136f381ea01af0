import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { schemaOf, sourceOf } from '../support/lint.ts';
import { advisedSql, type Case, findingsOf, UNKNOWN } from '../support/sections.ts';

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('low', 'high');
  CREATE DOMAIN amount AS integer;
  CREATE DOMAIN price AS amount;
  CREATE DOMAIN lonely AS integer;
  CREATE SEQUENCE numbers;
  CREATE TABLE orders (id bigserial PRIMARY KEY, state mood, past mood[], total amount, note text);
  CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price price, state mood);
  CREATE TABLE notes (id uuid PRIMARY KEY, body text);
  CREATE FUNCTION total(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TYPE "Odd\`s" AS ENUM ('a');
  CREATE TABLE "Odd 'T" ("Odd ""c" "Odd\`s");`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

const slugs = (sql: string, ...rest: [Case[2]?, 13?]): readonly string[] =>
  findingsOf('types', schema, sql, ...rest).map(({ rule }) => rule);

function table(cases: readonly Case[]): void {
  for (const [sql, expected, transaction] of cases)
    test(`${sql}${transaction ? ` (${transaction})` : ''}`, () =>
      assert.deepEqual(slugs(sql, transaction), expected));
}

describe('enum-value-used-in-same-transaction', () => {
  const used = (...rest: string[]): string =>
    ["ALTER TYPE mood ADD VALUE 'new' AFTER 'low'", ...rest].join(';\n');
  const told = ['enum-value-used-in-same-transaction'];
  table([
    [used("UPDATE orders SET state = 'new' WHERE id = 1"), told],
    [used("UPDATE orders SET note = 'new', state = 'low' WHERE id = 1"), []],
    [used("UPDATE orders SET note = 'x' WHERE state = 'new' AND id = 1"), told],
    [used("UPDATE orders SET note = 'x' WHERE state IN ('low', 'new') AND id = 1"), told],
    [used("UPDATE orders SET note = 'x' WHERE note = 'new' AND id = 1"), []],
    [used("UPDATE orders SET state = CASE WHEN id > 5 THEN 'new' ELSE state END WHERE id = 1"), told],
    [used("UPDATE orders SET state = coalesce(state, 'new') WHERE id = 1"), told],
    [used("UPDATE orders SET past = ARRAY['new'] WHERE id = 1"), told],
    [used("UPDATE orders AS o SET note = 'x' FROM items i WHERE o.id = 1 AND i.state = 'new'"), told],
    [used("INSERT INTO orders (note, state) VALUES ('x', 'low'), ('x', 'new')"), told],
    [used("INSERT INTO orders (note, state) VALUES ('new', 'low')"), []],
    [used("INSERT INTO orders (state) SELECT 'new'"), told],
    [used("SELECT 'new'::mood"), told],
    [used("SELECT CAST('new' AS public.mood)"), told],
    [used("SELECT 'new'::text, 'new'"), []],
    [used("ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'new'"), told],
    [used("ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'new'"), []],
    [used("ALTER TABLE orders ADD COLUMN other mood DEFAULT 'new'"), told],
    [used("ALTER TABLE orders ADD CHECK (state <> 'new') NOT VALID"), told],
    [used("CREATE TABLE fresh (state mood DEFAULT 'new')"), told],
    [used("CREATE TABLE fresh (state text DEFAULT 'new')"), []],
    [used("CREATE INDEX ON orders (id) WHERE state = 'new'"), told],
    [used("CREATE VIEW v AS SELECT id FROM orders WHERE state = 'new'"), told],
    [used("DO $$ BEGIN UPDATE orders SET state = 'new' WHERE id = 1; END $$"), told],
    // A body is not read before it runs.
    [used("CREATE FUNCTION f() RETURNS mood LANGUAGE plpgsql AS $$ BEGIN RETURN 'new'; END $$"), []],
    [used('COMMIT', "UPDATE orders SET state = 'new' WHERE id = 1"), []],
    [used("UPDATE orders SET state = 'new' WHERE id = 1"), [], 'none'],
    [used("UPDATE orders SET state = 'new' WHERE id = 1"), told, 'implicit'],
    [`BEGIN; ${used("UPDATE orders SET state = 'new' WHERE id = 1")}; COMMIT`, told, 'none'],
    [
      "ALTER TYPE mood RENAME VALUE 'low' TO 'new'; UPDATE orders SET state = 'new' WHERE id = 1",
      ['enum-rename-value'],
    ],
    [
      "CREATE TYPE fresh AS ENUM ('a'); CREATE TABLE t (s fresh); INSERT INTO t (s) VALUES ('a')",
      ['create-enum'],
    ],
  ]);

  const made =
    "CREATE TYPE fresh AS ENUM ('a'); ALTER TYPE fresh ADD VALUE 'b'; CREATE TABLE t (s fresh DEFAULT 'b')";
  test('a value added to an enum of the same transaction is safe from 17 on, measured on 13, 16, 17 and 18', () => {
    const told17 = findingsOf('types', schema, made, 'file', 17).map(({ rule }) => rule);
    const told16 = findingsOf('types', schema, made, 'file', 16).map(({ rule }) => rule);
    assert.deepEqual([told17, told16], [['create-enum'], ['create-enum', ...told]]);
  });

  test('in a schema that nobody knows the label and its place are enough', () => {
    const text = "ALTER TYPE mood ADD VALUE 'new' AFTER 'low'; UPDATE orders SET state = 'new'";
    assert.deepEqual(
      findingsOf('types', UNKNOWN, text).map(({ rule }) => rule),
      told,
    );
  });

  test('an added value is safe in the next file', () => {
    const files = [
      sourceOf("ALTER TYPE mood ADD VALUE 'new' AFTER 'low'", 'file', '1.sql'),
      sourceOf("UPDATE orders SET state = 'new' WHERE id = 1", 'file', '2.sql'),
    ];
    assert.deepEqual(findingsOf('types', schema, files), []);
  });

  test('the finding says which line, and quotes what needs it', () => {
    const text = `ALTER TYPE "Odd\`s" ADD VALUE E'it''s\\\\\`' AFTER 'a';\n\nINSERT INTO "Odd 'T" VALUES (E'it''s\\\\\`'::"Odd\`s")`;
    const [finding] = findingsOf('types', schema, text);
    assert.match(finding?.message ?? '', /was added to `public\.Odd's` in line 1/);
    assert.match(finding?.help ?? '', /`ALTER TYPE public\."Odd's" ADD VALUE E'it''s\\\\''`/);
  });
});

describe('enums', () =>
  table([
    ["ALTER TYPE mood ADD VALUE 'new'", ['enum-add-value-unordered']],
    ["ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new'", ['enum-add-value-unordered']],
    ["ALTER TYPE mood ADD VALUE 'new' BEFORE 'low'", []],
    ["CREATE TYPE fresh AS ENUM ('a'); ALTER TYPE fresh ADD VALUE 'b'", ['create-enum']],
    ["ALTER TYPE mood RENAME VALUE 'low' TO 'sad'", ['enum-rename-value']],
    ["CREATE TYPE fresh AS ENUM ('a'); ALTER TYPE fresh RENAME VALUE 'a' TO 'b'", ['create-enum']],
    ['ALTER TYPE mood RENAME TO feeling', []],
    ['CREATE TYPE pair AS (a int, b int)', []],
  ]));

describe('drop-type', () => {
  table([
    ['DROP TYPE mood CASCADE', ['drop-type']],
    ['DROP TYPE mood', []],
    ['DROP DOMAIN amount CASCADE', ['drop-type']],
    ['DROP DOMAIN lonely CASCADE', []],
    ['DROP TYPE IF EXISTS nothing CASCADE', []],
    ["CREATE TYPE fresh AS ENUM ('a'); CREATE TABLE t (s fresh); DROP TYPE fresh CASCADE", ['create-enum']],
  ]);

  test('it names the tables, through domains and arrays', () => {
    const message = (sql: string): string => findingsOf('types', schema, sql)[0]?.message ?? '';
    assert.match(message('DROP TYPE mood CASCADE'), /`public\.orders` and `public\.items`/);
    assert.match(message('DROP DOMAIN amount CASCADE'), /`public\.orders` and `public\.items`/);
    assert.match(message('DROP DOMAIN price CASCADE'), /in `public\.items` are/);
  });

  test('in a schema that nobody knows any type may be in use', () => {
    const [finding] = findingsOf('types', UNKNOWN, 'DROP TYPE mood CASCADE');
    assert.equal(finding?.rule, 'drop-type');
  });
});

describe('domain-constraint-scan', () => {
  table([
    ['ALTER DOMAIN amount ADD CHECK (VALUE > 0)', ['domain-constraint-scan']],
    ['ALTER DOMAIN amount ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID', []],
    ['ALTER DOMAIN amount SET NOT NULL', ['domain-constraint-scan']],
    ['ALTER DOMAIN amount VALIDATE CONSTRAINT c', ['domain-constraint-scan']],
    ['ALTER DOMAIN amount DROP NOT NULL', []],
    ['ALTER DOMAIN amount SET DEFAULT 1', []],
    ['ALTER DOMAIN lonely ADD CHECK (VALUE > 0)', []],
    ['CREATE DOMAIN fresh AS int; CREATE TABLE t (a fresh); ALTER DOMAIN fresh ADD CHECK (VALUE > 0)', []],
    ['CREATE DOMAIN fresh AS int CHECK (VALUE > 0)', []],
  ]);

  test('the fix is NOT VALID, and is silent', () => {
    const text = 'ALTER DOMAIN amount ADD CHECK (VALUE > 0) -- é\n;';
    const [finding] = findingsOf('types', schema, text);
    const [edit] = finding?.fix ?? [];
    assert.ok(edit);
    const bytes = Buffer.from(text);
    const fixed = `${bytes.subarray(0, edit.startByte)}${edit.text}${bytes.subarray(edit.endByte)}`;
    assert.equal(fixed, 'ALTER DOMAIN amount ADD CHECK (VALUE > 0) NOT VALID -- é\n;');
    assert.deepEqual(slugs(fixed), []);
    assert.match(finding?.message ?? '', /`public\.orders` and `public\.items`, which are read whole/);
  });
});

describe('sequences', () => {
  const reset = "SELECT setval(pg_get_serial_sequence('orders', 'id'), 5)";
  const insert = "INSERT INTO orders (id, note) VALUES (1, 'x')";
  table([
    ['ALTER SEQUENCE numbers RESTART WITH 5', ['alter-sequence']],
    ['ALTER SEQUENCE orders_id_seq INCREMENT BY 10', ['alter-sequence']],
    ['CREATE SEQUENCE fresh; ALTER SEQUENCE fresh OWNED BY orders.id', []],
    ['CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq RESTART WITH 5', []],
    ['ALTER SEQUENCE IF EXISTS nothing RESTART', []],
    ["SELECT setval('numbers', 5)", []],
    ['CREATE SEQUENCE s AS integer', ['int-sequence']],
    ['CREATE SEQUENCE s AS smallint', ['int-sequence']],
    ['CREATE SEQUENCE s AS bigint', []],
    ['CREATE SEQUENCE s', []],
    ['ALTER SEQUENCE numbers AS integer', ['alter-sequence', 'int-sequence']],
    [insert, ['sequence-not-reset']],
    [`${insert}; ${insert}; ${insert}`, ['sequence-not-reset']],
    [`${insert}; ${reset}`, []],
    [`${reset}; ${insert}`, ['sequence-not-reset']],
    [`${insert}; SELECT setval('items_id_seq', 5)`, ['sequence-not-reset']],
    [`${insert}; SELECT setval('public.orders_id_seq', (SELECT max(id) FROM orders))`, []],
    [`${insert}; DO $$ BEGIN PERFORM setval('orders_id_seq', 5); END $$`, []],
    [
      `${insert}; DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE format('SELECT setval(%L, 5)', r); END LOOP; END $$`,
      [],
    ],
    [`${insert}; ALTER TABLE orders ALTER COLUMN id RESTART WITH 100`, []],
    [`${insert}; ALTER SEQUENCE orders_id_seq RESTART WITH 100`, ['alter-sequence']],
    ["INSERT INTO orders (note) VALUES ('x')", []],
    ["INSERT INTO orders (id, note) VALUES (DEFAULT, 'x')", []],
    ["INSERT INTO orders (id, note) VALUES (nextval('orders_id_seq'), 'x')", []],
    ["INSERT INTO orders (id, note) VALUES (0, 'nobody'), (-1, 'system')", []],
    ['INSERT INTO orders (id, note) SELECT 1, note FROM orders WHERE id = 2', ['sequence-not-reset']],
    ["INSERT INTO orders (id, note) SELECT nextval('orders_id_seq'), note FROM orders WHERE id = 2", []],
    ['INSERT INTO orders SELECT * FROM orders WHERE id = 2', []],
    ["INSERT INTO orders VALUES (1, 'low')", ['sequence-not-reset']],
    ['INSERT INTO items (id) OVERRIDING SYSTEM VALUE VALUES (5)', ['sequence-not-reset']],
    ['INSERT INTO items (id) OVERRIDING USER VALUE VALUES (5)', []],
    ["INSERT INTO notes (id) VALUES ('5b3c2b8e-7b1d-4f0a-9d7e-111111111111')", []],
    ['CREATE TABLE plans (id serial PRIMARY KEY); INSERT INTO plans (id) VALUES (1)', ['sequence-not-reset']],
  ]);

  test('names that need it are quoted in the advice', () => {
    const odd = schemaOf('CREATE TABLE "It\'s Odd" ("The Id" serial PRIMARY KEY)');
    const [finding] = findingsOf('types', odd, 'INSERT INTO "It\'s Odd" VALUES (1)');
    assert.ok(
      finding?.help.includes(
        `SELECT setval(pg_get_serial_sequence('public."It''s Odd"', 'The Id'), (SELECT max("The Id") FROM public."It's Odd"))`,
      ),
    );
    assert.deepEqual(
      findingsOf('types', odd, `INSERT INTO "It's Odd" VALUES (1); ${finding && advisedSql(finding)[0]}`),
      [],
    );
  });
});

describe('extensions', () =>
  table([
    ['CREATE EXTENSION pgcrypto', ['create-extension']],
    ['ALTER EXTENSION pgcrypto UPDATE', ['upgrade-or-drop-extension']],
    ["ALTER EXTENSION pgcrypto UPDATE TO '2'", ['upgrade-or-drop-extension']],
    ['ALTER EXTENSION pgcrypto SET SCHEMA app', []],
    ['DROP EXTENSION pgcrypto', ['upgrade-or-drop-extension']],
    ['DROP EXTENSION a, b CASCADE', ['upgrade-or-drop-extension', 'upgrade-or-drop-extension']],
    ['CREATE EXTENSION pgcrypto; DROP EXTENSION pgcrypto', ['create-extension']],
    ['DROP EXTENSION pgcrypto; CREATE EXTENSION pgcrypto', ['upgrade-or-drop-extension', 'create-extension']],
  ]));

describe('function-signature-change', () => {
  const told = ['function-signature-change'];
  const make = (parameters: string): string =>
    `CREATE FUNCTION total(${parameters}) RETURNS integer LANGUAGE sql AS 'SELECT 1'`;
  table([
    ['DROP FUNCTION total(integer)', told],
    ['DROP FUNCTION total', told],
    ['DROP ROUTINE total(int)', told],
    ['DROP PROCEDURE anything(int)', told],
    [`DROP FUNCTION total(int); ${make('a integer')}`, []],
    [`DROP FUNCTION total(integer); ${make('a integer, OUT b integer')}`, []],
    [`DROP FUNCTION total(integer); ${make('a integer, b text')}`, told],
    [`DROP FUNCTION total(integer); ${make('a integer, b text DEFAULT NULL')}`, []],
    [`${make("a integer, b text DEFAULT ''")}; DROP FUNCTION total(integer)`, []],
    [`DROP FUNCTION total(integer); ${make('a bigint')}`, told],
    [`DROP FUNCTION total; ${make('a bigint')}`, []],
    [
      `DROP FUNCTION total(integer); CREATE FUNCTION other.total(a integer) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      told,
    ],
    ["CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION fresh()", []],
    ['DROP FUNCTION IF EXISTS nothing()', []],
    ['DROP TRIGGER t ON orders; DROP FUNCTION stamp()', []],
    ['DROP TRIGGER t ON orders; DROP FUNCTION total(integer)', told],
    ['DROP AGGREGATE agg(int)', []],
    [make('a integer, b integer'), []],
  ]);
});

describe('create-publication', () => {
  table([
    ['CREATE PUBLICATION p FOR TABLE orders', ['create-publication']],
    ['ALTER PUBLICATION p ADD TABLE orders', ['create-publication']],
    ['CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t', []],
    ['CREATE PUBLICATION p FOR ALL TABLES', []],
  ]);

  test('tables without a key are named', () => {
    const [finding] = findingsOf('types', schema, `CREATE PUBLICATION p FOR TABLE orders, "Odd 'T"`);
    assert.match(finding?.message ?? '', /UPDATE and DELETE on `public\.Odd 'T` fail/);
  });
});

test('what the rules advise parses', () => {
  const texts = [
    "ALTER TYPE mood ADD VALUE 'new'; UPDATE orders SET state = 'new' WHERE id = 1",
    "ALTER TYPE mood RENAME VALUE 'low' TO 'sad'",
    'DROP TYPE "Odd`s" CASCADE',
    'ALTER DOMAIN amount SET NOT NULL',
    'ALTER SEQUENCE numbers RESTART WITH 5',
    'INSERT INTO orders (id) VALUES (1)',
    'CREATE SEQUENCE "S" AS integer',
    'CREATE EXTENSION "uuid-ossp"',
    'ALTER EXTENSION "uuid-ossp" UPDATE',
    'DROP EXTENSION "uuid-ossp"',
  ];
  for (const text of texts) {
    const advised = findingsOf('types', schema, text).flatMap(advisedSql);
    assert.ok(advised.length > 0, text);
    for (const sql of advised) assert.ok(parseSql(sql, 'advice.sql').ok, sql);
  }
});
