import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { milliseconds } from '../../src/rules/duration.ts';
import { startSession } from '../../src/rules/session.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { type TransactionStep, transactionFlow } from '../../src/sql/transactions.ts';
import { schemaOf } from '../support/lint.ts';

before(loadParser);

type Seen = {
  readonly settings: Readonly<Record<string, string>>;
  readonly strong: readonly string[];
  readonly opened: string | undefined;
};

/** What the session shows after the whole text. */
function after(sql: string, transaction: LintSource['transaction'] = 'none'): Seen {
  const parsed = parseSql(sql, 'one.sql');
  assert.ok(parsed.ok);
  const opened = { file: 'tool', none: undefined, implicit: 'implicit' } as const;
  const session = startSession(opened[transaction]);
  const flow = transactionFlow(parsed.statements, transaction !== 'none', transaction === 'implicit');
  let catalog: Catalog = schemaOf(
    'CREATE TABLE t (id int, a int); CREATE TABLE u (id int); CREATE INDEX i ON t (a);',
  );
  for (const [index, statement] of parsed.statements.entries()) {
    const { inside, staysOpen } = flow[index] as TransactionStep;
    session.pass(
      { statement, inTransaction: inside, effects: effects(statement, catalog, 18) },
      catalog,
      staysOpen,
    );
    catalog = applyStatement(catalog, statement);
  }
  const { settings, transaction: open } = session.view;
  return {
    settings: Object.fromEntries([...settings].map(([name, { value }]) => [name, value])),
    strong: [...(open?.strong ?? [])].map(([name, { mode }]) => `${name} ${mode}`),
    opened: open?.opened,
  };
}

/** Each as the server shows it: measured with SHOW on 13 and 18. */
describe('settings', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, LintSource['transaction']?])[] =
    [
      ["SET lock_timeout = '5s'", { lock_timeout: '5s' }],
      ['SET Lock_Timeout TO 500', { lock_timeout: '500' }],
      ["SET SESSION lock_timeout TO '5s'; RESET lock_timeout", {}],
      ["SET lock_timeout TO '5s'; RESET ALL", {}],
      ["SET lock_timeout TO '5s'; DISCARD ALL", {}],
      ["SET lock_timeout = '5s'; SET lock_timeout TO DEFAULT", {}],
      ["SET LOCAL lock_timeout = '5s'", {}],
      ["SET LOCAL lock_timeout = '5s'", { lock_timeout: '5s' }, 'file'],
      ["BEGIN; SET LOCAL lock_timeout = '5s'; COMMIT", {}],
      ["BEGIN; SET lock_timeout = '5s'; COMMIT", { lock_timeout: '5s' }],
      ["BEGIN; SET lock_timeout = '5s'; ROLLBACK", {}],
      ["SET lock_timeout = '9s'; BEGIN; SET lock_timeout = '5s'; ROLLBACK", { lock_timeout: '9s' }],
      ["BEGIN; SET lock_timeout = '5s'; SET LOCAL lock_timeout = '1s'; COMMIT", { lock_timeout: '5s' }],
      ["BEGIN; SET LOCAL lock_timeout = '1s'; SET lock_timeout = '7s'", { lock_timeout: '7s' }],
      ["SET lock_timeout = '9s'; BEGIN; SET LOCAL lock_timeout TO DEFAULT", {}],
      ["SET lock_timeout = '9s'; BEGIN; SET LOCAL lock_timeout TO DEFAULT; COMMIT", { lock_timeout: '9s' }],
      ["BEGIN; SET LOCAL lock_timeout = '1s'; RESET lock_timeout", {}],
      ["BEGIN; SAVEPOINT a; SET lock_timeout = '2s'; ROLLBACK TO a", {}],
      ["BEGIN; SAVEPOINT a; SET LOCAL lock_timeout = '3s'; RELEASE a", { lock_timeout: '3s' }],
      [
        "BEGIN; SET LOCAL lock_timeout = '1s'; SAVEPOINT a; RESET ALL; ROLLBACK TO SAVEPOINT a",
        { lock_timeout: '1s' },
      ],
      ["BEGIN; SAVEPOINT a; SAVEPOINT b; SET LOCAL lock_timeout = '3s'; RELEASE b; ROLLBACK TO a", {}],
      ["SELECT set_config('lock_timeout', '5s', false)", { lock_timeout: '5s' }],
      ["SELECT pg_catalog.set_config('Lock_Timeout', '5s', true)", { lock_timeout: '5s' }, 'file'],
      ["SELECT set_config('lock_timeout', '5s', true)", {}],
      ["DO $$ BEGIN PERFORM set_config('lock_timeout', '4s', true); END $$", { lock_timeout: '4s' }, 'file'],
      ["DO $$ BEGIN SET lock_timeout = '4s'; END $$", { lock_timeout: '4s' }],
      ["SET TIME ZONE 'Europe/Berlin'", { timezone: 'Europe/Berlin' }],
      ["SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE", { timezone: '-08:00' }],
      ["SET TIME ZONE 'UTC'; SET TIME ZONE LOCAL", {}],
      ['SET search_path TO app, public', { search_path: 'app, public' }],
      ["SET LOCAL lock_timeout = '1s'; COMMIT; SELECT 1", {}, 'implicit'],
      ["SELECT 1; COMMIT; SET LOCAL lock_timeout = '1s'; SELECT 1", { lock_timeout: '1s' }, 'implicit'],
    ];
  for (const [sql, expected, transaction] of cases)
    test(`${sql}${transaction ? ` (${transaction})` : ''}`, () =>
      assert.deepEqual(after(sql, transaction).settings, expected));

  test('each remembers the statement that set it', () => {
    const parsed = parseSql("SET lock_timeout = '5s';\nSET LOCAL lock_timeout = 0", 'one.sql');
    assert.ok(parsed.ok);
    const session = startSession('tool');
    for (const statement of parsed.statements)
      session.pass(
        { statement, inTransaction: true, effects: { seen: true, relations: [] } },
        schemaOf(''),
        true,
      );
    const setting = session.view.settings.get('lock_timeout');
    assert.deepEqual([setting?.value, setting?.local, setting?.by.place.line], ['0', true, 2]);
  });
});

describe('strong locks', () => {
  const cases: readonly (readonly [string, readonly string[], LintSource['transaction']?])[] = [
    ['ALTER TABLE t ADD COLUMN b int', ['public.t AccessExclusiveLock'], 'file'],
    ['ALTER TABLE t ADD COLUMN b int', [], 'none'],
    ['BEGIN; ALTER TABLE t ADD COLUMN b int', ['public.t AccessExclusiveLock']],
    ['BEGIN; ALTER TABLE t ADD COLUMN b int; COMMIT', []],
    ['BEGIN; ALTER TABLE t ADD COLUMN b int; COMMIT AND CHAIN', []],
    ['UPDATE t SET a = 1', [], 'file'],
    ['CREATE TABLE v (id int); ALTER TABLE v ADD COLUMN b int', [], 'file'],
    ['DROP INDEX i', ['public.t AccessExclusiveLock'], 'file'],
    ['CREATE INDEX ON t (a); ALTER TABLE t ADD COLUMN b int', ['public.t AccessExclusiveLock'], 'file'],
    ['BEGIN; SAVEPOINT a; ALTER TABLE t ADD COLUMN b int; ROLLBACK TO a', []],
    ['BEGIN; SAVEPOINT a; ALTER TABLE t ADD COLUMN b int; RELEASE a', ['public.t AccessExclusiveLock']],
    [
      'BEGIN; CREATE INDEX ON t (a); SAVEPOINT a; ALTER TABLE t ADD COLUMN b int; DROP TABLE u; ROLLBACK TO a',
      ['public.t ShareLock'],
    ],
    ['BEGIN; SAVEPOINT a; DROP TABLE u; ROLLBACK TO a; ROLLBACK TO a', []],
  ];
  for (const [sql, expected, transaction] of cases)
    test(`${sql}${transaction ? ` (${transaction})` : ''}`, () =>
      assert.deepEqual(after(sql, transaction).strong, expected));
});

describe('who opened the transaction', () => {
  const cases: readonly (readonly [string, LintSource['transaction'], string | undefined])[] = [
    ['SELECT 1', 'file', 'tool'],
    ['SELECT 1', 'none', undefined],
    ['BEGIN', 'none', 'statement'],
    ['SELECT 1; COMMIT', 'file', undefined],
    ['SELECT 1; COMMIT; BEGIN', 'file', 'statement'],
    ['SELECT 1; SELECT 2', 'implicit', 'implicit'],
    ['SELECT 1; BEGIN; SELECT 2', 'implicit', 'statement'],
    ['BEGIN; COMMIT; SELECT 2', 'implicit', 'implicit'],
    ['BEGIN; COMMIT AND CHAIN', 'none', 'statement'],
  ];
  for (const [sql, transaction, expected] of cases)
    test(`${sql} (${transaction})`, () => assert.equal(after(sql, transaction).opened, expected));
});

test('thousands of savepoints and settings cost as many steps', () => {
  const once = "SAVEPOINT s; ALTER TABLE t ADD COLUMN b int; SET LOCAL lock_timeout = '1s'; ROLLBACK TO s;\n";
  const started = performance.now();
  assert.deepEqual(after(`BEGIN;${once.repeat(1500)}`).strong, []);
  assert.ok(performance.now() - started < 10_000);
});

describe('durations', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['500', 500],
    ['5s', 5000],
    [' 5 s ', 5000],
    ['1.5s', 1500],
    ['1.5 min', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1500us', 2],
    ['0x10', 16],
    ['5S', undefined],
    ['soon', undefined],
    ['', undefined],
    ['-1', undefined],
  ];
  for (const [value, expected] of cases)
    test(`'${value}'`, () => assert.equal(milliseconds(value), expected));
});
