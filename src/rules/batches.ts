import type { Catalog, Relation } from '../sql/catalog.ts';
import { expressionText } from '../sql/expression.ts';
import { primaryKey } from '../sql/graph.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import type { DataChange } from './data-changes.ts';
import { code } from './words.ts';

const EACH = 'each in a transaction of its own';

/** How to do a change of many rows in parts, in this table's own names. */
export function inBatches(change: DataChange, catalog: Catalog): string {
  if (change.kind === 'insert' || change.kind === 'merge')
    return `Copy a range of the source's key at a time, ${EACH}, from a job rather than from a migration.`;
  const range = keyRange(catalog.relations.get(change.table));
  if (change.kind === 'update' && range !== undefined)
    return `Add ${code(range)} to its WHERE and go on range by range, ${EACH}, from a job rather than from a migration.`;
  const batch = change.kind === 'delete' ? deleteBatch(change, catalog) : undefined;
  if (batch !== undefined) return `Write ${code(batch)} and repeat it until no row is left, ${EACH}.`;
  return `Run it for a few thousand rows at a time, by ranges of a key of ${code(change.table)}, ${EACH}, from a job rather than from a migration.`;
}

const NUMBERS = new Set(['smallint', 'integer', 'bigint']);

function keyRange(table: Relation | undefined): string | undefined {
  const [column, ...others] = primaryKey(table);
  const type = table?.columns.find(({ name }) => name === column)?.type ?? '';
  if (column === undefined || others.length > 0 || !NUMBERS.has(type)) return undefined;
  return `${identifierText(column)} BETWEEN 1 AND 5000`;
}

function deleteBatch(
  { node, table, relation }: DataChange & { readonly kind: 'delete' },
  catalog: Catalog,
): string | undefined {
  const [column, ...others] = primaryKey(catalog.relations.get(table));
  const condition = expressionText(node.whereClause);
  if (node.usingClause || relation.alias || column === undefined || others.length > 0) return undefined;
  if (node.whereClause && condition === undefined) return undefined;
  const key = identifierText(column);
  const name = qualifiedText(table);
  const where = condition === undefined ? '' : ` WHERE ${condition}`;
  return `DELETE FROM ${name} WHERE ${key} IN (SELECT ${key} FROM ${name}${where} LIMIT 5000)`;
}
