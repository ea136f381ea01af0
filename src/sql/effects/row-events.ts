import type { InsertStmt, MergeStmt, Node, ResTarget, SelectStmt, UpdateStmt } from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import type { ChangeKind, ChangeNode } from './changes.ts';

/** Names of columns; `all` where nobody can tell. */
export type Written = ReadonlySet<string> | 'all';

/** What happens to single rows of a table. */
export type RowEvent = {
  readonly event: 'insert' | 'update' | 'delete';
  /** Columns that get a value: of a new row those that are given one other than NULL, of a changed one those that are set. */
  readonly written: Written;
  /** Among them those that are set to NULL for certain. */
  readonly nulls: ReadonlySet<string>;
  /** Columns that get their default. */
  readonly defaulted: Written;
};

const NONE: ReadonlySet<string> = new Set();

/** What a statement does to rows of its target. */
export function rowEvents(
  kind: ChangeKind,
  node: ChangeNode,
  table: Relation | undefined,
): readonly RowEvent[] {
  switch (kind) {
    case 'InsertStmt':
      return inserted(node as InsertStmt, table);
    case 'UpdateStmt':
      return [updated((node as UpdateStmt).targetList)];
    case 'MergeStmt':
      return merged(node as MergeStmt, table);
    default:
      return [DELETED];
  }
}

export const DELETED: RowEvent = { event: 'delete', written: 'all', nulls: NONE, defaulted: NONE };

/** An event that a foreign key's action makes. */
export function setColumns(columns: readonly string[], value: 'value' | 'null' | 'default'): RowEvent {
  const names = new Set(columns);
  return {
    event: 'update',
    written: names,
    nulls: value === 'null' ? names : NONE,
    defaulted: value === 'default' ? names : NONE,
  };
}

function updated(targets: readonly Node[] | undefined): RowEvent {
  const set = (targets ?? []).flatMap((target) => ('ResTarget' in target ? [target.ResTarget] : []));
  const where = (test: (target: ResTarget) => boolean): ReadonlySet<string> =>
    new Set(set.filter(test).map(({ name }) => name ?? ''));
  return {
    event: 'update',
    written: where(() => true),
    nulls: where(({ val }) => isNull(val)),
    defaulted: where(({ val }) => val !== undefined && 'SetToDefault' in val),
  };
}

function inserted(node: InsertStmt, table: Relation | undefined): readonly RowEvent[] {
  const select = node.selectStmt && 'SelectStmt' in node.selectStmt ? node.selectStmt.SelectStmt : undefined;
  const insert = newRows(node.cols, rowsOf(select), widthOf(select), table);
  const { onConflictClause: clause } = node;
  return clause?.action === 'ONCONFLICT_UPDATE' ? [insert, updated(clause.targetList)] : [insert];
}

/** The rows of VALUES; undefined for those of a query. */
function rowsOf(select: SelectStmt | undefined): readonly (readonly Node[])[] | undefined {
  if (select === undefined) return [[]];
  return select.valuesLists?.map((row) => ('List' in row ? (row.List.items ?? []) : []));
}

/** How many columns a query gives; undefined where a star stands. */
function widthOf(select: SelectStmt | undefined): number | undefined {
  const targets = select?.targetList;
  return targets === undefined || JSON.stringify(targets).includes('"A_Star"') ? undefined : targets.length;
}

function newRows(
  columns: readonly Node[] | undefined,
  rows: readonly (readonly Node[])[] | undefined,
  width: number | undefined,
  table: Relation | undefined,
): RowEvent {
  const listed = columns?.flatMap((column) => ('ResTarget' in column ? [column.ResTarget.name ?? ''] : []));
  if (listed === undefined && !table?.columns.length)
    return { ...DELETED, event: 'insert', defaulted: 'all' };
  const all = table?.columns.map(({ name }) => name) ?? [];
  const named = listed ?? all.slice(0, rows?.[0]?.length ?? width ?? all.length);
  const given = named.filter((_, place) => rows?.every((row) => isNull(row[place])) !== true);
  const isDefault = (node: Node | undefined): boolean => node !== undefined && 'SetToDefault' in node;
  const asked = named.filter((_, place) => rows?.some((row) => isDefault(row[place])) === true);
  const only = named.filter((_, place) => rows?.every((row) => isDefault(row[place])) === true);
  const defaulted = [...all.filter((name) => !named.includes(name)), ...asked];
  const filled = (table?.columns ?? [])
    .filter((column) => column.default !== undefined || column.generated !== undefined)
    .map(({ name }) => name);
  return {
    event: 'insert',
    written: new Set([
      ...given.filter((name) => !only.includes(name)),
      ...defaulted.filter((name) => filled.includes(name)),
    ]),
    nulls: NONE,
    defaulted: new Set(defaulted),
  };
}

function merged({ mergeWhenClauses }: MergeStmt, table: Relation | undefined): readonly RowEvent[] {
  return (mergeWhenClauses ?? []).flatMap((node): readonly RowEvent[] => {
    if (!('MergeWhenClause' in node)) return [];
    const { commandType, targetList, values } = node.MergeWhenClause;
    if (commandType === 'CMD_DELETE') return [DELETED];
    if (commandType === 'CMD_UPDATE') return [updated(targetList)];
    return commandType === 'CMD_INSERT' ? [newRows(targetList, [values ?? []], undefined, table)] : [];
  });
}

function isNull(node: Node | undefined): boolean {
  return node !== undefined && 'A_Const' in node && node.A_Const.isnull === true;
}
