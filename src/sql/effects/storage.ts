import type { LockMode, RelationEffect } from '../effect.ts';
import { indexesOf, sequencesOf } from '../graph.ts';
import { relationName, schemaOf } from '../names.ts';
import { rewriteAll } from './add-column.ts';
import type { Command } from './subcommands.ts';
import { hasRows, known, touch } from './touch.ts';
import { holds } from './versions.ts';

/** Another access method writes the table anew; heap to heap does nothing. */
export function setAccessMethod({ work, table, command }: Command): readonly RelationEffect[] {
  if ((command.name ?? 'heap') === 'heap') return [];
  return rewriteAll(work, [table], 'it is written anew');
}

/** Written anew, with its indexes and sequences, unless it is so already. */
export function setLogged({ work, table, command }: Command): readonly RelationEffect[] {
  const isLogged = known(work, table)?.unlogged !== true;
  if (isLogged === (command.subtype === 'AT_SetLogged')) return [];
  const sequences = holds(work, 'sequencesFollowLogging') ? sequencesOf(work.catalog, table) : [];
  return [
    ...rewriteAll(work, [table], 'it is written anew'),
    ...sequences.map(({ name }) =>
      touch(work, name, 'AccessExclusiveLock', 'it is written anew with its table', { rewrite: true }),
    ),
  ];
}

/** Indexes and sequences follow their table. Whoever gives a table to CURRENT_USER mostly owns it, and nothing happens. */
export function changeOwner({ work, table, command }: Command): readonly RelationEffect[] {
  if (command.newowner?.roletype !== 'ROLESPEC_CSTRING') return [];
  return [...indexesOf(work.catalog, table), ...sequencesOf(work.catalog, table)].map(({ name }) =>
    touch(work, name, 'AccessExclusiveLock', 'its owner changes with its table’s'),
  );
}

export function clusterOn({ work, table, command }: Command): readonly RelationEffect[] {
  return [onIndex(work, table, command.name, 'ShareUpdateExclusiveLock', 'it is the index for CLUSTER')];
}

export function replicaIdentity({ work, table, command }: Command): readonly RelationEffect[] {
  const name =
    command.def && 'ReplicaIdentityStmt' in command.def ? command.def.ReplicaIdentityStmt.name : '';
  return name ? [onIndex(work, table, name, 'ShareLock', 'it is the replica identity')] : [];
}

/** An index stands in its table's schema. */
function onIndex(
  work: Command['work'],
  table: string,
  name: string | undefined,
  lock: LockMode,
  why: string,
): RelationEffect {
  return { ...touch(work, `${schemaOf(table)}.${name}`, lock, why), kind: 'index' };
}

/** The files are copied, unless they stand there already. A partitioned table has none: only its later partitions go there. */
export function setTablespace({ work, table, command }: Command): readonly RelationEffect[] {
  if (command.name === 'pg_default' || !hasRows(work, table)) return [];
  return [touch(work, table, 'AccessExclusiveLock', 'its files are copied', { rewrite: true })];
}

/** INHERIT locks the parent lightly. */
export function inheritFrom({ work, command }: Command): readonly RelationEffect[] {
  if (command.def === undefined || !('RangeVar' in command.def)) return [];
  const parent = relationName(work.catalog, command.def.RangeVar);
  const lock = command.subtype === 'AT_AddInherit' ? 'ShareUpdateExclusiveLock' : 'AccessShareLock';
  return [touch(work, parent, lock, 'its child is added or removed')];
}

/** Storage parameters that need everybody out (reloptions.c); the others take ShareUpdateExclusiveLock. */
const STRONG_OPTIONS: ReadonlySet<string> = new Set([
  'user_catalog_table',
  'security_barrier',
  'security_invoker',
  'check_option',
  'fastupdate',
  'buffering',
  'deduplicate_items',
]);

export function relationOptionsLock({ command }: Command): LockMode {
  const { def } = command;
  const options = def && 'List' in def ? (def.List.items ?? []) : [];
  const isStrong = options.some(
    (option) => 'DefElem' in option && STRONG_OPTIONS.has(option.DefElem.defname ?? ''),
  );
  return isStrong ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock';
}
