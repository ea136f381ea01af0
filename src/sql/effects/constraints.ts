import type { Constraint } from '../catalog.ts';
import type { RelationEffect } from '../effect.ts';
import { foreignKeysTo, partsOfIndex, primaryKey } from '../graph.ts';
import { scanAll } from './add-column.ts';
import { lockChildren } from './alter-column.ts';
import { checkForeignKey, referenced, referencedTables } from './foreign-keys.ts';
import type { Command } from './subcommands.ts';
import { known, touch, type Work } from './touch.ts';

const LOCK = 'AccessExclusiveLock';

/** A constraint that children have too. */
function isInherited({ kind, noInherit }: Constraint): boolean {
  return (kind === 'check' || kind === 'not null') && noInherit !== true;
}

/** DROP CONSTRAINT and RENAME CONSTRAINT: partitions have every constraint of their parent, other children CHECK and NOT NULL. */
export function dropConstraintRecurses(command: Command): boolean {
  const constraint = constraintOf(command);
  return constraint === undefined || command.isPartitioned || isInherited(constraint);
}

/** Dropping a foreign key removes triggers from the referenced table too; dropping a key drops its index, and with CASCADE the foreign keys that need it. */
export function dropConstraint(command: Command): readonly RelationEffect[] {
  const { work, table } = command;
  const constraint = constraintOf(command);
  if (constraint === undefined) return [];
  const parents = constraint.references === undefined ? [] : referencedTables(work, constraint.references);
  const isCascade = command.command.behavior === 'DROP_CASCADE';
  const children = constraint.index !== undefined && isCascade ? needing(work, table, constraint) : [];
  return [
    ...(command.reach.length === 1 && isInherited(constraint) ? lockChildren(command) : []),
    ...parents.map((name) => touch(work, name, LOCK, `the foreign key of ${table} is dropped`)),
    ...indexesBehind(work, constraint).map((name) =>
      touch(work, name, LOCK, 'it is dropped with the constraint'),
    ),
    ...children.map((name) => touch(work, name, LOCK, 'CASCADE drops its foreign key')),
  ];
}

/** The index of a key, and those of the partitions that make it up. */
function indexesBehind({ catalog }: Work, { index }: Constraint): readonly string[] {
  if (index === undefined) return [];
  const all = new Set([index]);
  for (const name of all) for (const part of partsOfIndex(catalog, name)) all.add(part.name);
  return [...all];
}

function needing(work: Work, table: string, key: Constraint): readonly string[] {
  const primary = primaryKey(known(work, table));
  return foreignKeysTo(work.catalog, table)
    .filter(({ constraint }) => (constraint.referencedColumns ?? primary).join() === key.columns.join())
    .map((found) => found.table.name);
}

/** VALIDATE reads the table under a lock that lets readers and writers through; a valid constraint is left alone. */
export function validateConstraint(command: Command): readonly RelationEffect[] {
  const { work, table, family } = command;
  const constraint = constraintOf(command);
  if (constraint?.validated) return [];
  const lock = 'ShareUpdateExclusiveLock';
  const { references } = constraint ?? {};
  if (references === undefined)
    return scanAll(work, family, 'every row is checked').map((effect) => ({ ...effect, lock }) as const);
  const tables = command.isPartitioned ? family : [table];
  return [
    ...checkForeignKey(work, { tables, references, lock }),
    touch(work, references, 'RowShareLock', 'referenced rows are looked for'),
  ];
}

/** ENFORCED makes a foreign key's triggers and checks it, NOT ENFORCED takes the triggers away (18); NO INHERIT leaves the children theirs. */
export function alterConstraint(command: Command): readonly RelationEffect[] {
  const { work, table, family } = command;
  const { def } = command.command;
  const constraint = constraintOf(command);
  if (def === undefined || !('ATAlterConstraint' in def) || constraint === undefined) return [];
  const { alterEnforceability, alterInheritability, is_enforced: enforced } = def.ATAlterConstraint;
  if (alterInheritability) return lockChildren(command);
  const { references } = constraint;
  if (
    !alterEnforceability ||
    references === undefined ||
    (constraint.enforced !== false) === (enforced === true)
  )
    return [];
  if (!enforced)
    return referencedTables(work, references).map((name) =>
      touch(work, name, LOCK, `the foreign key of ${table} loses its triggers on it`),
    );
  const tables = command.isPartitioned ? family : [table];
  return [
    ...referenced(work, table, references),
    ...checkForeignKey(work, { tables, references, lock: LOCK }),
  ];
}

function constraintOf({ work, table, command }: Command): Constraint | undefined {
  const { def } = command;
  const name = def && 'ATAlterConstraint' in def ? def.ATAlterConstraint.conname : command.name;
  return known(work, table)?.constraints.find((found) => found.name === name);
}
