import type { LockMode, RelationEffect } from '../effect.ts';
import { relationName } from '../names.ts';
import { rewriteAll } from './add-column.ts';
import type { Command } from './subcommands.ts';
import { hasRows, touch } from './touch.ts';

/** SET LOGGED, SET UNLOGGED and another access method write the table anew; heap to heap does nothing. */
export function rewriteStorage({ work, table, command }: Command): readonly RelationEffect[] {
  if (command.subtype === 'AT_SetAccessMethod' && (command.name ?? 'heap') === 'heap') return [];
  return rewriteAll(work, [table], 'it is written anew');
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
