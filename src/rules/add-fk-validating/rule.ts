import type { Constraint } from '@pgsql/types';
import { effects } from '../../sql/effects.ts';
import { identifierText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { type AlterCommand, alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const parts = alterCommands(statement, context.catalog);
  return parts.flatMap((part) => {
    const key = foreignKey(part);
    if (!key || context.catalog.relations.get(part.table)?.isNew) return [];
    const found = effects(part.alone, context.catalog, context.version);
    if (!found.relations.some(({ scan }) => scan)) return [];
    const locked = onExisting(found, context.catalog)
      .filter(({ lock }) => lock === 'ShareRowExclusiveLock' || lock === 'AccessExclusiveLock')
      .map(({ relation }) => relation);
    const parent = relationName(context.catalog, key.pktable);
    if (refusesNotValid(part.table, context))
      return [{ ...complaint(part, key, parent, locked, []), help: ON_PARTITIONED }];
    return [complaint(part, key, parent, locked, parts.length === 1 ? notValid(statement, part) : [])];
  });
}

/** Postgres before 18 answers "cannot add NOT VALID foreign key on partitioned table" (release notes of 18, E.1.3.4). */
function refusesNotValid(table: string, { catalog, version }: RuleContext): boolean {
  return version < 18 && catalog.relations.get(table)?.kind === 'partitioned table';
}

const ON_PARTITIONED = `Add it to each partition with ${code('NOT VALID')} and validate it there, each in a transaction of its own, then add it to the whole table, which takes those over; Postgres before 18 refuses ${code('NOT VALID')} on the partitioned table itself.`;

/** ADD CONSTRAINT … FOREIGN KEY, or the REFERENCES of a new column. */
function foreignKey({ command: { subtype, def } }: AlterCommand): Constraint | undefined {
  if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) {
    return def.Constraint.contype === 'CONSTR_FOREIGN' ? def.Constraint : undefined;
  }
  if (subtype !== 'AT_AddColumn' || !def || !('ColumnDef' in def)) return undefined;
  const found = def.ColumnDef.constraints?.find(
    (node) => 'Constraint' in node && node.Constraint.contype === 'CONSTR_FOREIGN',
  );
  return found && 'Constraint' in found ? found.Constraint : undefined;
}

function complaint(
  { table, command }: AlterCommand,
  key: Constraint,
  parent: string,
  locked: readonly string[],
  fix: readonly TextEdit[],
): Complaint {
  const name = key.conname === undefined ? 'the foreign key' : code(key.conname);
  const alone =
    command.subtype === 'AT_AddColumn' ? 'Add the column first, then the foreign key' : `Add ${name}`;
  const validated =
    key.conname === undefined
      ? 'validate it'
      : `${code(`VALIDATE CONSTRAINT ${identifierText(key.conname)}`)}`;
  return {
    relation: table,
    message: `While ${name} to ${code(parent)} is checked row by row, nobody can write to ${listed(locked)}.`,
    help: `${alone} with ${code('NOT VALID')}, and ${validated} in a transaction of its own.`,
    fix,
  };
}

function notValid({ place }: Statement, { command }: AlterCommand): readonly TextEdit[] {
  if (command.subtype !== 'AT_AddConstraint') return [];
  return [{ startByte: place.endByte, endByte: place.endByte, text: ' NOT VALID' }];
}

export const rule: Rule = {
  slug: 'add-fk-validating',
  section: 'constraints',
  title: 'ADD FOREIGN KEY without NOT VALID blocks writes on both tables',
  condition: 'A foreign key is added to an existing table without `NOT VALID`.',
  effect: 'Nobody can write to either table while every row is checked.',
  workaround: 'Add it `NOT VALID`, then validate it in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: true, builds: false },
  check,
};
