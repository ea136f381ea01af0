import type { ColumnDef, Constraint as ConstraintNode } from '@pgsql/types';
import type { Catalog, Column } from '../sql/catalog.ts';
import { columnClauses } from '../sql/columns.ts';
import type { Effects, RelationEffect } from '../sql/effect.ts';
import { effects } from '../sql/effects.ts';
import { descendants } from '../sql/graph.ts';
import type { Statement } from '../sql/statement.ts';
import { typeText } from '../sql/types.ts';
import { type AlterCommand, alterCommands } from './alter-commands.ts';
import type { RuleContext } from './context.ts';
import { onExisting } from './words.ts';

/** What a subcommand does to one column of a table that was there before. */
export type ColumnPart = AlterCommand & {
  readonly column: string;
  readonly found: Effects;
  /** Effects on relations that may hold rows. */
  readonly worked: readonly RelationEffect[];
};

/** Subcommands of this kind on columns of tables that were there before. */
export function columnParts(
  statement: Statement,
  context: RuleContext,
  subtype: NonNullable<AlterCommand['command']['subtype']>,
): readonly ColumnPart[] {
  return alterCommands(statement, context.catalog)
    .filter(({ command, table }) => command.subtype === subtype && !isNew(context.catalog, table))
    .map((part) => {
      const found = effects(part.alone, part.schema, context.version);
      const column = part.command.name ?? '';
      return { ...part, column, found, worked: onExisting(found, context.catalog) };
    });
}

export type AddedColumn = ColumnPart & {
  readonly definition: ColumnDef;
  readonly clauses: readonly ConstraintNode[];
  /** The type as SQL writes it: `integer` for serial. */
  readonly type: string;
};

/** Columns that the statement adds to tables that were there before; IF NOT EXISTS on one that exists adds none. */
export function addedColumns(statement: Statement, context: RuleContext): readonly AddedColumn[] {
  return columnParts(statement, context, 'AT_AddColumn').flatMap((part) => {
    const { def, missing_ok: ifMissing } = part.command;
    if (def === undefined || !('ColumnDef' in def)) return [];
    const column = def.ColumnDef.colname ?? '';
    if (ifMissing && columnOf(context.catalog, part.table, column)) return [];
    const clauses = columnClauses(def.ColumnDef);
    const type = typeText(context.catalog, def.ColumnDef.typeName);
    return [{ ...part, column, definition: def.ColumnDef, clauses, type }];
  });
}

/** Added columns that come with this clause. */
export function addedWith(
  statement: Statement,
  context: RuleContext,
  contype: NonNullable<ConstraintNode['contype']>,
): readonly (AddedColumn & { readonly clause: ConstraintNode })[] {
  return addedColumns(statement, context).flatMap((added) => {
    const clause = added.clauses.find((one) => one.contype === contype);
    return clause === undefined ? [] : [{ ...added, clause }];
  });
}

export function columnOf(catalog: Catalog, table: string, name: string): Column | undefined {
  return catalog.relations.get(table)?.columns.find((column) => column.name === name);
}

/** Generated columns of the table that are computed from this one. */
export function computedFrom(catalog: Catalog, table: string, column: string): readonly Column[] {
  return (catalog.relations.get(table)?.columns ?? []).filter((other) =>
    other.computedFrom?.includes(column),
  );
}

/** Whether the table is new with all that inherits from it: an old table may have been put beneath a new one. */
export function isNew(catalog: Catalog, table: string): boolean {
  if (catalog.relations.get(table)?.isNew !== true) return false;
  return descendants(catalog, table).every((heir) => heir.isNew);
}

/** Tables among the effects that are written anew. */
export function rewritten(worked: readonly RelationEffect[]): readonly string[] {
  return namesOf(worked, ({ rewrite, kind }) => rewrite && kind !== 'index');
}

/** Tables whose rows are all read to verify something. */
export function scanned(worked: readonly RelationEffect[]): readonly string[] {
  return namesOf(worked, ({ scan }) => scan);
}

/** Tables on which an index is built. */
export function built(worked: readonly RelationEffect[]): readonly string[] {
  return namesOf(worked, ({ builds }) => builds !== undefined);
}

function namesOf(
  worked: readonly RelationEffect[],
  test: (effect: RelationEffect) => boolean,
): readonly string[] {
  return worked.filter(test).map(({ relation }) => relation);
}

/** Whether an earlier statement of the same file added the column: no running code can name it yet. */
export function isAddedHere({ catalog, file }: RuleContext, table: string, column: string): boolean {
  return file.statements
    .slice(0, file.index)
    .flatMap((earlier) => alterCommands(earlier, catalog))
    .some(
      ({ command: { subtype, def }, table: altered }) =>
        altered === table &&
        subtype === 'AT_AddColumn' &&
        def !== undefined &&
        'ColumnDef' in def &&
        def.ColumnDef.colname === column,
    );
}
