import type {
  DeleteStmt,
  FuncCall,
  InsertStmt,
  LockingClause,
  LockStmt,
  MergeStmt,
  RangeVar,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';
import type { LockMode, RelationEffect } from '../effect.ts';
import { LOCK_MODES } from '../effect.ts';
import { foreignKeysOf, foreignKeysTo, primaryKey, readThrough } from '../graph.ts';
import { relationName } from '../names.ts';
import { callsForeignFunction } from '../volatility.ts';
import { queryParts, relationsIn } from '../walk.ts';
import { family, familyOf, known, type Touches, touch, type Work } from './touch.ts';

type Change = InsertStmt | UpdateStmt | DeleteStmt | MergeStmt;
const CHANGES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'] as const;
type ChangeKind = (typeof CHANGES)[number];

/** A query reads what it names, FOR UPDATE and its siblings lock rows, a data-modifying WITH changes. A function that is not Postgres' own may do anything. */
export function select(node: SelectStmt, work: Work): Touches {
  return query(node, work);
}

/** INSERT, UPDATE, DELETE and MERGE, with the reads of their parts and the checks of foreign keys. */
export function dataChange(kind: ChangeKind): (node: Change, work: Work) => Touches {
  return (node, work) => {
    const reads = query(node, work);
    return reads && [...reads, ...changesOf(kind, node, work)];
  };
}

/** What any query locks when it runs. Undefined when it calls functions that the model cannot read. */
export function query(node: object, work: Work): Touches {
  const parts = queryParts(node);
  if (callsForeignFunction(parts.get('FuncCall') as FuncCall[])) return undefined;
  const reads = relationsIn(work.catalog, parts).flatMap((name) => readsOf(work, name));
  const rowLocks = (parts.get('LockingClause') as LockingClause[]).flatMap((clause) =>
    rowsLocked(parts.get('RangeVar') as RangeVar[], clause, work),
  );
  const inner = CHANGES.flatMap((kind) =>
    (parts.get(kind) as Change[]).flatMap((change) => changesOf(kind, change, work)),
  );
  return [...reads, ...rowLocks, ...inner];
}

export function lockTable({ relations, mode }: LockStmt, work: Work): Touches {
  const lock = LOCK_MODES[(mode ?? 1) - 1] as LockMode;
  return (relations ?? []).flatMap((node) => {
    if (!('RangeVar' in node)) return [];
    const names = family(work, node.RangeVar);
    const behind = names.flatMap((name) => readThrough(work.catalog, name));
    return [...names, ...behind].map((name) => touch(work, name, lock, 'LOCK asks for it'));
  });
}

function readsOf(work: Work, name: string): readonly RelationEffect[] {
  return [
    ...familyOf(work, name),
    ...readThrough(work.catalog, name).flatMap((viewed) => familyOf(work, viewed)),
  ].map((relation) => touch(work, relation, 'AccessShareLock', 'it is read'));
}

function rowsLocked(all: readonly RangeVar[], clause: LockingClause, work: Work): readonly RelationEffect[] {
  const named = (clause.lockedRels ?? []).flatMap((found) =>
    'RangeVar' in found ? [found.RangeVar.relname] : [],
  );
  const ranges = all.filter(
    ({ relname, alias }) => named.length === 0 || named.includes(alias?.aliasname ?? relname),
  );
  return ranges.flatMap((range) =>
    family(work, range).map((name) => touch(work, name, 'RowShareLock', 'its rows are locked')),
  );
}

function changesOf(kind: ChangeKind, node: Change, work: Work): readonly RelationEffect[] {
  const name = relationName(work.catalog, node.relation);
  // An INSERT locks only the partitions that its rows go to, and these are not known before.
  const targets = kind === 'InsertStmt' ? [name] : family(work, node.relation);
  const locked = targets.map((relation) => touch(work, relation, 'RowExclusiveLock', 'its rows change'));
  const written = writtenColumns(kind, node);
  return [
    ...locked,
    ...parentsChecked(kind, written, work, name),
    ...childrenChecked(kind, written, work, name),
  ];
}

type Written = readonly string[] | 'all';

/** New rows and changed foreign-key columns are looked for in the referenced tables. */
function parentsChecked(
  kind: ChangeKind,
  written: Written,
  work: Work,
  name: string,
): readonly RelationEffect[] {
  if (kind === 'DeleteStmt') return [];
  return foreignKeysOf(known(work, name))
    .filter(({ columns }) => includesAny(written, columns))
    .map(({ references }) => touch(work, references ?? '', 'RowShareLock', `${name} refers to it`));
}

/** Deleted rows and changed keys are looked for in the referencing tables. */
function childrenChecked(
  kind: ChangeKind,
  written: Written,
  work: Work,
  name: string,
): readonly RelationEffect[] {
  if (kind === 'InsertStmt') return [];
  const key = primaryKey(known(work, name));
  return foreignKeysTo(work.catalog, name)
    .filter(({ constraint }) => includesAny(written, constraint.referencedColumns ?? key))
    .map(({ table }) => touch(work, table.name, 'RowShareLock', `it refers to ${name}`));
}

function includesAny(written: Written, columns: readonly string[]): boolean {
  return written === 'all' || columns.some((column) => written.includes(column));
}

function writtenColumns(kind: ChangeKind, node: Change): Written {
  if (kind !== 'UpdateStmt') return 'all';
  const { targetList = [] } = node as UpdateStmt;
  return targetList.flatMap((target) => ('ResTarget' in target ? [target.ResTarget.name ?? ''] : []));
}
