import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  RangeVar,
  ResTarget,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import type { KeyCondition } from '../key-condition.ts';
import { strings } from '../names.ts';
import { collect } from '../walk.ts';
import type { ChangeKind, ChangeNode } from './changes.ts';
import { isValue, newRowsOf, rowCondition } from './partition-routing.ts';

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
  /** Columns that are set to what they are. */
  readonly kept?: ReadonlySet<string>;
  /** What is known of the new values, a row each; left out, nothing is. */
  readonly rows?: readonly KeyCondition[];
  /** Whether there are such rows depends on the data: a condition picks them. */
  readonly picked?: true;
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
      return pickedBy(node as UpdateStmt, [updated((node as UpdateStmt).targetList, node.relation)]);
    case 'MergeStmt':
      return merged(node as MergeStmt, table).map((event) => ({ ...event, picked: true }));
    default:
      return pickedBy(node as DeleteStmt, [DELETED]);
  }
}

function pickedBy(
  { whereClause }: UpdateStmt | DeleteStmt,
  events: readonly RowEvent[],
): readonly RowEvent[] {
  return whereClause === undefined ? events : events.map((event) => ({ ...event, picked: true }));
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

function updated(targets: readonly Node[] | undefined, range: RangeVar | undefined): RowEvent {
  const set = (targets ?? []).flatMap((target) => ('ResTarget' in target ? [target.ResTarget] : []));
  const where = (test: (target: ResTarget) => boolean): ReadonlySet<string> =>
    new Set(set.filter(test).map(({ name }) => name ?? ''));
  return {
    event: 'update',
    written: where(() => true),
    nulls: where(({ val }) => isNull(val)),
    defaulted: where(({ val }) => val !== undefined && 'SetToDefault' in val),
    kept: where((target) => isItself(target, range)),
    rows: [{ kind: 'and', parts: set.flatMap(({ name, val }) => (name && val ? isValue(name, val) : [])) }],
  };
}

/** `SET a = a`. */
function isItself({ name, val, indirection }: ResTarget, range: RangeVar | undefined): boolean {
  if (val === undefined || !('ColumnRef' in val) || indirection !== undefined) return false;
  const alias = range?.alias?.aliasname ?? range?.relname;
  const [column, table = alias] = [...strings(val.ColumnRef.fields)].reverse();
  return column === name && table === alias;
}

function inserted(node: InsertStmt, table: Relation | undefined): readonly RowEvent[] {
  const select = node.selectStmt && 'SelectStmt' in node.selectStmt ? node.selectStmt.SelectStmt : undefined;
  const { onConflictClause: clause } = node;
  const insert: RowEvent = {
    ...newRows(node.cols, rowsOf(select), widthOf(select), table),
    rows: newRowsOf(node, table).map((row) => rowCondition(row, table)),
    ...(clause !== undefined || isPicked(select) ? { picked: true } : {}),
  };
  if (clause?.action !== 'ONCONFLICT_UPDATE') return [insert];
  return [insert, { ...updated(clause.targetList, node.relation), picked: true }];
}

/** Whether a query may give no row at all, though the relations that it reads have some. */
function isPicked(select: SelectStmt | undefined): boolean {
  if (select === undefined || select.valuesLists !== undefined) return false;
  const { whereClause, havingClause, limitCount, limitOffset, op } = select;
  const isSet = op !== undefined && op !== 'SETOP_NONE';
  return isSet || [whereClause, havingClause, limitCount, limitOffset].some((clause) => clause !== undefined);
}

/** The rows of VALUES; undefined for those of a query. */
function rowsOf(select: SelectStmt | undefined): readonly (readonly Node[])[] | undefined {
  if (select === undefined) return [[]];
  return select.valuesLists?.map((row) => ('List' in row ? (row.List.items ?? []) : []));
}

/** How many columns a query gives; undefined where a star stands. */
function widthOf(select: SelectStmt | undefined): number | undefined {
  const targets = select?.targetList;
  return targets === undefined || collect(targets, 'A_Star').length > 0 ? undefined : targets.length;
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

function merged({ mergeWhenClauses, relation }: MergeStmt, table: Relation | undefined): readonly RowEvent[] {
  return (mergeWhenClauses ?? []).flatMap((node): readonly RowEvent[] => {
    if (!('MergeWhenClause' in node)) return [];
    const { commandType, targetList, values } = node.MergeWhenClause;
    if (commandType === 'CMD_DELETE') return [DELETED];
    if (commandType === 'CMD_UPDATE') return [updated(targetList, relation)];
    return commandType === 'CMD_INSERT' ? [newRows(targetList, [values ?? []], undefined, table)] : [];
  });
}

function isNull(node: Node | undefined): boolean {
  return node !== undefined && 'A_Const' in node && node.A_Const.isnull === true;
}
