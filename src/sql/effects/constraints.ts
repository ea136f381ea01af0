import type { Constraint } from '../catalog.ts';
import type { RelationEffect } from '../effect.ts';
import { foreignKeysTo, indexesOf, primaryKey } from '../graph.ts';
import { bareName } from '../names.ts';
import { scanAll } from './add-column.ts';
import type { Command } from './subcommands.ts';
import { familyOf, known, touch } from './touch.ts';

/** Dropping a foreign key removes triggers from the referenced table too; dropping a key drops its index, and with CASCADE the foreign keys that need it. */
export function dropConstraint({ work, table, command, family }: Command): readonly RelationEffect[] {
  const constraint = known(work, table)?.constraints.find(({ name }) => name === command.name);
  if (constraint === undefined) return [];
  const lock = 'AccessExclusiveLock';
  const parents = constraint.references === undefined ? [] : familyOf(work, constraint.references);
  const indexes = family
    .flatMap((member) => indexesOf(work.catalog, member))
    .filter(({ name }) => bareName(name) === constraint.name)
    .map(({ name }) => touch(work, name, lock, 'it is dropped with the constraint'));
  const isKey = constraint.kind === 'primary key' || constraint.kind === 'unique';
  const children = isKey && command.behavior === 'DROP_CASCADE' ? needing(work, table, constraint) : [];
  return [
    ...parents.map((name) => touch(work, name, lock, `the foreign key of ${table} is dropped`)),
    ...indexes,
    ...children.map((name) => touch(work, name, lock, 'CASCADE drops its foreign key')),
  ];
}

function needing(work: Command['work'], table: string, key: Constraint): readonly string[] {
  const primary = primaryKey(known(work, table));
  return foreignKeysTo(work.catalog, table)
    .filter(({ constraint }) => (constraint.referencedColumns ?? primary).join() === key.columns.join())
    .map((found) => found.table.name);
}

/**
 * ENFORCED (18) makes a foreign key's triggers on both tables and checks every row; NOT ENFORCED drops the triggers
 * (ATExecAlterConstrEnforceability). A catalog that does not say which of the two it is now counts as the other one.
 */
export function alterConstraint({
  work,
  table,
  command,
  reach,
  isPartitioned,
}: Command): readonly RelationEffect[] {
  const change =
    command.def && 'ATAlterConstraint' in command.def ? command.def.ATAlterConstraint : undefined;
  const constraint = known(work, table)?.constraints.find(({ name }) => name === change?.conname);
  const parent = constraint?.references;
  if (!change?.alterEnforceability || parent === undefined) return [];
  const enforced = change.is_enforced === true;
  if (constraint?.enforced === enforced) return [];
  const lock = enforced ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock';
  const checked = enforced ? (isPartitioned ? reach : [table]) : [];
  return [
    ...familyOf(work, parent).map((name) => touch(work, name, lock, `a foreign key of ${table} is changed`)),
    ...scanAll(work, checked, 'every row is checked against the foreign key'),
  ];
}

/** VALIDATE reads the table under a lock that lets readers and writers through; a valid constraint is left alone. */
export function validateConstraint({ work, table, command, family }: Command): readonly RelationEffect[] {
  const constraint = known(work, table)?.constraints.find(({ name }) => name === command.name);
  if (constraint?.validated) return [];
  const lock = 'ShareUpdateExclusiveLock';
  const checked = constraint?.kind === 'foreign key' ? [table] : family;
  const scans = scanAll(work, checked, 'every row is checked').map(
    (effect) => ({ ...effect, lock }) as const,
  );
  const parent = constraint?.references;
  if (parent === undefined) return scans;
  return [...scans, touch(work, parent, 'RowShareLock', 'referenced rows are looked for')];
}
