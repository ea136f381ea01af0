import type { Constraint as ConstraintNode } from '@pgsql/types';
import { applyAlterTable } from '../apply/alter-table.ts';
import type { Catalog, Constraint } from '../catalog.ts';
import { readConstraint } from '../constraints.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { sameForeignKey } from '../graph.ts';
import { rangeOf, relationName, schemaOf } from '../names.ts';
import { scanAll } from './add-column.ts';
import { isProvenNotNull } from './alter-column.ts';
import { checkForeignKey, referenced, referencedTables } from './foreign-keys.ts';
import { lentIndexes } from './lent-indexes.ts';
import type { Command } from './subcommands.ts';
import { hasRows, known, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** A foreign key lets readers through, every other constraint does not. */
export function constraintLock(command: Command): LockMode {
  return nodeOf(command)?.contype === 'CONSTR_FOREIGN' ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock';
}

const INHERITED = new Set(['CONSTR_CHECK', 'CONSTR_NOTNULL', 'CONSTR_PRIMARY']);

/** CHECK and NOT NULL are inherited; keys go to partitions only; a primary key makes its columns NOT NULL in inheritance children too. */
export function constraintRecurses(command: Command): boolean {
  const { contype = '', is_no_inherit: isAlone } = nodeOf(command) ?? {};
  if (holds(command.work, 'addConstraintLocksFamily')) return true;
  if (contype === 'CONSTR_PRIMARY' && command.isPartitioned && isNotNull(command)) return false;
  if (isAlone || contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_EXCLUSION') return false;
  return command.isPartitioned || INHERITED.has(contype);
}

/** A primary key on columns that are NOT NULL only builds indexes on partitions. */
function isNotNull(command: Command): boolean {
  const columns = keyColumns(command, nodeOf(command) ?? {});
  const relation = known(command.work, command.table);
  return columns.every((name) => relation?.columns.some((one) => one.name === name && one.notNull));
}

export function addConstraint(command: Command): readonly RelationEffect[] {
  const node = nodeOf(command);
  const effect = node && KINDS[node.contype ?? ''];
  return effect === undefined || node === undefined ? [] : effect(command, node);
}

type Kind = (command: Command, node: ConstraintNode) => readonly RelationEffect[];

const KINDS: Readonly<Record<string, Kind>> = {
  CONSTR_CHECK: (command, node) =>
    node.skip_validation
      ? []
      : scanAll(command.work, heirs(command, node), 'every row is checked against the constraint'),
  CONSTR_NOTNULL: (command, node) =>
    node.skip_validation ? [] : nullScan(command.work, heirs(command, node), columnsOf(node)),
  CONSTR_UNIQUE: buildIndex,
  CONSTR_EXCLUSION: buildIndex,
  CONSTR_PRIMARY: (command, node) => [
    ...buildIndex(command, node),
    ...nullScan(command.work, command.family, keyColumns(command, node)),
  ],
  CONSTR_FOREIGN: foreignKey,
};

/** Where the constraint comes to stand. */
function heirs({ table, family }: Command, node: ConstraintNode): readonly string[] {
  return node.is_no_inherit ? [table] : family;
}

function buildIndex(command: Command, node: ConstraintNode): readonly RelationEffect[] {
  const { work, table, reach, isPartitioned } = command;
  if (node.indexname) return [usedIndex(command, node)];
  const relation = known(work, table);
  const constraint = relation && readConstraint(work.catalog, relation, node);
  const name = node.conname ?? constraint?.name ?? 'its index';
  const builds = `${schemaOf(table)}.${name}`;
  const lent = lentIndexes(work.catalog, after(command), constraint?.index ?? builds);
  return [
    ...(isPartitioned ? reach : [table]).map((member) => {
      const isBuilt = hasRows(work, member) && !lent.has(member);
      // A deferrable key checks by a trigger.
      const part = node.deferrable && !lent.has(member) ? 'ShareRowExclusiveLock' : 'ShareLock';
      const lock = member === table ? 'AccessExclusiveLock' : part;
      return touch(work, member, lock, 'its index is built', isBuilt ? { builds } : {});
    }),
    ...[...lent.values()].map((index) => touch(work, index, 'ShareLock', `it becomes a part of ${builds}`)),
  ];
}

/** The schema with the constraint. */
function after({ work, table, command, reach }: Command): Catalog {
  const relation = { ...rangeOf(table), inh: reach.length > 1 };
  return applyAlterTable(work.catalog, { relation, cmds: [{ AlterTableCmd: command }] });
}

/** USING INDEX renames the index if the constraint has another name. */
function usedIndex({ work, table }: Command, { conname, indexname }: ConstraintNode): RelationEffect {
  const isRenamed = conname !== undefined && conname !== indexname;
  const lock = isRenamed ? 'ShareUpdateExclusiveLock' : 'AccessShareLock';
  const index = touch(work, `${schemaOf(table)}.${indexname}`, lock, 'it carries the constraint now');
  return { ...index, kind: 'index' };
}

function nullScan(
  work: Work,
  family: readonly string[],
  columns: readonly string[],
): readonly RelationEffect[] {
  const unproven = family.filter((table) => columns.some((column) => !isProvenNotNull(work, table, column)));
  return scanAll(work, unproven, 'every row is checked for a null');
}

function foreignKey(
  { work, table, reach, isPartitioned }: Command,
  node: ConstraintNode,
): readonly RelationEffect[] {
  const references = relationName(work.catalog, node.pktable);
  const lock = 'ShareRowExclusiveLock';
  const relation = known(work, table);
  const constraint = relation && readConstraint(work.catalog, relation, node);
  const reached = node.skip_validation ? [] : isPartitioned ? reach : [table];
  const tables = reached.filter((member) => !takesOver(work, member, table, constraint));
  const checked =
    tables.length === 0
      ? []
      : checkForeignKey(work, { tables, references, lock }, node.fk_with_period === true);
  const isTaken = isPartitioned && reach.some((member) => takesOver(work, member, table, constraint));
  return [
    ...referenced(work, table, references),
    ...(isTaken ? triggersDropped(work, references) : []),
    ...checked,
  ];
}

/** The triggers that a partition's foreign key had of its own. */
function triggersDropped(work: Work, references: string): readonly RelationEffect[] {
  return referencedTables(work, references).map((name) =>
    touch(work, name, 'AccessExclusiveLock', 'triggers of the partition’s foreign key are dropped'),
  );
}

/** A partitioned table takes over the like foreign keys of its partitions as they are (tryAttachPartitionForeignKey). */
function takesOver(work: Work, member: string, table: string, wanted: Constraint | undefined): boolean {
  if (member === table || wanted === undefined) return false;
  return (known(work, member)?.constraints ?? []).some(
    (own) => own.kind === 'foreign key' && own.validated && sameForeignKey(own, wanted),
  );
}

function nodeOf({ command }: Command): ConstraintNode | undefined {
  return command.def && 'Constraint' in command.def ? command.def.Constraint : undefined;
}

function columnsOf({ keys }: ConstraintNode): readonly string[] {
  return (keys ?? []).flatMap((key) => ('String' in key ? [key.String.sval ?? ''] : []));
}

function keyColumns({ work, table }: Command, node: ConstraintNode): readonly string[] {
  const relation = known(work, table);
  return relation === undefined
    ? columnsOf(node)
    : (readConstraint(work.catalog, relation, node)?.columns ?? []);
}
