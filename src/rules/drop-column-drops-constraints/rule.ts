import type { Catalog, Constraint } from '../../sql/catalog.ts';
import { columnsOfIndex, foreignKeysTo, indexesOf, primaryKey, readersOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { predicateReads } from '../../sql/index-parts.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterTable } from '../column-advice.ts';
import { type ColumnPart, computedFrom } from '../column-parts.ts';
import { droppedColumns } from '../dropped-columns.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return droppedColumns(statement, context).flatMap((part) => {
    const parts = goesWith(part, context);
    if (parts.length === 0) return [];
    const { table, column } = part;
    return [
      {
        relation: table,
        part: column,
        message: `The data of ${code(column)} in ${code(table)} is lost, code that still names it fails, and ${sentence(parts.map(({ what }) => what))} ${parts.length === 1 ? 'goes' : 'go'} with it unsaid.`,
        help: `Deploy code that neither reads nor writes ${code(column)}, see that nothing relies on the rest, and write ${sentence(parts.map(({ drop }) => drop))} before the column is dropped.`,
      },
    ];
  });
}

type Lost = { readonly what: string; readonly drop: string };

function goesWith(part: ColumnPart, { catalog, version }: RuleContext): readonly Lost[] {
  const { table, column, command } = part;
  const constraints = (catalog.relations.get(table)?.constraints ?? []).filter((constraint) =>
    isLost(constraint, column),
  );
  const named = new Set(constraints.map(({ name }) => name));
  const indexes = indexesOf(catalog, table).filter(
    (index) => columnsOfIndex(index).includes(column) && !named.has(bareName(index.name)),
  );
  const isCascade = command.behavior === 'DROP_CASCADE';
  return [
    ...constraints.map(({ kind, name }) => ({ what: `the ${kind} ${code(name)}`, drop: drop(table, name) })),
    ...indexes.map((index) => ({
      what: `the ${predicateReads(index, column) ? 'partial ' : ''}index ${code(bareName(index.name))}`,
      drop: code(`DROP INDEX CONCURRENTLY ${qualifiedText(index.name)}`),
    })),
    ...(isCascade ? byCascade(part, catalog) : []),
    // Before 15 they need no CASCADE to go.
    ...(isCascade || version < 15 ? computedFrom(catalog, table, column) : []).map(({ name }) => ({
      what: `the generated column ${code(name)}`,
      drop: code(`${alterTable(table)} DROP COLUMN ${identifierText(name)}`),
    })),
  ];
}

/** What CASCADE takes of other relations. */
function byCascade({ table, column }: ColumnPart, catalog: Catalog): readonly Lost[] {
  const key = primaryKey(catalog.relations.get(table));
  const referring = foreignKeysTo(catalog, table).filter(({ constraint }) =>
    (constraint.referencedColumns ?? key).includes(column),
  );
  const views = readersOf(catalog, new Set([table])).filter((view) =>
    view.readColumns?.[table]?.includes(column),
  );
  return [
    ...referring.map(({ table: child, constraint: { name } }) => ({
      what: `the foreign key ${code(name)} of ${code(child.name)}`,
      drop: drop(child.name, name),
    })),
    ...views.map(({ kind, name }) => ({
      what: `the ${kind} ${code(name)}`,
      drop: code(`DROP ${kind.toUpperCase()} ${qualifiedText(name)}`),
    })),
  ];
}

/** A CHECK of this column alone and its NOT NULL have nothing left to say. */
function isLost({ kind, columns }: Constraint, column: string): boolean {
  if (!columns.includes(column) || kind === 'not null') return false;
  return kind !== 'check' || columns.length > 1;
}

function drop(table: string, constraint: string): string {
  return code(`${alterTable(table)} DROP CONSTRAINT ${identifierText(constraint)}`);
}

function sentence(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

export const rule: Rule = {
  slug: 'drop-column-drops-constraints',
  section: 'columns',
  title: 'Dropping a column silently drops the keys and indexes that need it',
  condition: 'A column is dropped that a key, a foreign key, a `CHECK` of several columns or an index needs.',
  effect: 'Duplicates and orphans are let in, and queries lose their index; its data is gone besides.',
  workaround: 'Drop what goes with it by name first, and replace what is still needed.',
  severity: 'warning',
  over: ['drop-column', 'drop-cascade'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
