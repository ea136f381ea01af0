import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { transactionFlow } from '../../src/sql/transactions.ts';
import { statementsOf } from './schema.ts';

before(loadParser);

describe('which statements run in a transaction', () => {
  const cases: readonly (readonly [string, boolean, readonly boolean[]])[] = [
    ['SELECT 1; SELECT 2', false, [false, false]],
    ['SELECT 1; SELECT 2', true, [true, true]],
    ['SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3', false, [false, true, true, true, false]],
    ['START TRANSACTION; SELECT 1; ROLLBACK; SELECT 2', false, [true, true, true, false]],
    ['SELECT 1; COMMIT; SELECT 2', true, [true, true, false]],
    ['SELECT 1; COMMIT; BEGIN; SELECT 2', true, [true, true, true, true]],
    ['BEGIN; COMMIT AND CHAIN; SELECT 1; ROLLBACK; SELECT 2', false, [true, true, true, true, false]],
    ['BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; SELECT 1', false, [true, true, true, true, true]],
    ["BEGIN; PREPARE TRANSACTION 'x'; SELECT 1", false, [true, true, false]],
  ];
  for (const [sql, wrapped, expected] of cases)
    test(`${sql}${wrapped ? ' (wrapped)' : ''}`, () =>
      assert.deepEqual(
        transactionFlow(statementsOf(sql), wrapped).map(({ inside }) => inside),
        expected,
      ));
});
