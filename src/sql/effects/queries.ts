import type {
  A_Expr,
  CommonTableExpr,
  DeleteStmt,
  FuncCall,
  LockStmt,
  Node,
  RangeVar,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from '@pgsql/types';
import { LOCK_MODES, type LockMode } from '../effect.ts';
import { readThrough } from '../graph.ts';
import { relationName, strings } from '../names.ts';
import { collectAll } from '../walk.ts';
import { type ChangeKind, type ChangeNode, changesOf } from './changes.ts';
import { callTouches } from './code.ts';
import { type Conditions, conditionsOf, ofDelete, ofSelect, ofUpdate } from './conditions.ts';
import { changesEmpty, readsEmpty } from './empty-tables.ts';
import { goesTo, readRange } from './reads.ts';
import { family, onlyPerhaps, type Touch, type Touches, touch, UNSEEN, type Work } from './touch.ts';

const CHANGES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'] as const;

/** A query reads what it names, FOR UPDATE and its siblings lock rows, a data-modifying WITH changes, and functions do what their bodies do. */
export function select(node: SelectStmt, work: Work): Touches {
  // The clause without its statement's tag would not be found by the walk.
  return query({ SelectStmt: node }, work);
}

/** INSERT, UPDATE, DELETE and MERGE, with the reads of their parts. */
export function dataChange(kind: ChangeKind): (node: ChangeNode, work: Work) => Touches {
  return (node, work) => query({ [kind]: node }, work);
}

/** What any query or data change does; the node carries its tag. */
export function query(node: object, work: Work): readonly Touch[] {
  const parts = collectAll(node, TAGS);
  const own = ownTables(work, parts);
  const reads = (parts.get('RangeVar') as RangeVar[]).filter(own.isTable);
  const locked = (parts.get('SelectStmt') as SelectStmt[]).flatMap(lockedRanges).filter(own.isTable);
  const said = saidOf(parts);
  return [
    ...reads.flatMap((range) => readRange(work, range, 'AccessShareLock', 'it is read', said.get(range))),
    ...locked.flatMap((range) =>
      readRange(work, range, 'RowShareLock', 'its rows are locked', said.get(range)),
    ),
    ...CHANGES.flatMap((kind) =>
      (parts.get(kind) as ChangeNode[]).flatMap((change) => changesOf(kind, change, work)),
    ),
    ...(goesTo(work, 'executed') ? calledIn(node, parts, work) : []),
  ];
}

/** What the query's functions do; where conditions pick the rows that they are called for, perhaps. */
function calledIn(node: object, parts: ReadonlyMap<string, readonly object[]>, work: Work): readonly Touch[] {
  const foreign = (parts.get('A_Expr') as A_Expr[]).some(isForeign) ? [UNSEEN] : [];
  const touches = [...callTouches(parts.get('FuncCall') as FuncCall[], work), ...foreign];
  if (touches.length === 0) return touches;
  const restricted = (['SelectStmt', 'UpdateStmt', 'DeleteStmt'] as const).flatMap(
    (tag) => parts.get(tag) as SelectStmt[],
  );
  const isPicked = restricted.some(({ whereClause }) => whereClause !== undefined);
  const isEmpty = CHANGES.some((kind) =>
    (parts.get(kind) as ChangeNode[]).some((change) => changesEmpty(kind, change, work)),
  );
  return isPicked || isEmpty || readsEmpty(node, work) ? onlyPerhaps(touches) : touches;
}

/** `OPERATOR(public.===)`: the catalog does not tell the function behind it. */
function isForeign({ name }: A_Expr): boolean {
  const [schema, operator] = strings(name);
  return operator !== undefined && schema !== 'pg_catalog';
}

const TAGS = ['RangeVar', 'FuncCall', 'A_Expr', 'SelectStmt', 'larg', 'rarg', 'withClause', ...CHANGES];

/** What the query's parts say of the relations that they name. */
function saidOf(parts: ReadonlyMap<string, readonly object[]>): Conditions {
  const restricted = [
    // The sides of UNION bear no tag of their own; those of a join have no FROM.
    ...['SelectStmt', 'larg', 'rarg'].flatMap((tag) => (parts.get(tag) as SelectStmt[]).map(ofSelect)),
    ...(parts.get('UpdateStmt') as UpdateStmt[]).map(ofUpdate),
    ...(parts.get('DeleteStmt') as DeleteStmt[]).map(ofDelete),
  ];
  return new Map(restricted.flatMap((one) => [...conditionsOf(one)]));
}

/** Names in FROM that are no common table expressions. */
function ownTables(work: Work, parts: ReadonlyMap<string, readonly object[]>) {
  const clauses = parts.get('withClause') as WithClause[];
  const expressions = clauses.flatMap(({ ctes, recursive }) => {
    const all = (ctes ?? []).flatMap((cte) => ('CommonTableExpr' in cte ? [cte.CommonTableExpr] : []));
    return all.map((cte, index) => ({ name: cte.ctename, recursive, hidden: all.slice(0, index + 1) }));
  });
  const names = new Set(expressions.map(({ name }) => name));
  // Without RECURSIVE a common table expression and those before it still see the table of its name.
  const seen = new Set<object>(
    expressions.flatMap(({ name, recursive, hidden }) =>
      recursive || !work.catalog.relations.has(relationName(work.catalog, { relname: name ?? '' }))
        ? []
        : hidden.flatMap((cte) => rangesNamed(cte, name)),
    ),
  );
  const isTable = (range: RangeVar): boolean =>
    range.schemaname !== undefined || !names.has(range.relname) || seen.has(range);
  return { isTable };
}

function rangesNamed({ ctequery }: CommonTableExpr, name: string | undefined): readonly RangeVar[] {
  const ranges = collectAll(ctequery, ['RangeVar']).get('RangeVar') as RangeVar[];
  return ranges.filter(({ relname }) => relname === name);
}

/** The relations of a SELECT's own FROM whose rows its locking clauses lock, those in subqueries there included. */
function lockedRanges({ lockingClause, fromClause }: SelectStmt): readonly RangeVar[] {
  if (lockingClause === undefined) return [];
  const sources = (fromClause ?? []).flatMap(sourcesIn);
  return lockingClause.flatMap((clause) => {
    const named = 'LockingClause' in clause ? (clause.LockingClause.lockedRels ?? []) : [];
    const names = new Set(named.flatMap((found) => ('RangeVar' in found ? [found.RangeVar.relname] : [])));
    return sources
      .filter(({ alias }) => names.size === 0 || names.has(alias))
      .flatMap(({ ranges }) => ranges);
  });
}

type Source = { readonly alias: string | undefined; readonly ranges: readonly RangeVar[] };

/** A loop, since joins may be nested thousands deep. */
function sourcesIn(from: Node): readonly Source[] {
  const sources: Source[] = [];
  const open: { node: Node | undefined; alias: string | undefined }[] = [{ node: from, alias: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, alias: outer } = next;
    if (node === undefined) continue;
    if ('RangeVar' in node) {
      const { alias, relname } = node.RangeVar;
      sources.push({ alias: outer ?? alias?.aliasname ?? relname, ranges: [node.RangeVar] });
    } else if ('JoinExpr' in node) {
      open.push({ node: node.JoinExpr.larg, alias: outer }, { node: node.JoinExpr.rarg, alias: outer });
    } else if ('RangeSubselect' in node) {
      const { subquery, alias } = node.RangeSubselect;
      const inner = subquery && 'SelectStmt' in subquery ? (subquery.SelectStmt.fromClause ?? []) : [];
      for (const part of inner) open.push({ node: part, alias: outer ?? alias?.aliasname });
    }
  }
  return sources;
}

/** LOCK TABLE takes its mode on a view's relations too. */
export function lockTable({ relations, mode }: LockStmt, work: Work): Touches {
  const lock = LOCK_MODES[(mode ?? 1) - 1] as LockMode;
  return (relations ?? []).flatMap((node) => {
    if (!('RangeVar' in node)) return [];
    const names = family(work, node.RangeVar);
    const behind = names.flatMap((name) => readThrough(work.catalog, name));
    return [...names, ...behind].map((name) => touch(work, name, lock, 'LOCK asks for it'));
  });
}
