import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { embeddedStatements } from '../../src/sql/plpgsql.ts';
import { statementOf } from './schema.ts';

before(loadParser);

const cases: readonly (readonly [string, string, readonly string[], number])[] = [
  [
    'statements in their order',
    'DO $$ BEGIN ALTER TABLE é ADD b int; UPDATE t SET a = 1; END $$',
    ['ALTER TABLE é ADD b int', 'UPDATE t SET a = 1'],
    0,
  ],
  [
    'branches, loops and handlers alike',
    'DO $$ DECLARE r record; BEGIN IF EXISTS (SELECT FROM pg_class) THEN DROP TABLE a; ELSE DROP TABLE b; END IF; FOR r IN SELECT * FROM t LOOP DELETE FROM u; END LOOP; EXCEPTION WHEN others THEN DROP TABLE c; END $$',
    [
      'SELECT EXISTS (SELECT FROM pg_class)',
      'DROP TABLE a',
      'DROP TABLE b',
      'SELECT * FROM t',
      'DELETE FROM u',
      'DROP TABLE c',
    ],
    0,
  ],
  [
    'calls and assignments',
    'DO $$ DECLARE x int := 1; BEGIN PERFORM f(1); x := g(2); CALL p(); END $$',
    ['SELECT 1', 'SELECT f(1)', 'SELECT  g(2)', 'CALL p()'],
    0,
  ],
  [
    'EXECUTE is not seen',
    "DO $$ DECLARE a text; BEGIN EXECUTE 'DROP TABLE ' || a; DROP TABLE b; END $$",
    ["SELECT 'DROP TABLE ' || a", 'DROP TABLE b'],
    1,
  ],
  [
    'nor is a loop over EXECUTE',
    "DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT ' || now() LOOP NULL; END LOOP; END $$",
    ["SELECT 'SELECT ' || now()"],
    1,
  ],
  ['another language', 'DO LANGUAGE plpython3u $$ pass $$', [], 1],
  ['a body that PL/pgSQL refuses', 'DO $$ garbage $$', [], 1],
  [
    'quotes inside the body',
    "DO 'BEGIN INSERT INTO t VALUES (''it''''s''); END'",
    ["INSERT INTO t VALUES ('it''s')"],
    0,
  ],
  ['an empty block', 'DO $$ BEGIN NULL; END $$', [], 0],
  [
    'a function in PL/pgSQL',
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a; RETURN 1; END $$',
    ['DROP TABLE a', 'SELECT 1'],
    0,
  ],
  [
    'a trigger function',
    'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$',
    ['SELECT  1'],
    0,
  ],
  ['a function in SQL has no blocks', "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", [], 0],
  ['any other statement', 'SELECT 1', [], 0],
];

describe('what PL/pgSQL embeds', () => {
  for (const [name, sql, expected, unseen] of cases)
    test(name, () => {
      const found = embeddedStatements(statementOf(sql));
      assert.deepEqual(
        found.statements.map((statement) => statement.sql),
        expected,
      );
      assert.equal(found.unseen, unseen);
    });
});

test('an embedded statement stands where the whole does', () => {
  const whole = statementOf('\n  DO $$ BEGIN DROP TABLE a; END $$');
  const [inner] = embeddedStatements(whole).statements;
  assert.deepEqual([inner?.kind, inner?.place], ['DropStmt', whole.place]);
  assert.equal(whole.place.line, 2);
});

test('blocks a thousand deep are read', () => {
  const depth = 3_000;
  const sql = `DO $$ BEGIN ${'IF true THEN '.repeat(depth)}DROP TABLE a;${' END IF;'.repeat(depth)} END $$`;
  const { statements, unseen } = embeddedStatements(statementOf(sql));
  assert.deepEqual([statements.length, statements.at(-1)?.sql, unseen], [depth + 1, 'DROP TABLE a', 0]);
});
