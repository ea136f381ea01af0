import assert from 'node:assert/strict';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';

export function statementsOf(sql: string): readonly Statement[] {
  const parsed = parseSql(sql, 'schema.sql');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
  return parsed.statements;
}

export function statementOf(sql: string): Statement {
  const [statement, ...others] = statementsOf(sql);
  assert.ok(statement && others.length === 0, 'one statement');
  return statement;
}

/** The schema that statements make, known completely. */
export function schemaOf(sql: string, start: Catalog = { ...EMPTY_CATALOG, complete: true }): Catalog {
  return statementsOf(sql).reduce<Catalog>(applyStatement, start);
}
