import type { SourceType } from './source.ts';
import { CHECK_DIGITS, type Strategy } from './strategy.ts';

/** Strategies whose name says what the values are, so that equal values of two columns are the same thing. */
const OWN_MEANING: ReadonlySet<string> = new Set([
  'email',
  'name',
  'name.first',
  'name.last',
  'company',
  'username',
  'phone',
  'address',
  'city',
  'postcode',
  'url',
  'text',
  'uuid',
  'ip',
  'mac',
  'bytes',
  'shift',
  'noise',
]);

/** All that `commonDomain` can say. */
export const COMMON_DOMAINS: readonly string[] = [
  ...OWN_MEANING,
  ...CHECK_DIGITS.map((check) => `digits:${check}`),
];

/** The key's domain of a strategy that means the same wherever it stands, in a column or inside a document: `email`. */
export function commonDomain(strategy: Strategy): string | undefined {
  if (strategy.as === 'digits') return strategy.check && `digits:${strategy.check}`;
  if (strategy.as === 'elements') return commonDomain(strategy.each);
  return OWN_MEANING.has(strategy.as) ? strategy.as : undefined;
}

/** The column that others follow, or a column that follows none. */
export type DomainRoot = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: SourceType;
  /** Part of a primary key, or followed by others. */
  readonly isKey: boolean;
};

/**
 * The domain of a column's key. Numbers and codes say nothing alone: those of a key belong to its root column, others to
 * all columns of that name, and the labels of an enum to its type.
 */
export function domainOf(strategy: Strategy, root: DomainRoot): string {
  const common = commonDomain(strategy);
  if (common !== undefined) return common;
  if (strategy.as === 'enum') return `enum:${root.type.sql}`;
  if (root.isKey) return `key:${JSON.stringify([root.schema, root.table, root.column])}`;
  return `${strategy.as}:${root.column}`;
}
