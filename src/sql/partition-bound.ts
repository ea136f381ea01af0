import type { Node, PartitionBoundSpec } from '@pgsql/types';
import type { Relation } from './catalog.ts';
import { expressionText, provesNotNull } from './expression.ts';

/**
 * Whether a table's validated CHECKs and NOT NULLs say of every row what the bound asks, in the same words. Postgres
 * proves more than this (predicate_implied_by), so a bound that is not proven here may still be to the server.
 */
export function impliesBound(
  table: Relation,
  key: readonly string[],
  bound: PartitionBoundSpec | undefined,
): boolean {
  const [column] = key;
  if (bound === undefined || bound.is_default || column === undefined || key.length > 1) return false;
  const checks = table.constraints.filter(({ kind, validated }) => kind === 'check' && validated);
  const texts = checks.flatMap(({ expression }) => (expression === undefined ? [] : [normal(expression)]));
  const isNotNull =
    table.columns.some(({ name, notNull }) => name === column && notNull) ||
    checks.some(({ expression }) => provesNotNull(expression, column));
  return (
    isNotNull && conditions(column, bound).every((wanted) => texts.some((text) => text.includes(wanted)))
  );
}

function conditions(column: string, bound: PartitionBoundSpec): readonly string[] {
  if (bound.strategy === 'l') return [listCondition(column, bound.listdatums ?? [])];
  const [lower] = bound.lowerdatums ?? [];
  const [upper] = bound.upperdatums ?? [];
  if (bound.strategy !== 'r') return ['a hash bound is never proven'];
  return [...limit(column, '>=', lower), ...limit(column, '<', upper)];
}

function listCondition(column: string, values: readonly Node[]): string {
  const texts = values.map((value) => expressionText(value) ?? 'unknown');
  return texts.length === 1
    ? normal(`${column} = ${texts[0]}`)
    : normal(`${column} IN (${texts.join(', ')})`);
}

/** MINVALUE and MAXVALUE come as column names, and limit nothing. */
function limit(column: string, operator: string, value: Node | undefined): readonly string[] {
  const text = expressionText(value);
  if (text === 'minvalue' || text === 'maxvalue') return [];
  return [normal(`${column} ${operator} ${text ?? 'unknown'}`)];
}

/** Without the parentheses and casts in which servers and people differ. */
function normal(text: string): string {
  return text
    .replace(/::[a-z_ ]+(\(\d+\))?/g, '')
    .replace(/[()]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
