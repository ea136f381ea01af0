import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type LintResult, lint } from '../../src/rules/lint.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';

export const RULES_DIRECTORY = fileURLToPath(new URL('../../src/rules/', import.meta.url));

/** An example of a rule's folder: what makes the tables, and the migration that is judged. */
export type Example = { readonly file: string; readonly setup: string; readonly migration: string };

export async function readExample(slug: string, name: 'bad.sql' | 'good.sql'): Promise<Example> {
  const file = `${slug}/${name}`;
  const text = await readFile(`${RULES_DIRECTORY}${file}`, 'utf8');
  const parts = text.split(/^-- migration$/m);
  if (!text.startsWith('-- setup\n') || parts.length !== 2)
    throw new Error(`${file} begins with "-- setup" and has one line "-- migration"`);
  return { file, setup: parts[0] ?? '', migration: parts[1] ?? '' };
}

/** Judges an example as if it were sent without a tool's transaction, on the tables of its setup. */
export function lintExample({ file, setup, migration }: Example, version: PostgresVersion): LintResult {
  const up = { startByte: 0, endByte: Buffer.byteLength(migration) };
  const sources = [{ file, text: migration, up, wrapped: false }];
  return lint({ sources, catalog: catalogOf(setup), version, severities: {} });
}

/** The schema that these statements make, known completely. */
export function catalogOf(sql: string): Catalog {
  return statementsOf(sql).reduce<Catalog>(applyStatement, { ...EMPTY_CATALOG, complete: true });
}

export function statementsOf(sql: string): readonly Statement[] {
  const parsed = parseSql(sql, 'example.sql');
  if (!parsed.ok) throw new Error(`${parsed.problem.message} at line ${parsed.problem.line}`);
  return parsed.statements;
}
