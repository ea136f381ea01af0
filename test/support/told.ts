import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import type { LintRequest } from '../../src/rules/lint.ts';
import { rules } from '../../src/rules/registry.ts';
import { type Finding, SEVERITIES, type Section } from '../../src/rules/rule.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { parseSql } from '../../src/sql/parse.ts';
import { judge, sourceOf } from './lint.ts';

/** SQL, the rules that must complain in its order, and what differs from a file in a transaction on Postgres 18. */
export type Told = readonly [
  sql: string,
  rules: readonly string[],
  rest?: { readonly transaction?: LintSource['transaction'] } & Partial<LintRequest>,
];

/** One test a case: what the rules of one section say. `optIn` are opinions that are switched on for all of them. */
export function tellsRules(
  section: Section,
  catalog: () => Catalog,
  cases: readonly Told[],
  optIn: readonly string[] = [],
): void {
  const severities = Object.fromEntries(optIn.map((slug) => [slug, SEVERITIES[0]]));
  for (const [sql, wanted, { transaction = 'file', ...rest } = {}] of cases)
    test(`${wanted.join(', ') || 'silent'}${transaction === 'file' ? '' : ` (${transaction})`}: ${sql.replaceAll(/\s+/g, ' ')}`, () => {
      const { findings, problems } = judge(catalog(), [sourceOf(sql, transaction)], { severities, ...rest });
      assert.deepEqual(problems, []);
      const told = ofSection(section, findings);
      assert.deepEqual(
        told.map(({ rule }) => rule),
        wanted,
      );
      for (const { message, help } of told) {
        assert.match(message, /^[A-Z`].*\.$/s);
        assert.match(help, /^[A-Z].*\.$/s);
      }
    });
}

/** The findings of one section's rules. */
export function ofSection(section: Section, findings: readonly Finding[]): readonly Finding[] {
  const own = new Set(rules.filter((rule) => rule.section === section).map(({ slug }) => slug));
  return findings.filter(({ rule }) => own.has(rule));
}

/** Whether a text is SQL that the grammar takes. */
export function assertParses(sql: string): void {
  const parsed = parseSql(sql, 'advice.sql');
  assert.ok(parsed.ok && parsed.statements.length > 0, sql);
}
