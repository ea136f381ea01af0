import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { collect } from '../../src/sql/walk.ts';
import { writtenText } from '../../src/sql/written.ts';

before(() => loadParser());

/** The text found for a CHECK's expression. */
function checkText(sql: string): string | undefined {
  const parsed = parseSql(sql, 'm.sql');
  assert.ok(parsed.ok);
  const [statement] = parsed.statements;
  assert.ok(statement);
  const [constraint] = collect<{ raw_expr: Parameters<typeof writtenText>[1] }>(statement.node, 'Constraint');
  return writtenText(statement.sql, constraint?.raw_expr);
}

describe('the text of an expression in a statement', () => {
  const cases: readonly (readonly [expression: string, text: string])[] = [
    ['a > 1', '(a > 1)'],
    ['a between 1 and 2', 'a between 1 and 2'],
    ["a = ') , ( where' or b like '%''%'", "a = ') , ( where' or b like '%''%'"],
    ['"where" is not distinct from $x$ ) $x$', '"where" is not distinct from $x$ ) $x$'],
    ['case when a > 1 /* ) */ then b else c end', 'case when a > 1 /* ) */ then b else c end'],
    ['a operator(pg_catalog.=) 1 and a is true', 'a operator(pg_catalog.=) 1 and a is true'],
    ["v ~ 'ü😀' and exists (select 1)", "v ~ 'ü😀' and exists (select 1)"],
  ];
  for (const [expression, text] of cases) {
    it(expression, () => {
      assert.equal(checkText(`alter table t add check (${expression}), add c int`), text);
    });
  }

  it('is not given where none parses to the same tree', () => {
    assert.equal(writtenText('select 1', { ColumnRef: {} }), undefined);
  });

  it('is the right one of several', () => {
    const parsed = parseSql('create unique index on t ((a is true), (b is true)) where c is true', 'm.sql');
    assert.ok(parsed.ok);
    const { node, sql } = parsed.statements[0] ?? assert.fail();
    assert.ok('IndexStmt' in node);
    const texts = [...(node.IndexStmt.indexParams ?? [])].map((each) =>
      'IndexElem' in each ? writtenText(sql, each.IndexElem.expr) : undefined,
    );
    assert.deepEqual(
      [...texts, writtenText(sql, node.IndexStmt.whereClause)?.trim()],
      ['a is true', 'b is true', 'c is true'],
    );
  });
});
