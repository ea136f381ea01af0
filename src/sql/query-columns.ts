import type {
  JoinExpr,
  Node,
  RangeFunction,
  RangeSubselect,
  RangeVar,
  ResTarget,
  SelectStmt,
} from '@pgsql/types';
import type { Catalog, Column } from './catalog.ts';
import { expressionLabel, expressionType } from './expression-type.ts';
import { MOST_COLUMNS } from './most-columns.ts';
import { relationName, strings } from './names.ts';
import { isDeeperThan } from './walk.ts';

/** A column that a query gives: what CREATE TABLE AS and CREATE VIEW make of it. */
export type QueryColumn = { readonly name: string; readonly type: string };

/** What stands in FROM: its alias and its columns, undefined where nobody knows them. */
export type Source = {
  readonly alias: string | undefined;
  readonly columns: readonly QueryColumn[] | undefined;
};

type Scope = {
  readonly catalog: Catalog;
  readonly expressions: ReadonlyMap<string, readonly QueryColumn[] | undefined>;
};

/**
 * The columns of a query's result, as far as names and types can be read from it and the schema; a type that cannot is
 * `unknown`. Undefined where not even their number is certain: a star over a function, a query that is no SELECT.
 */
export function queryColumns(
  catalog: Catalog,
  query: Node | undefined,
  names: readonly string[] = [],
): readonly Column[] | undefined {
  if (query === undefined || isDeeperThan(query, DEEPEST)) return undefined;
  const columns = columnsOf(query, { catalog, expressions: new Map() });
  return renamed(columns, names)?.map(({ name, type }) => ({
    name,
    type,
    notNull: false,
    default: undefined,
    generated: undefined,
  }));
}

/** Levels of the parser's tree. */
const DEEPEST = 400;

function columnsOf(query: Node, outer: Scope): readonly QueryColumn[] | undefined {
  if (!('SelectStmt' in query)) return undefined;
  let select = query.SelectStmt;
  let scope = withExpressions(select, outer);
  // The first branch of a UNION gives the names, and mostly the types.
  while (select.larg !== undefined) {
    select = select.larg;
    scope = withExpressions(select, scope);
  }
  if (select.valuesLists !== undefined) return valuesColumns(select);
  const sources = (select.fromClause ?? []).map((node) => sourcesOf(node, scope));
  const all = sources.flat();
  const named = all.flatMap(({ alias, columns: own = [] }) => own.map((column) => ({ alias, ...column })));
  const columns = (select.targetList ?? []).map((node) =>
    'ResTarget' in node ? targetColumns(node.ResTarget, all, named, scope.catalog) : undefined,
  );
  return columns.every((found) => found !== undefined) ? columns.flat().slice(0, MOST_COLUMNS) : undefined;
}

function withExpressions({ withClause }: SelectStmt, outer: Scope): Scope {
  if (withClause === undefined) return outer;
  const expressions = new Map(outer.expressions);
  for (const node of withClause.ctes ?? []) {
    if (!('CommonTableExpr' in node)) continue;
    const { ctename = '', ctequery, aliascolnames } = node.CommonTableExpr;
    const columns = ctequery && columnsOf(ctequery, { ...outer, expressions });
    expressions.set(ctename, renamed(columns, strings(aliascolnames)));
  }
  return { ...outer, expressions };
}

function valuesColumns({ valuesLists }: SelectStmt): readonly QueryColumn[] {
  const [first] = valuesLists ?? [];
  const values = first !== undefined && 'List' in first ? (first.List.items ?? []) : [];
  return values.map((value, place) => ({ name: `column${place + 1}`, type: expressionType(value, []) }));
}

function renamed(
  columns: readonly QueryColumn[] | undefined,
  names: readonly string[],
): readonly QueryColumn[] | undefined {
  return columns?.map((column, place) => ({ ...column, name: names[place] ?? column.name }));
}

function sourcesOf(from: Node, scope: Scope): readonly Source[] {
  if ('RangeVar' in from) return [tableSource(from.RangeVar, scope)];
  if ('RangeSubselect' in from) return [subquerySource(from.RangeSubselect, scope)];
  if ('JoinExpr' in from) return joined(from.JoinExpr, scope);
  return [{ alias: aliasOf(from), columns: undefined }];
}

function aliasOf(from: Node): string | undefined {
  const [node] = Object.values(from) as [RangeFunction];
  return node.alias?.aliasname;
}

function tableSource(range: RangeVar, { catalog, expressions }: Scope): Source {
  const { schemaname, relname = '', alias } = range;
  const columns =
    schemaname === undefined && expressions.has(relname)
      ? expressions.get(relname)
      : catalog.relations.get(relationName(catalog, range))?.columns;
  const isKnown = columns !== undefined && columns.length > 0;
  return {
    alias: alias?.aliasname ?? relname,
    columns: isKnown ? renamed(columns, strings(alias?.colnames)) : undefined,
  };
}

function subquerySource({ subquery, alias }: RangeSubselect, scope: Scope): Source {
  const columns = subquery && columnsOf(subquery, scope);
  return { alias: alias?.aliasname, columns: renamed(columns, strings(alias?.colnames)) };
}

/** USING and NATURAL merge columns, and put them first. An alias of the join itself hides its tables. */
function joined({ larg, rarg, usingClause, isNatural, alias }: JoinExpr, scope: Scope): readonly Source[] {
  const sides = [larg, rarg].flatMap((side) => (side === undefined ? [] : sourcesOf(side, scope)));
  const using = new Set(strings(usingClause));
  if (isNatural || alias !== undefined) return [{ alias: alias?.aliasname, columns: undefined }, ...sides];
  if (using.size === 0) return sides;
  const all = sides.flatMap(({ columns }) => columns ?? []);
  const isKnown = sides.every(({ columns }) => columns !== undefined);
  const first = [...using].flatMap((name) => all.find((column) => column.name === name) ?? []);
  const rest = all.filter(({ name }) => !using.has(name));
  return [{ alias: undefined, columns: isKnown ? [...first, ...rest] : undefined }, ...sides.map(hidden)];
}

/** For names with the table before them; a bare star has its columns already. */
function hidden({ alias, columns }: Source): Source {
  return { alias, columns: columns?.map((column) => ({ ...column, merged: true })) };
}

/** A column and the alias of the source that has it. */
type NamedColumn = QueryColumn & Pick<Source, 'alias'>;

function targetColumns(
  { name, val }: ResTarget,
  sources: readonly Source[],
  columns: readonly NamedColumn[],
  catalog: Catalog,
): readonly QueryColumn[] | undefined {
  const fields = val !== undefined && 'ColumnRef' in val ? (val.ColumnRef.fields ?? []) : [];
  const last = fields.at(-1);
  if (last !== undefined && 'A_Star' in last) return starColumns(strings(fields).at(-1), sources);
  return [{ name: name ?? expressionLabel(val), type: expressionType(val, columns, catalog) }];
}

function starColumns(
  alias: string | undefined,
  sources: readonly Source[],
): readonly QueryColumn[] | undefined {
  const meant = sources.filter((source) =>
    alias === undefined
      ? !(source.columns ?? []).some((column) => 'merged' in column)
      : source.alias === alias,
  );
  const columns = meant.map((source) => source.columns);
  if (meant.length === 0 || columns.includes(undefined)) return undefined;
  const found: QueryColumn[] = [];
  for (const own of columns)
    for (const { name, type } of own ?? []) if (found.length < MOST_COLUMNS) found.push({ name, type });
  return found;
}
