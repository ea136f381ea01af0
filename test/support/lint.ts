import assert from 'node:assert/strict';
import type { LintSource } from '../../src/rules/context.ts';
import { type LintRequest, type LintResult, lint } from '../../src/rules/lint.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { parseSql } from '../../src/sql/parse.ts';

/** The schema that a text makes, as one that stood before the change. `loadParser` must have run. */
export function schemaOf(sql: string): Catalog {
  const parsed = parseSql(sql, 'schema.sql');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
  const start: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
  return settled(parsed.statements.reduce(applyStatement, start));
}

export function sourceOf(
  text: string,
  transaction: LintSource['transaction'] = 'file',
  file = 'db/migrations/1.sql',
): LintSource {
  return { file, text, up: { startByte: 0, endByte: Buffer.byteLength(text) }, transaction };
}

/** Judges sources, or one text in a transaction, as a change to `catalog`; on Postgres 18 with the default rules. */
export function judge(
  catalog: Catalog,
  change: string | readonly LintSource[],
  rest: Partial<Omit<LintRequest, 'catalog' | 'sources'>> = {},
): LintResult {
  const sources = typeof change === 'string' ? [sourceOf(change)] : change;
  return lint({ sources, catalog, version: 18, severities: {}, ...rest });
}

/** The rules that complain, in the order of the text. */
export function complainers({ findings }: LintResult): readonly string[] {
  return findings.map(({ rule }) => rule);
}
