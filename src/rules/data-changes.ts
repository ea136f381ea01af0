import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  RangeVar,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { collectAll } from '../sql/walk.ts';
import { isAlwaysTrue } from './always-true.ts';
import { hasBounds } from './key-lookup.ts';
import { type Source, sourcesOf } from './query-sources.ts';
import { isInUse, isSmall } from './table-size.ts';

type Change = {
  /** Qualified. */
  readonly table: string;
  readonly relation: RangeVar;
};

/** An INSERT, UPDATE, DELETE or MERGE: a statement, or a part of WITH. */
export type DataChange = Change &
  (
    | { readonly kind: 'insert'; readonly node: InsertStmt }
    | { readonly kind: 'update'; readonly node: UpdateStmt }
    | { readonly kind: 'delete'; readonly node: DeleteStmt }
    | { readonly kind: 'merge'; readonly node: MergeStmt }
  );

const KINDS = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
} as const;

/** The changes of rows that a statement asks for, its own first. */
export function dataChanges({ kind, node }: Statement, catalog: Catalog): readonly DataChange[] {
  if (!(kind in KINDS) && kind !== 'SelectStmt') return [];
  const value = Object.values(node)[0] as { withClause?: WithClause };
  const inner = value.withClause ? collectAll(value.withClause, Object.keys(KINDS)) : undefined;
  const found = [[kind, value] as const];
  for (const [tag, nodes] of inner ?? []) for (const part of nodes) found.push([tag, part]);
  return found.flatMap(([tag, part]) => changeOf(tag, part, catalog));
}

function changeOf(tag: string, node: object, catalog: Catalog): readonly DataChange[] {
  const kind = KINDS[tag as keyof typeof KINDS];
  const { relation } = node as { relation?: RangeVar };
  if (kind === undefined || relation === undefined) return [];
  return [{ kind, node, relation, table: relationName(catalog, relation) } as DataChange];
}

/** How many rows a change goes through: all of a table, perhaps many of a large one, perhaps many of one that is small, or few. */
export type Reach = 'all' | 'many' | 'many of a small table' | 'few';

/** What a change reaches, by its conditions and what the catalog knows of the tables. */
export function reachOf(change: DataChange, statement: Statement, catalog: Catalog): Reach {
  if (change.kind === 'insert') return insertReach(change.node, statement, catalog);
  if (change.kind === 'merge') return mergeReach(change.node, statement, catalog);
  const { whereClause } = change.node;
  const target = targetSource(change, catalog);
  if (whereClause === undefined || isAlwaysTrue(whereClause, target)) return 'all';
  if (takesPart(change.node)) return 'few';
  const others = change.kind === 'update' ? change.node.fromClause : change.node.usingClause;
  const sources = [target, ...sourcesOf(others, withOf(statement, change.node), catalog)];
  if (hasBounds(whereClause, sources, catalog)) return 'few';
  return isSmall(catalog, change.table) ? 'many of a small table' : 'many';
}

function targetSource({ table, relation }: DataChange, catalog: Catalog): Source {
  return {
    alias: relation.alias?.aliasname ?? relation.relname ?? '',
    table: catalog.relations.get(table) ?? table,
    few: false,
  };
}

/** Rows that an INSERT … SELECT copies. Those of VALUES were all written by somebody. */
function insertReach(node: InsertStmt, statement: Statement, catalog: Catalog): Reach {
  const query = node.selectStmt && 'SelectStmt' in node.selectStmt ? node.selectStmt.SelectStmt : undefined;
  if (query === undefined || query.valuesLists || takesPart(query)) return 'few';
  const arms = query.larg || query.rarg ? [query.larg, query.rarg] : [query];
  const isMany = arms.some((arm) => arm && copiesMany(arm, withOf(statement, node, query), catalog));
  return isMany ? 'many' : 'few';
}

function copiesMany(query: SelectStmt, ctes: readonly Node[], catalog: Catalog): boolean {
  const sources = sourcesOf(query.fromClause, ctes, catalog);
  if (sources.every(({ few }) => few) || query.limitCount) return false;
  return !query.whereClause || !hasBounds(query.whereClause, sources, catalog);
}

function mergeReach(node: MergeStmt, statement: Statement, catalog: Catalog): Reach {
  const sources = sourcesOf(node.sourceRelation && [node.sourceRelation], withOf(statement, node), catalog);
  return sources.every(({ few }) => few) ? 'few' : 'many';
}

/** A LIMIT anywhere in it: the mark of a batch. */
function takesPart(node: object): boolean {
  return (
    collectAll(node, ['SelectStmt'])
      .get('SelectStmt')
      ?.some((query) => 'limitCount' in query) === true
  );
}

function withOf({ node }: Statement, ...parts: readonly { withClause?: WithClause }[]): readonly Node[] {
  const whole = Object.values(node)[0] as { withClause?: WithClause };
  return [whole, ...parts].flatMap(({ withClause }) => withClause?.ctes ?? []);
}

/** A change that reaches rows which others use, and how many. */
export type Reaching = { readonly change: DataChange; readonly reach: Reach; readonly inUse: boolean };

const known = new WeakMap<Statement, { readonly catalog: Catalog; readonly found: readonly Reaching[] }>();

/** What the changes of a statement reach; several rules ask. */
export function reaches(statement: Statement, catalog: Catalog): readonly Reaching[] {
  const before = known.get(statement);
  if (before?.catalog === catalog) return before.found;
  const found = dataChanges(statement, catalog).map((change) => ({
    change,
    reach: reachOf(change, statement, catalog),
    inUse: isInUse(catalog, change.table),
  }));
  known.set(statement, { catalog, found });
  return found;
}
