import type { ColumnRef, JoinExpr, Node, RangeVar, SelectStmt } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { relationName, strings } from './names.ts';

/** A relation in a FROM, under the name by which the query knows it. */
type Source = { readonly alias: string; readonly name: string; readonly columns: readonly string[] };

/** The relations that a name is looked for in: those of the query itself, then those of the queries around it. */
type Scopes = readonly (readonly Source[])[];

/** Of each known relation that a query names in FROM the columns that it reads; all of them where a star or the whole row stands. */
export function columnsRead(catalog: Catalog, root: unknown): Readonly<Record<string, readonly string[]>> {
  const result = new Map<string, Set<string>>();
  const add = ({ name }: Source, columns: readonly string[]): void => {
    const read = result.get(name) ?? new Set();
    for (const column of columns) read.add(column);
    result.set(name, read);
  };
  const open: { readonly node: object; readonly scopes: Scopes }[] = [];
  if (typeof root === 'object' && root !== null) open.push({ node: root, scopes: [] });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const key in next.node) {
      const value: unknown = (next.node as Record<string, unknown>)[key];
      if (typeof value !== 'object' || value === null) continue;
      // The sides of UNION bear no tag of their own.
      const isQuery = key === 'SelectStmt' || ((key === 'larg' || key === 'rarg') && isSelect(value));
      const scopes = isQuery ? [sourcesOf(catalog, value as SelectStmt), ...next.scopes] : next.scopes;
      if (isQuery) for (const source of scopes[0] ?? []) add(source, []);
      if (key === 'ColumnRef')
        for (const [source, columns] of meant(value as ColumnRef, scopes)) add(source, columns);
      if (key === 'JoinExpr')
        for (const [source, columns] of joined(value as JoinExpr, scopes)) add(source, columns);
      open.push({ node: value, scopes });
    }
  }
  return Object.fromEntries([...result].map(([name, columns]) => [name, [...columns].sort()]));
}

function isSelect(node: object): boolean {
  return 'limitOption' in node;
}

/** The relations of a query's own FROM; a loop, since joins may be nested thousands deep. */
function sourcesOf(catalog: Catalog, { fromClause = [] }: SelectStmt): readonly Source[] {
  const sources: Source[] = [];
  const open: (Node | undefined)[] = [...fromClause];
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (node === undefined) continue;
    if ('JoinExpr' in node) open.push(node.JoinExpr.larg, node.JoinExpr.rarg);
    if ('RangeVar' in node) sources.push(...sourceOf(catalog, node.RangeVar));
  }
  return sources;
}

function sourceOf(catalog: Catalog, range: RangeVar): readonly Source[] {
  const name = relationName(catalog, range);
  const relation = catalog.relations.get(name);
  if (relation === undefined) return [];
  const alias = range.alias?.aliasname ?? range.relname ?? '';
  return [{ alias, name, columns: relation.columns.map((column) => column.name) }];
}

type Read = readonly [source: Source, columns: readonly string[]];

/** The relations that a reference means, with what it reads of them. */
function meant({ fields = [] }: ColumnRef, scopes: Scopes): readonly Read[] {
  const [last, table] = fields
    .map((field) => ('String' in field ? (field.String.sval ?? '') : '*'))
    .reverse();
  if (last === undefined) return [];
  const named = (source: Source): readonly string[] | undefined => {
    if (table !== undefined && table !== source.alias) return undefined;
    if (last === '*' || (table === undefined && last === source.alias)) return source.columns;
    return source.columns.includes(last) ? [last] : undefined;
  };
  const isStar = last === '*' && table === undefined;
  for (const sources of isStar ? scopes.slice(0, 1) : scopes) {
    const reads = sources.flatMap((source): readonly Read[] => {
      const columns = named(source);
      return columns === undefined ? [] : [[source, columns]];
    });
    if (reads.length > 0) return reads;
  }
  return [];
}

/** USING reads the columns of both sides. */
function joined({ usingClause }: JoinExpr, scopes: Scopes): readonly Read[] {
  const names = new Set(strings(usingClause));
  return (scopes[0] ?? []).flatMap((source): readonly Read[] => {
    const columns = source.columns.filter((column) => names.has(column));
    return columns.length === 0 ? [] : [[source, columns]];
  });
}
