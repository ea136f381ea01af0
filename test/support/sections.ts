import type { LintSource } from '../../src/rules/context.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding, Section } from '../../src/rules/rule.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { judge, sourceOf } from './lint.ts';

/** A text, the rules of the section that it triggers, and how it is sent where that is not in a transaction. */
export type Case = readonly [string, readonly string[], LintSource['transaction']?];

/** The findings of one section's rules about a text, opinions included. */
export function findingsOf(
  section: Section,
  catalog: Catalog,
  change: string | readonly LintSource[],
  transaction: LintSource['transaction'] = 'file',
  version: PostgresVersion = 18,
): readonly Finding[] {
  const own = rules.filter((rule) => rule.section === section);
  const severities = Object.fromEntries(own.map(({ slug, severity }) => [slug, severity]));
  const sources = typeof change === 'string' ? [sourceOf(change, transaction)] : change;
  const names = new Set(own.map(({ slug }) => slug));
  return judge(catalog, sources, { severities, version }).findings.filter(({ rule }) => names.has(rule));
}

/** Nothing is known of the schema. */
export const UNKNOWN: Catalog = EMPTY_CATALOG;

/** The SQL between backticks in a finding's help. */
export function advisedSql({ help }: Finding): readonly string[] {
  return [...help.matchAll(/`([^`]+)`/g)]
    .map(([, sql]) => sql ?? '')
    .filter((sql) => /^(SELECT|ALTER|CREATE|DROP|UPDATE|DELETE|INSERT|SET|BEGIN|LOCK|COMMIT) ?/.test(sql));
}
