import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf } from '../support/lint.ts';

before(loadParser);

const A = 'ALTER TABLE users ALTER n TYPE bigint;';
const F = (body: string): string =>
  `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN ${body} RETURN 1; END $$;`;
const S =
  'CREATE TABLE users (id int PRIMARY KEY, n int); CREATE TABLE orders (id int PRIMARY KEY, a int DEFAULT 1);';
const TRIGGER =
  'CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM f(); RETURN NEW; END $$; CREATE TRIGGER g BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION t();';
const SPOKEN = ['unpredicted-blocking-work'];

describe('work in code that no rule reads is found', () => {
  const cases: readonly [schema: string, sql: string][] = [
    ['', `DO $a$ BEGIN EXECUTE 'DO $b$ BEGIN PERFORM f(); END $b$'; END $a$`],
    ['ALTER TABLE orders ALTER a SET DEFAULT f();', 'INSERT INTO orders (id) VALUES (1)'],
    [TRIGGER, 'INSERT INTO orders (id) VALUES (1)'],
    ['CREATE INDEX e ON orders ((a + f()));', 'INSERT INTO orders (id) VALUES (1)'],
    ['', 'INSERT INTO orders SELECT f()'],
    ['', 'CREATE TABLE zz AS SELECT f()'],
    [
      'CREATE FUNCTION s(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(); END $$; CREATE AGGREGATE total(int) (SFUNC = s, STYPE = int);',
      'SELECT total(a) FROM orders',
    ],
    ['CREATE VIEW v AS SELECT f() AS x;', 'SELECT * FROM v'],
  ];
  for (const [schema, sql] of cases)
    for (const body of [A, 'DROP TABLE users;'])
      test(`${schema} ${sql} (${body})`, () => {
        const found = judge(schemaOf(`${S} ${F(body)} ${schema}`), sql);
        const [finding] = found.findings.filter(({ relation }) => relation === 'public.users');
        assert.ok(finding, complainers(found).join());
        assert.equal(finding.rule, SPOKEN[0]);
        assert.equal(finding.severity, body === A ? 'error' : 'warning');
        assert.match(finding.message, /`public\.users`.* AccessExclusiveLock/);
      });
});

describe('it is silent', () => {
  const sql = 'INSERT INTO orders SELECT f()';
  test('where the policy puts it off', () =>
    assert.deepEqual(
      complainers(judge(schemaOf(S + F(A)), sql, { severities: { [`${SPOKEN[0]}`]: 'off' } })),
      [],
    ));
  test('on tables of the change', () =>
    assert.deepEqual(
      judge(schemaOf(''), `${S} ${F(A)} ${sql}`).findings.filter(({ rule }) => rule === SPOKEN[0]),
      [],
    ));
  for (const [slug, text] of [
    ['alter-column-type-rewrite', A],
    ['alter-column-type-rewrite', `DO $$ BEGIN ${A} END $$`],
    ['drop-table', 'DROP TABLE users'],
  ] as const)
    test(`where a rule that is off would speak: ${text}`, () =>
      assert.deepEqual(complainers(judge(schemaOf(S), text, { severities: { [slug]: 'off' } })), []));
  const OFF = { truncate: 'off', 'delete-without-where': 'off' } as const;
  for (const text of ['TRUNCATE users', 'DELETE FROM users', 'DO $$ BEGIN TRUNCATE users; END $$'])
    test(`where a rule of lost rows is off: ${text}`, () =>
      assert.deepEqual(complainers(judge(schemaOf(S), text, { severities: OFF })), []));
  test('on a table within the policy’s limit', () => {
    const catalog = schemaOf(S + F(A));
    const users = catalog.relations.get('public.users');
    assert.ok(users);
    const relations = new Map([...catalog.relations, ['public.users', { ...users, rows: 3 }] as const]);
    const small = judge({ ...catalog, relations } as typeof catalog, sql, { smallTable: { rows: 10 } });
    assert.deepEqual(complainers(small), []);
  });
});
