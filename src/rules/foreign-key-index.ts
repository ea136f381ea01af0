import { createdIndex } from '../sql/apply/create-index.ts';
import { applyStatement } from '../sql/apply.ts';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { isNotEnforced } from '../sql/constraints.ts';
import { indexesOf } from '../sql/graph.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import { bareName, relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';
import { addedConstraints, columnsText, type NewConstraint, newConstraints } from './new-constraints.ts';

/** New foreign keys whose rows no index finds by the key: neither now, nor after this statement, nor by one that follows in the file. */
export function keysWithoutIndex(statement: Statement, context: RuleContext): readonly NewConstraint[] {
  const { catalog, file } = context;
  const keys = newConstraints(statement, catalog).filter(
    ({ constraint, node }) => constraint.kind === 'foreign key' && !isNotEnforced(node),
  );
  if (keys.length === 0) return [];
  const after = applyStatement(catalog, statement);
  const missing = keys.filter(({ table, constraint }) => !isIndexed(after, table, constraint.columns));
  if (missing.length === 0) return [];
  const later = laterIndexes(file.statements, catalog);
  return missing.filter(
    ({ table, constraint }) =>
      !(later.get(table) ?? []).some(
        ({ at, columns }) => at > file.index && leads(columns, constraint.columns),
      ),
  );
}

/** The statement that builds the index. */
export function indexFor({ table, constraint }: NewConstraint, concurrently: boolean): string {
  const name = identifierText(`${bareName(table)}_${constraint.columns.join('_')}_idx`);
  return `CREATE INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${name} ON ${qualifiedText(table)} (${columnsText(constraint.columns)})`;
}

const BY_EQUALITY = new Set([undefined, 'btree', 'hash']);

/** Whether an index leads from these columns to the rows, as a foreign key asks for them. */
export function isIndexed(catalog: Catalog, table: string, columns: readonly string[]): boolean {
  const serves = ({ indexColumns, valid, method, predicate }: Relation): boolean =>
    leads(indexColumns, columns) &&
    valid !== false &&
    BY_EQUALITY.has(method) &&
    // One that leaves out nulls finds every row that refers to another.
    (predicate === undefined || /^\(*[\w". ]+ IS NOT NULL\)*$/i.test(predicate));
  return indexesOf(catalog, table).some(serves);
}

/** Whether the columns, in any order, are the first ones of the index. */
export function leads(index: readonly string[], columns: readonly string[]): boolean {
  const first = index.slice(0, columns.length);
  return first.length === columns.length && columns.every((column) => first.includes(column));
}

type LaterIndex = { readonly at: number; readonly columns: readonly string[] };
type LaterIndexes = ReadonlyMap<string, readonly LaterIndex[]>;

/** Read once for a file, at its first question. */
const known = new WeakMap<readonly Statement[], LaterIndexes>();

/** Indexes that the file's statements make, by table. */
function laterIndexes(statements: readonly Statement[], catalog: Catalog): LaterIndexes {
  const cached = known.get(statements);
  if (cached !== undefined) return cached;
  const found = new Map<string, LaterIndex[]>();
  for (const [at, statement] of statements.entries())
    for (const { table, columns } of indexesMade(statement, catalog))
      found.set(table, [...(found.get(table) ?? []), { at, columns }]);
  known.set(statements, found);
  return found;
}

type Made = { readonly table: string; readonly columns: readonly string[] };

function indexesMade(statement: Statement, catalog: Catalog): readonly Made[] {
  const { node } = statement;
  if ('IndexStmt' in node) {
    const { indexColumns: columns } = createdIndex(catalog, node.IndexStmt);
    return [{ table: relationName(catalog, node.IndexStmt.relation), columns }];
  }
  return addedConstraints(statement, catalog)
    .filter(({ constraint }) => constraint.kind === 'unique' || constraint.kind === 'primary key')
    .map(({ table, constraint }) => ({ table, columns: constraint.columns }));
}
