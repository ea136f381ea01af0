import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { type AlterCommand, alterCommands } from '../alter-commands.ts';
import { listed, onExisting } from '../in-use.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap((part) => {
    const column = notNullColumn(part);
    if (column === undefined) return [];
    const found = effects(part.alone, context.catalog, context.version);
    const scanned = onExisting(found, context.catalog).filter(({ scan }) => scan);
    if (scanned.length === 0) return [];
    return [
      complaint(
        part.table,
        column,
        scanned.map(({ relation }) => relation),
        context.version,
      ),
    ];
  });
}

/** `SET NOT NULL`, or its constraint form of Postgres 18 without NOT VALID. */
function notNullColumn({ command }: AlterCommand): string | undefined {
  if (command.subtype === 'AT_SetNotNull') return command.name;
  const { def } = command;
  if (command.subtype !== 'AT_AddConstraint' || !def || !('Constraint' in def)) return undefined;
  const { contype, skip_validation: unchecked, keys } = def.Constraint;
  if (contype !== 'CONSTR_NOTNULL' || unchecked) return undefined;
  const [key] = keys ?? [];
  return key && 'String' in key ? key.String.sval : undefined;
}

function complaint(
  table: string,
  column: string,
  scanned: readonly string[],
  version: RuleContext['version'],
): Complaint {
  return {
    relation: table,
    message: `To make ${column} NOT NULL, every row of ${listed(scanned)} is read while nobody else can read or write it.`,
    help:
      version >= 18
        ? `ALTER TABLE ${table} ADD CONSTRAINT ${column}_not_null NOT NULL ${column} NOT VALID, then VALIDATE CONSTRAINT ${column}_not_null in a transaction of its own.`
        : `ALTER TABLE ${table} ADD CONSTRAINT ${column}_not_null CHECK (${column} IS NOT NULL) NOT VALID, VALIDATE it in a transaction of its own, then SET NOT NULL and drop the constraint.`,
  };
}

export const rule: Rule = {
  slug: 'set-not-null-scan',
  title: 'SET NOT NULL reads the whole table under its strongest lock',
  condition: '`SET NOT NULL` on an existing column that no valid constraint proves to be filled.',
  effect: 'Nobody can read or write the table while every row is checked.',
  workaround: 'Prove it first with a `CHECK … NOT VALID` that is validated in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  check,
};
