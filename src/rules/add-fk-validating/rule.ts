import { addsCheckedReference } from '../../sql/effects/add-column.ts';
import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { type AlterCommand, alterCommands } from '../alter-commands.ts';
import {
  type AddedConstraint,
  addedConstraints,
  named,
  newConstraints,
  validation,
  withoutValidation,
} from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return [
    ...addedConstraints(statement, context.catalog).flatMap((added) => onTable(statement, added, context)),
    ...alterCommands(statement, context.catalog).flatMap((part) => onColumn(part, context)),
  ];
}

function onTable(statement: Statement, added: AddedConstraint, context: RuleContext): readonly Complaint[] {
  const { table, node, constraint, part, onNewTable } = added;
  const locked = lockedDuringScan(part, context);
  if (constraint.kind !== 'foreign key' || onNewTable || locked.length === 0) return [];
  const name = named(node, 'the foreign key');
  const refused = refusesNotValid(table, context);
  return [
    {
      relation: table,
      part: constraint.name,
      message: message(name, constraint.references, locked),
      help: refused
        ? ON_PARTITIONED
        : `Add ${name} with ${code('NOT VALID')}, then run ${code(validation(added))} in a transaction of its own.`,
      fix: refused ? [] : withoutValidation(statement, added),
    },
  ];
}

/** ADD COLUMN … DEFAULT … REFERENCES: without a default every row starts as null, and nothing is checked. */
function onColumn(part: AlterCommand, context: RuleContext): readonly Complaint[] {
  const { command, alone, table, schema } = part;
  const { def } = command;
  if (command.subtype !== 'AT_AddColumn' || !def || !('ColumnDef' in def)) return [];
  const locked = lockedDuringScan(part, context);
  if (!addsCheckedReference(def.ColumnDef) || schema.relations.get(table)?.isNew || locked.length === 0)
    return [];
  const keys = newConstraints(alone, schema).filter(({ constraint }) => constraint.kind === 'foreign key');
  return keys.map(({ node, constraint }) => ({
    relation: table,
    message: message(named(node, 'the foreign key'), constraint.references, locked),
    help: `Add the column first, then ${named(node, 'the foreign key')} with ${code('NOT VALID')}, and validate it in a transaction of its own.`,
  }));
}

function message(name: string, parent: string | undefined, locked: readonly string[]): string {
  return `While ${name} to ${code(parent ?? 'another table')} is checked row by row, nobody can write to ${listed(locked)}.`;
}

/** What writers wait for when rows are read; nothing when none are. */
function lockedDuringScan(part: AlterCommand, { catalog, version }: RuleContext): readonly string[] {
  const found = effects(part.alone, part.schema, version);
  if (!onExisting(found, catalog).some(({ scan }) => scan)) return [];
  return onExisting(found, catalog)
    .filter(({ lock }) => lock === 'ShareRowExclusiveLock' || lock === 'AccessExclusiveLock')
    .map(({ relation }) => relation);
}

/** Postgres before 18 answers "cannot add NOT VALID foreign key on partitioned table" (release notes of 18, E.1.3.4). */
function refusesNotValid(table: string, { catalog, version }: RuleContext): boolean {
  return version < 18 && catalog.relations.get(table)?.kind === 'partitioned table';
}

const ON_PARTITIONED = `Add it to each partition with ${code('NOT VALID')} and validate it there, each in a transaction of its own, then add it to the whole table, which takes those over; Postgres before 18 refuses ${code('NOT VALID')} on the partitioned table itself.`;

export const rule: Rule = {
  slug: 'add-fk-validating',
  section: 'constraints',
  title: 'ADD FOREIGN KEY without NOT VALID blocks writes on both tables',
  condition: 'A foreign key is added to an existing table without `NOT VALID`.',
  effect: 'Nobody can write to either table while every row is checked.',
  workaround: 'Add it `NOT VALID`, then validate it in a transaction of its own.',
  severity: 'error',
  over: ['multiple-fks-one-transaction'],
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
