import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { partOf } from '../../src/report/statement-part.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { findingOf } from '../support/evidence.ts';

function part(sql: string, message: string, edit?: number): string {
  const parsed = parseSql(sql, 'a.sql');
  assert.ok(parsed.ok);
  const [statement] = parsed.statements;
  assert.ok(statement);
  const fix = edit === undefined ? [] : [{ startByte: edit, endByte: edit, text: ' NOT VALID' }];
  const { start, end } = partOf({ statement }, findingOf({ message, fix, relation: 'public.t' }));
  return statement.sql.slice(start, end);
}

describe('the part of a statement that a finding is about', () => {
  before(loadParser);
  const two = "ALTER TABLE t ADD COLUMN a text DEFAULT 'x, y', ALTER b SET NOT NULL";
  const cases: readonly [what: string, sql: string, message: string, expected: string][] = [
    ['the subcommand that the message names', two, 'Making `b` NOT NULL reads it.', 'ALTER b SET NOT NULL'],
    ['whatever its case', two, 'Making `B` NOT NULL reads it.', 'ALTER b SET NOT NULL'],
    ['all, when no name is in it', two, 'Everything waits.', two],
    [
      'all, when two name it',
      'ALTER TABLE t ADD a int, ALTER a SET NOT NULL',
      '`a` waits.',
      'ALTER TABLE t ADD a int, ALTER a SET NOT NULL',
    ],
    [
      'all of a statement with one subcommand',
      'ALTER TABLE t ADD a int',
      '`a` waits.',
      'ALTER TABLE t ADD a int',
    ],
    [
      'all of another statement',
      'CREATE TABLE t (a int, b int)',
      '`b` waits.',
      'CREATE TABLE t (a int, b int)',
    ],
    ['not a name within a longer one', 'ALTER TABLE t ADD ab int, ADD b int', '`b` waits.', 'ADD b int'],
    [
      'commas in brackets, quotes and comments apart',
      'ALTER TABLE t ADD CHECK (a IN (1, 2)) /* , */, DROP "x,y"',
      '`x,y` is lost.',
      'DROP "x,y"',
    ],
  ];
  for (const [what, sql, message, expected] of cases)
    it(`is ${what}`, () => assert.equal(part(sql, message), expected));

  it('is the subcommand that the fix edits', () => {
    const sql = 'ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (b > 0)';
    assert.equal(part(sql, 'All rows are read.', sql.length), 'ADD CHECK (b > 0)');
  });
});
