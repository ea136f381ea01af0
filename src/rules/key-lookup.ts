import type { A_Expr, ColumnRef, Node, SubLink } from '@pgsql/types';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { indexesOf } from '../sql/graph.ts';
import { strings } from '../sql/names.ts';
import { collect } from '../sql/walk.ts';
import type { Source } from './query-sources.ts';

/** Columns that a condition holds to given values, and those that it keeps below a given one. */
type Held = { readonly fixed: Set<string>; readonly below: Set<string> };

/**
 * Whether a WHERE finds its rows by the key of one of the sources, or within a range of it: `id = 5`, `id IN (1, 2)`,
 * `id BETWEEN 1 AND 5000`, a join to rows that are few. The first source is the table that is changed.
 */
export function hasBounds(where: Node, sources: readonly Source[], catalog: Catalog): boolean {
  const conditions = conjuncts(where);
  if (conditions.some((node) => isBoundOr(node, sources, catalog))) return true;
  return sources.some((source) => {
    const held: Held = { fixed: new Set(), below: new Set() };
    for (const condition of conditions) hold(condition, { source, sources, held });
    return coversKey(source, held, catalog);
  });
}

function conjuncts(where: Node): readonly Node[] {
  const found: Node[] = [];
  const open = [where];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR') open.push(...(node.BoolExpr.args ?? []));
    else found.push(node);
  }
  return found;
}

/** Each arm by itself; and what needs no key: false, and a cursor's row. */
function isBoundOr(node: Node, sources: readonly Source[], catalog: Catalog): boolean {
  if ('CurrentOfExpr' in node) return true;
  if ('A_Const' in node) return node.A_Const.boolval !== undefined && !node.A_Const.boolval.boolval;
  if (!('BoolExpr' in node) || node.BoolExpr.boolop !== 'OR_EXPR') return false;
  return (node.BoolExpr.args ?? []).every((arm) => hasBounds(arm, sources, catalog));
}

type View = { readonly source: Source; readonly sources: readonly Source[]; readonly held: Held };

function hold(condition: Node, view: View): void {
  if ('SubLink' in condition) holdIn(condition.SubLink, view);
  if (!('A_Expr' in condition)) return;
  const { kind, name, lexpr, rexpr } = condition.A_Expr;
  const operator = strings(name).at(-1) ?? '';
  if (kind === 'AEXPR_BETWEEN' || kind === 'AEXPR_BETWEEN_SYM') keep(view.held.below, lexpr, rexpr, view);
  if ((kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') && operator === '=')
    keep(view.held.fixed, lexpr, rexpr, view);
  if (kind === 'AEXPR_OP') holdOperator(operator, condition.A_Expr, view);
}

function holdOperator(operator: string, { lexpr, rexpr }: A_Expr, view: View): void {
  const { fixed, below } = view.held;
  if (operator === '=') {
    keep(fixed, lexpr, rexpr, view);
    keep(fixed, rexpr, lexpr, view);
  }
  if (operator.startsWith('<') && operator !== '<>') keep(below, lexpr, rexpr, view);
  if (operator.startsWith('>')) keep(below, rexpr, lexpr, view);
}

/** `id IN (SELECT …)`: as few as the query gives, when it is limited or written out. */
function holdIn({ subLinkType, testexpr, operName, subselect }: SubLink, view: View): void {
  if (subLinkType !== 'ANY_SUBLINK' || operName || !subselect || !('SelectStmt' in subselect)) return;
  const { limitCount, valuesLists } = subselect.SelectStmt;
  if (limitCount || valuesLists) keep(view.held.fixed, testexpr, undefined, view);
}

function keep(columns: Set<string>, column: Node | undefined, value: Node | undefined, view: View): void {
  if (!column || !isGiven(value, view)) return;
  const parts = 'RowExpr' in column ? (column.RowExpr.args ?? []) : [column];
  for (const part of parts) {
    const name = columnOf(part, view);
    if (name !== undefined) columns.add(name);
  }
}

/** The name of a column of the source; undefined for anything else. */
function columnOf(node: Node, { source, sources }: View): string | undefined {
  if ('TypeCast' in node && node.TypeCast.arg)
    return columnOf(node.TypeCast.arg, { source, sources } as View);
  if (!('ColumnRef' in node)) return undefined;
  const [first = '', second] = strings(node.ColumnRef.fields).slice(-2);
  if (second !== undefined) return first === source.alias ? second : undefined;
  const owner = sources.find((one) => typeof one.table === 'object' && hasColumn(one.table, first));
  return owner === source || (owner === undefined && source === sources[0]) ? first : undefined;
}

function hasColumn(table: Relation, name: string): boolean {
  return name === 'ctid' || table.columns.some((column) => column.name === name);
}

/** Whether the other side is one value, or a few: nothing in it that comes from a source of many rows. */
function isGiven(value: Node | undefined, { sources }: View): boolean {
  if (value === undefined) return true;
  if ('SubLink' in value && value.SubLink.subLinkType === 'EXPR_SUBLINK') return true;
  if (collect(value, 'SubLink').length > 0) return isBatch(value);
  return collect<ColumnRef>(value, 'ColumnRef').every((column) => isFromFew(column, sources));
}

/** `ARRAY(SELECT … LIMIT 1000)`. */
function isBatch(value: Node): boolean {
  return collect<object>(value, 'SelectStmt').some((query) => 'limitCount' in query);
}

/** A name that no source offers is a variable of the code around the statement. */
function isFromFew({ fields }: ColumnRef, sources: readonly Source[]): boolean {
  const [first = '', second] = strings(fields).slice(-2);
  if (second !== undefined) return sources.every(({ alias, few }) => alias !== first || few);
  const owners = sources.filter(({ table }) => typeof table === 'object' && hasColumn(table, first));
  if (owners.length > 0) return owners.every(({ few }) => few);
  return sources.length === 1 && typeof sources[0]?.table === 'object';
}

/** Names that keys mostly have, for tables of which no key is known. */
const LIKELY_KEY = /(^|_)(id|uuid|guid|ctid)$/i;
const LIKELY_UNIQUE = /(^|_)(id|uuid|guid|ctid|key|code|slug|name|email)$|name$/i;

function coversKey({ table }: Source, { fixed, below }: Held, catalog: Catalog): boolean {
  if (table === undefined) return false;
  if (typeof table === 'string')
    return (
      [...fixed].some((name) => LIKELY_UNIQUE.test(name)) || [...below].some((name) => LIKELY_KEY.test(name))
    );
  if (fixed.has('ctid') || below.has('ctid')) return true;
  const keys = keysOf(table, catalog);
  if (keys.length === 0 && [...fixed].some((name) => LIKELY_KEY.test(name))) return true;
  return (
    keys.some((key) => key.every((column) => fixed.has(column) || below.has(column))) ||
    keys.some(([column]) => column !== undefined && below.has(column)) ||
    foreignKeys(table).some((key) => key.every((column) => fixed.has(column)))
  );
}

function keysOf(table: Relation, catalog: Catalog): readonly (readonly string[])[] {
  const constraints = table.constraints.filter(({ kind }) => kind === 'primary key' || kind === 'unique');
  const indexes = indexesOf(catalog, table.name).filter(({ unique }) => unique);
  return [
    ...constraints.map(({ columns }) => columns),
    ...indexes.map(({ indexColumns }) => indexColumns),
  ].filter((key) => key.length > 0);
}

/** The rows that belong to one row of another table are few, too. */
function foreignKeys({ constraints }: Relation): readonly (readonly string[])[] {
  return constraints.filter(({ kind }) => kind === 'foreign key').map(({ columns }) => columns);
}
