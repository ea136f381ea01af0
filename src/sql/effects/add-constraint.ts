import type { Constraint as ConstraintNode } from '@pgsql/types';
import type { Constraint } from '../catalog.ts';
import { readConstraint } from '../constraints.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { primaryKey } from '../graph.ts';
import { schemaOf } from '../names.ts';
import { scanAll } from './add-column.ts';
import { isProvenNotNull } from './alter-column.ts';
import type { Command } from './subcommands.ts';
import { familyOf, hasRows, known, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** A foreign key lets readers through, every other constraint does not. */
export function constraintLock(command: Command): LockMode {
  return nodeOf(command)?.contype === 'CONSTR_FOREIGN' ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock';
}

const INHERITED = new Set(['CONSTR_CHECK', 'CONSTR_NOTNULL', 'CONSTR_PRIMARY']);

/** CHECK and NOT NULL are inherited; keys go to partitions only; a primary key makes its columns NOT NULL in inheritance children too. */
export function constraintRecurses(command: Command): boolean {
  const { contype, is_no_inherit: isAlone } = nodeOf(command) ?? {};
  if (isAlone) return holds(command.work, 'noInheritLocksChildren');
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_EXCLUSION')
    return command.isPartitioned && holds(command.work, 'keyLocksPartitionsWhole');
  return command.isPartitioned || INHERITED.has(contype ?? '');
}

export function addConstraint(command: Command): readonly RelationEffect[] {
  const node = nodeOf(command);
  const effect = node && KINDS[node.contype ?? ''];
  return effect === undefined || node === undefined ? [] : effect(command, node);
}

type Kind = (command: Command, node: ConstraintNode) => readonly RelationEffect[];

const KINDS: Readonly<Record<string, Kind>> = {
  CONSTR_CHECK: ({ work, table, family }, node) => {
    const checked = node.is_no_inherit ? [table] : family;
    return node.skip_validation ? [] : scanAll(work, checked, 'every row is checked against the constraint');
  },
  CONSTR_NOTNULL: ({ work, family }, node) =>
    node.skip_validation ? [] : nullScan(work, family, columnsOf(node)),
  CONSTR_UNIQUE: buildIndex,
  CONSTR_EXCLUSION: buildIndex,
  CONSTR_PRIMARY: (command, node) => [
    ...buildIndex(command, node),
    ...nullScan(command.work, command.family, keyColumns(command, node)),
  ],
  CONSTR_FOREIGN: foreignKey,
};

function buildIndex(
  { work, table, reach, isPartitioned }: Command,
  node: ConstraintNode,
): readonly RelationEffect[] {
  if (node.indexname) return [];
  const relation = known(work, table);
  const constraint = relation && readConstraint(work.catalog, relation, node);
  const name = node.conname ?? constraint?.name ?? 'its index';
  const builds = `${schemaOf(table)}.${name}`;
  return (isPartitioned ? reach : [table])
    .filter((member) => hasRows(work, member) && !takesOver(work, member, table, constraint))
    .map((member) =>
      touch(work, member, member === table ? 'AccessExclusiveLock' : 'ShareLock', 'its index is built', {
        builds,
      }),
    );
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
  { work, table, family, isPartitioned }: Command,
  node: ConstraintNode,
): readonly RelationEffect[] {
  const relation = known(work, table);
  const constraint = relation && readConstraint(work.catalog, relation, node);
  const parent = constraint?.references;
  const referenced = parent ?? `${node.pktable?.schemaname ?? 'public'}.${node.pktable?.relname}`;
  const parents = familyOf(work, referenced).map((name) =>
    touch(work, name, 'ShareRowExclusiveLock', `a foreign key of ${table} will refer to it`),
  );
  const reached = node.skip_validation ? [] : isPartitioned ? family : [table];
  const checked = reached.filter((member) => !takesOver(work, member, table, constraint));
  return [...parents, ...scanAll(work, checked, 'every row is checked against the foreign key').map(weaken)];
}

/** A partitioned table takes over the like constraints of its partitions as they are (tryAttachPartitionForeignKey; DefineIndex for keys). */
function takesOver(work: Work, member: string, table: string, wanted: Constraint | undefined): boolean {
  if (member === table || wanted === undefined) return false;
  return (known(work, member)?.constraints ?? []).some(
    (own) =>
      own.kind === wanted.kind &&
      own.validated &&
      own.columns.join() === wanted.columns.join() &&
      own.references === wanted.references &&
      referencedOf(work, own) === referencedOf(work, wanted),
  );
}

function referencedOf(work: Work, { references, referencedColumns }: Constraint): string {
  return (referencedColumns ?? primaryKey(known(work, references ?? ''))).join();
}

/** The scan itself needs no more than the constraint's own lock. */
function weaken(effect: RelationEffect): RelationEffect {
  return { ...effect, lock: 'ShareRowExclusiveLock' };
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
