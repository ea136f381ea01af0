import type { ClusterStmt, RefreshMatViewStmt, TruncateStmt, VacuumRelation, VacuumStmt } from '@pgsql/types';
import { isOn } from '../boolean-option.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { foreignKeysTo, indexesOf, sequencesOf } from '../graph.ts';
import { relationName } from '../names.ts';
import { fire } from './code.ts';
import { referencedTables } from './foreign-keys.ts';
import { boundOf, indexLocks } from './reads.ts';
import { runView } from './run.ts';
import { family, familyOf, hasRows, known, type Touch, type Touches, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** TRUNCATE takes new, empty files; CASCADE takes every table that refers to one of them, with its partitions but no inheritance children; RESTART IDENTITY their sequences. */
export function truncate(node: TruncateStmt, work: Work): Touches {
  const named = (node.relations ?? []).flatMap((range) =>
    'RangeVar' in range ? family(work, range.RangeVar) : [],
  );
  const tables = node.behavior === 'DROP_CASCADE' ? withReferencing(work, named) : named;
  return tables.flatMap((table) => [
    touch(work, table, 'AccessExclusiveLock', 'all its rows are removed', { dataLoss: true }),
    ...(hasRows(work, table) ? rewritten(work, table, 'it gets a new, empty file') : []),
    ...(node.restart_seqs ? restarted(work, table) : []),
    ...fire(known(work, table), 'truncate', () => true, work),
    ...(holds(work, 'deleteSparesBound') ? [] : boundOf(work, table)),
  ]);
}

function withReferencing(work: Work, tables: readonly string[]): readonly string[] {
  const all = new Set(tables);
  for (const table of all)
    for (const { table: child } of foreignKeysTo(work.catalog, table))
      for (const member of referencedTables(work, child.name)) all.add(member);
  return [...all];
}

function restarted(work: Work, table: string): readonly Touch[] {
  return sequencesOf(work.catalog, table).map(({ name }) =>
    touch(work, name, 'AccessExclusiveLock', 'it starts anew', { rewrite: true }),
  );
}

/** CLUSTER writes the table anew. Without a table it takes every clustered one, which the catalog does not tell. */
export function cluster({ relation }: ClusterStmt, work: Work): Touches {
  if (relation === undefined) return undefined;
  return family(work, relation)
    .filter((name) => hasRows(work, name))
    .flatMap((name) => rewritten(work, name, 'CLUSTER writes it anew'));
}

export function vacuum(node: VacuumStmt, work: Work): Touches {
  const { options, rels, is_vacuumcmd: isVacuum } = node;
  const named = (rels ?? []).flatMap((found) => ('VacuumRelation' in found ? [found.VacuumRelation] : []));
  const isWhole = rels === undefined;
  if (isOn(options, 'only_database_stats')) return [];
  if (isWhole && !work.catalog.complete) return undefined;
  const ranges = isWhole ? everything(work) : named.map((range) => target(range, work));
  if (!isVacuum) return ranges.flatMap((range) => analyzed(range, work));
  if (isOn(options, 'full'))
    return ranges.flatMap(({ name, inherits }) => vacuumedFully(name, inherits, work));
  const analyzes = isOn(options, 'analyze');
  return ranges.flatMap((range) => [...vacuumed(range, work), ...(analyzes ? analyzed(range, work) : [])]);
}

type Target = { readonly name: string; readonly inherits: boolean };

function target({ relation }: VacuumRelation, work: Work): Target {
  return { name: relationName(work.catalog, relation), inherits: relation?.inh === true };
}

function everything({ catalog }: Work): readonly Target[] {
  const kinds = new Set(['table', 'partitioned table', 'materialized view']);
  return [...catalog.relations.values()]
    .filter(({ kind }) => kinds.has(kind))
    .map(({ name }) => ({ name, inherits: false }));
}

/** A partitioned table's partitions are worked on one by one; an inheritance child is since 18. */
function members({ name, inherits }: Target, work: Work): readonly string[] {
  const recurses = known(work, name)?.kind === 'partitioned table' || holds(work, 'maintenanceRecurses');
  return inherits && recurses ? familyOf(work, name) : [name];
}

/** ANALYZE reads samples of the table and of all its children, and opens the indexes. */
function analyzed(range: Target, work: Work): readonly Touch[] {
  const own = members(range, work).filter((name) => known(work, name)?.kind !== 'view');
  const lock = 'ShareUpdateExclusiveLock';
  return own.flatMap((name) => [
    touch(work, name, lock, 'it is analyzed'),
    ...(hasRows(work, name) ? indexLocks(work, name, 'AccessShareLock') : []),
    ...familyOf(work, name)
      .slice(1)
      .map((child) => touch(work, child, 'AccessShareLock', 'its rows are sampled')),
  ]);
}

function vacuumed(range: Target, work: Work): readonly Touch[] {
  const lock: LockMode = 'ShareUpdateExclusiveLock';
  return members(range, work)
    .filter((name) => hasRows(work, name))
    .flatMap((name) => [
      touch(work, name, lock, 'it is vacuumed'),
      ...indexLocks(work, name, 'RowExclusiveLock'),
    ]);
}

function vacuumedFully(name: string, inherits: boolean, work: Work): readonly Touch[] {
  return members({ name, inherits }, work)
    .filter((member) => hasRows(work, member))
    .flatMap((member) => rewritten(work, member, 'VACUUM FULL writes it anew'));
}

/** A refresh fills a new file; CONCURRENTLY compares and changes rows under a lock that lets readers through. */
export function refreshView({ concurrent, relation, skipData }: RefreshMatViewStmt, work: Work): Touches {
  const name = relationName(work.catalog, relation);
  const sources = skipData ? [] : runView(name, work);
  if (!concurrent) return [...rewritten(work, name, 'it is filled anew'), ...sources];
  const own = touch(work, name, 'ExclusiveLock', 'its rows are brought up to date');
  return [own, ...indexLocks(work, name, 'RowExclusiveLock'), ...sources];
}

/** A table and its indexes in new files, with nobody reading. */
export function rewritten(work: Work, table: string, why: string): readonly RelationEffect[] {
  const indexes = indexesOf(work.catalog, table).map(({ name }) =>
    touch(work, name, 'AccessExclusiveLock', 'it is built anew with its table', { rewrite: true }),
  );
  return [touch(work, table, 'AccessExclusiveLock', why, { rewrite: true }), ...indexes];
}
