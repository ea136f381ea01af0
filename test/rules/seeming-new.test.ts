import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';

before(loadParser);

const SCHEMA = 'CREATE TABLE users (id int PRIMARY KEY, n int); CREATE TABLE orders (id int PRIMARY KEY);';
const REWRITE = 'ALTER TABLE users ALTER n TYPE bigint;';

/** Whether the last statement of the text is said to rewrite a table that is in use. */
function rewrites(sql: string, catalog = schemaOf(SCHEMA), transaction: LintSource['transaction'] = 'none') {
  const { findings } = judge(catalog, [sourceOf(sql, transaction)]);
  const last = sql.trimEnd().lastIndexOf('ALTER TABLE');
  return findings.some(({ rule, place }) => rule === 'alter-column-type-rewrite' && place.endByte >= last);
}

describe('what is rolled back', () => {
  const found = [
    'BEGIN; CREATE TABLE big (id int); ROLLBACK; ALTER TABLE big ALTER id TYPE bigint;',
    `BEGIN; ALTER TABLE users RENAME TO users_old; CREATE TABLE users (id bigint, n int); ROLLBACK; ${REWRITE}`,
    `BEGIN; SAVEPOINT a; ALTER TABLE users RENAME TO users_old; CREATE TABLE users (n int); ROLLBACK TO a; ${REWRITE}`,
    `BEGIN; ALTER TABLE users RENAME TO u; CREATE TABLE users (n int); ROLLBACK AND CHAIN; ${REWRITE}`,
    `BEGIN; ALTER TABLE users RENAME TO u; CREATE TABLE users (n int); PREPARE TRANSACTION 'x'; ROLLBACK PREPARED 'x'; ${REWRITE}`,
  ];
  for (const sql of found)
    test(sql, () => {
      assert.equal(rewrites(sql), true);
      assert.equal(rewrites(sql, { ...EMPTY_CATALOG }), true);
    });
  const silent = [
    'BEGIN; CREATE TABLE big (id int); COMMIT; ALTER TABLE big ALTER id TYPE bigint;',
    'BEGIN; CREATE TABLE big (id int); COMMIT; BEGIN; SELECT 1; ROLLBACK; ALTER TABLE big ALTER id TYPE bigint;',
    'BEGIN; CREATE TABLE big (id int); SAVEPOINT a; SELECT 1; ROLLBACK TO a; ALTER TABLE big ALTER id TYPE bigint;',
  ];
  for (const sql of silent) test(`not: ${sql}`, () => assert.equal(rewrites(sql), false));
});

describe('a name that is taken', () => {
  const found = [
    `CREATE TABLE users (id bigint, n int); ${REWRITE}`,
    `CREATE TABLE IF NOT EXISTS users (id bigint, n int); ${REWRITE}`,
    `CREATE TABLE users AS SELECT 1 AS n; ${REWRITE}`,
    `CREATE TABLE IF NOT EXISTS users AS SELECT 1 AS n; ${REWRITE}`,
    `SELECT 1 AS n INTO users; ${REWRITE}`,
    `CREATE VIEW users AS SELECT 1 AS n; ${REWRITE}`,
    `CREATE OR REPLACE VIEW users AS SELECT 1 AS n; ${REWRITE}`,
    `CREATE SEQUENCE users; ${REWRITE}`,
    `CREATE INDEX users ON orders (id); ${REWRITE}`,
    `CREATE TABLE zz (id bigint, n int); ALTER TABLE zz RENAME TO users; ${REWRITE}`,
    `CREATE TABLE app.users (id bigint, n int); ALTER TABLE app.users SET SCHEMA public; ${REWRITE}`,
  ];
  for (const sql of found) test(sql, () => assert.equal(rewrites(sql), true));
  const silent = [
    `ALTER TABLE users RENAME TO u; CREATE TABLE users (id bigint, n int); ${REWRITE}`,
    `DROP TABLE users; CREATE TABLE users (id bigint, n int); ${REWRITE}`,
  ];
  for (const sql of silent) test(`not: ${sql}`, () => assert.equal(rewrites(sql), false));
});

describe('code that may not run', () => {
  const block = (body: string): string => `DO $$ BEGIN ${body} END $$; ${REWRITE}`;
  const found = [
    block("IF to_regclass('users') IS NULL THEN CREATE TABLE users (id bigint, n int); END IF;"),
    block('CREATE TABLE users (id bigint, n int); EXCEPTION WHEN duplicate_table THEN NULL;'),
    block('IF false THEN ALTER TABLE users RENAME TO x; CREATE TABLE users (n int); END IF;'),
    block('CASE 1 WHEN 2 THEN DROP TABLE users; CREATE TABLE users (n int); ELSE NULL; END CASE;'),
    block('FOR i IN 1..0 LOOP ALTER TABLE users RENAME TO x; CREATE TABLE users (n int); END LOOP;'),
    block(
      'ALTER TABLE users RENAME TO x; CREATE TABLE users (n int); RAISE; EXCEPTION WHEN others THEN NULL;',
    ),
    block("ALTER TABLE users RENAME TO x; CREATE TABLE users (n int); RAISE EXCEPTION 'x';"),
    `DO $$ BEGIN IF false THEN CREATE TABLE users (n int); END IF; ${REWRITE} END $$`,
  ];
  for (const sql of found)
    test(sql, () => {
      assert.equal(rewrites(sql), true);
      assert.equal(rewrites(sql, { ...EMPTY_CATALOG }), true);
    });
  const silent = [
    block('ALTER TABLE users RENAME TO x; CREATE TABLE users (n int);'),
    'DO $$ BEGIN IF true THEN CREATE TABLE zz (n int); END IF; END $$; ALTER TABLE zz ALTER n TYPE bigint;',
  ];
  for (const sql of silent) test(`not: ${sql}`, () => assert.equal(rewrites(sql), false));
});

describe('temporary tables and search_path', () => {
  const TEMP = 'CREATE TEMP TABLE users (id bigint, n int)';
  const APP = 'CREATE SCHEMA app; CREATE TABLE app.users (id bigint, n int)';
  const found = [
    `${TEMP}; DISCARD TEMP; ${REWRITE}`,
    `${TEMP}; DISCARD ALL; ${REWRITE}`,
    `${TEMP} ON COMMIT DROP; ${REWRITE}`,
    `BEGIN; ${TEMP} ON COMMIT DROP; COMMIT; ${REWRITE}`,
    `BEGIN; CREATE TEMP TABLE x (n int) ON COMMIT DROP; ALTER TABLE x RENAME TO users; COMMIT; ${REWRITE}`,
    `BEGIN; CREATE TEMP TABLE users ON COMMIT DROP AS SELECT 1 AS n; COMMIT; ${REWRITE}`,
    `${TEMP}; SET search_path TO public, pg_temp; ${REWRITE}`,
    `${APP}; SET LOCAL search_path TO app; ${REWRITE}`,
    `${APP}; BEGIN; SET LOCAL search_path TO app; COMMIT; ${REWRITE}`,
    `${APP}; BEGIN; SET LOCAL search_path TO app; ROLLBACK; ${REWRITE}`,
    `${APP}; BEGIN; SET search_path TO app; ROLLBACK; ${REWRITE}`,
    `${APP}; SET search_path TO app; SELECT set_config('search_path', 'public', false); ${REWRITE}`,
    `${APP}; SET search_path TO app; SELECT pg_catalog.set_config('search_path', 'other, "public"', 'f'); ${REWRITE}`,
    `${APP}; SET search_path TO app; DO $$ BEGIN PERFORM set_config('search_path', 'public', false); END $$; ${REWRITE}`,
    `${APP}; SELECT set_config('search_path', 'app', true); ${REWRITE}`,
    `${APP}; SET search_path TO app; DISCARD ALL; ${REWRITE}`,
    `${APP}; SET search_path TO app; RESET ALL; ${REWRITE}`,
    `${APP}; SET search_path TO app; RESET search_path; ${REWRITE}`,
  ];
  for (const sql of found) test(sql, () => assert.equal(rewrites(sql), true));
  const silent = [
    `${TEMP}; ${REWRITE}`,
    `BEGIN; ${TEMP} ON COMMIT DROP; ${REWRITE}`,
    `BEGIN; ${TEMP}; COMMIT; ${REWRITE}`,
    `${APP}; BEGIN; SET LOCAL search_path TO app; ${REWRITE}`,
    `${APP}; BEGIN; SET search_path TO app; COMMIT; ${REWRITE}`,
    `${APP}; SELECT set_config('search_path', 'app', false); ${REWRITE}`,
  ];
  for (const sql of silent) test(`not: ${sql}`, () => assert.equal(rewrites(sql), false));
});

describe('an old table beneath a new one', () => {
  const text = (last: string): string =>
    `CREATE TABLE zz (n int); ALTER TABLE users INHERIT zz; ALTER TABLE zz ${last};`;
  const rulesOf = (sql: string): readonly string[] =>
    judge(schemaOf(SCHEMA), [sourceOf(sql, 'none')])
      .findings.filter(({ place }) => place.endByte >= sql.lastIndexOf('ALTER TABLE'))
      .map(({ rule }) => rule);
  const cases = [
    ['ALTER n TYPE bigint', 'alter-column-type-rewrite'],
    ['ADD m uuid DEFAULT gen_random_uuid()', 'add-column-volatile-default'],
    ['ALTER n SET NOT NULL', 'set-not-null-scan'],
    ['ADD CHECK (n > 0)', 'add-check-validating'],
  ] as const;
  for (const [last, rule] of cases) test(last, () => assert.ok(rulesOf(text(last)).includes(rule)));
  test('not on new ones alone', () => {
    const sql =
      'CREATE TABLE zz (n int); CREATE TABLE c () INHERITS (zz); ALTER TABLE zz ALTER n TYPE bigint;';
    assert.deepEqual(rulesOf(sql), []);
  });
});

describe('the end of a file in a transaction', () => {
  const first = [
    'CREATE TEMP TABLE users (n int) ON COMMIT DROP;',
    'CREATE SCHEMA app; CREATE TABLE app.users (n int); SET LOCAL search_path TO app;',
  ];
  for (const sql of first)
    test(sql, () => {
      const { findings } = judge(schemaOf(SCHEMA), [sourceOf(sql), sourceOf(REWRITE, 'file', '2.sql')]);
      assert.ok(findings.some(({ rule }) => rule === 'alter-column-type-rewrite'));
    });
});
