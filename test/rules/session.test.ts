import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startSession } from '../../src/rules/session.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { transactionFlow } from '../../src/sql/transactions.ts';

before(loadParser);

/** The session behind all statements of a text. */
function after(sql: string, opened?: 'tool' | 'implicit') {
  const parsed = parseSql(sql, '1.sql');
  assert.ok(parsed.ok);
  const session = startSession(opened);
  const flow = transactionFlow(parsed.statements, opened !== undefined);
  for (const [index, statement] of parsed.statements.entries()) {
    const { inside, staysOpen } = flow[index] ?? { inside: false, staysOpen: false };
    const found = effects(statement, EMPTY_CATALOG, 18);
    session.pass({ statement, inTransaction: inside, effects: found }, EMPTY_CATALOG, staysOpen);
  }
  return session.view;
}

describe('settings in force', () => {
  const cases: readonly (readonly [string, 'tool' | undefined, Readonly<Record<string, string>>])[] = [
    ["SET lock_timeout = '5s'", undefined, { lock_timeout: '5s' }],
    ['SET Lock_Timeout TO 500', undefined, { lock_timeout: '500' }],
    ["SET lock_timeout = '5s'; SET lock_timeout = 0", undefined, { lock_timeout: '0' }],
    ["SET lock_timeout = '5s'; RESET lock_timeout", undefined, {}],
    ["SET lock_timeout = '5s'; SET lock_timeout TO DEFAULT", undefined, {}],
    ["SET lock_timeout = '5s'; RESET ALL", undefined, {}],
    ["SET LOCAL lock_timeout = '5s'", undefined, {}],
    ["SET LOCAL lock_timeout = '5s'", 'tool', { lock_timeout: '5s' }],
    ["BEGIN; SET LOCAL lock_timeout = '5s'", undefined, { lock_timeout: '5s' }],
    ["BEGIN; SET LOCAL lock_timeout = '5s'; COMMIT", undefined, {}],
    ["BEGIN; SET lock_timeout = '5s'; COMMIT", undefined, { lock_timeout: '5s' }],
  ];
  for (const [sql, opened, expected] of cases)
    test(`${sql}${opened ? ' in the tool’s transaction' : ''}`, () => {
      const settings = [...after(sql, opened).settings].map(([name, { value }]) => [name, value]);
      assert.deepEqual(Object.fromEntries(settings), expected);
    });
});

test('a transaction holds its strongest lock on each relation until its end', () => {
  const open = after('BEGIN; SELECT * FROM a; ALTER TABLE a ADD b int; SELECT * FROM a');
  assert.equal(open.transaction?.opened, 'statement');
  assert.equal(open.transaction?.held.get('public.a')?.mode, 'AccessExclusiveLock');
  assert.match(open.transaction?.held.get('public.a')?.by.sql ?? '', /^ALTER/);
  assert.equal(open.transaction?.earlier.length, 4);
  assert.equal(after('BEGIN; ALTER TABLE a ADD b int; COMMIT').transaction, undefined);
  assert.equal(after('ALTER TABLE a ADD b int').transaction, undefined);
  assert.equal(after('COMMIT; SELECT 1', 'tool').transaction, undefined);
  assert.equal(after('SELECT 1', 'implicit').transaction?.opened, 'implicit');
});
