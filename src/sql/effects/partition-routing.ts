import type { InsertStmt, Node, SelectStmt } from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import { parseExpression } from '../expression.ts';
import { ANYTHING, type KeyCondition } from '../key-condition.ts';
import { livePartitions } from '../live-partitions.ts';
import { known, type Touch, touch, type Work } from './touch.ts';

/** A new row: the expressions of its columns, none where nobody knows; a column that is not listed gets its default. */
export type NewRow = { readonly columns: readonly string[]; readonly values: readonly (Node | undefined)[] };

/** The rows of INSERT: those of VALUES, or the one shape that all of a query have. */
export function newRowsOf({ cols, selectStmt }: InsertStmt, table: Relation | undefined): readonly NewRow[] {
  const listed = cols?.flatMap((column) => ('ResTarget' in column ? [column.ResTarget.name ?? ''] : []));
  const all = table?.columns.map(({ name }) => name) ?? [];
  const columns = listed ?? all;
  const select = selectStmt && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : undefined;
  // DEFAULT VALUES.
  if (select === undefined) return [{ columns: [], values: [] }];
  const rows = select.valuesLists?.map((row) => ('List' in row ? (row.List.items ?? []) : []));
  if (rows === undefined) return [{ columns, values: targetsOf(select) ?? [] }];
  return rows.map((values) => ({ columns: listed ?? all.slice(0, values.length), values }));
}

/** What a query gives for each column; undefined where a star stands, or several queries are put together. */
function targetsOf({ targetList, op }: SelectStmt): readonly (Node | undefined)[] | undefined {
  const targets = (targetList ?? []).map((node) => ('ResTarget' in node ? node.ResTarget.val : undefined));
  const isPlain = op === undefined || op === 'SETOP_NONE';
  const hasStar = targets.some(
    (node) => node && 'ColumnRef' in node && node.ColumnRef.fields?.some((field) => 'A_Star' in field),
  );
  return isPlain && !hasStar ? targets : undefined;
}

/** What is known of a row's values: those that are constants. */
export function rowCondition({ columns, values }: NewRow, table: Relation | undefined): KeyCondition {
  const parts = (table?.columns ?? []).map((column): KeyCondition => {
    const place = columns.indexOf(column.name);
    const given = place < 0 ? undefined : values[place];
    const isDefault = place < 0 || (given !== undefined && 'SetToDefault' in given);
    if (isDefault && column.generated !== undefined) return ANYTHING;
    const value = isDefault ? defaultOf(column.default) : given;
    return value === undefined ? ANYTHING : isValue(column.name, value);
  });
  return { kind: 'and', parts };
}

const NULL: Node = { A_Const: { isnull: true } };

function defaultOf(text: string | undefined): Node | undefined {
  return text === undefined ? NULL : parseExpression(text);
}

/** That a column has this value. */
export function isValue(column: string, value: Node): KeyCondition {
  return 'A_Const' in value && value.A_Const.isnull
    ? { kind: 'null', column }
    : { kind: 'compare', column, operator: '=', value };
}

/** The partitions that new rows go to: the one for certain where constants tell it, else perhaps any that is left. */
export function insertTargets(work: Work, name: string, rows: readonly KeyCondition[]): readonly Touch[] {
  const table = known(work, name);
  if (table?.kind !== 'partitioned table') return [];
  return rows.flatMap((row) => {
    const live = livePartitions(work.catalog, name, row);
    const isSure = live.filter(({ kind }) => kind !== 'partitioned table').length === 1;
    return live.map((partition) => ({
      ...touch(work, partition.name, 'RowExclusiveLock', 'rows go to it'),
      ...(isSure ? {} : { conditional: true as const }),
    }));
  });
}
