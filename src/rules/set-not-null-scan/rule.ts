import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type AlterCommand, alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap((part) => {
    const column = notNullColumn(part);
    if (column === undefined) return [];
    const found = effects(part.alone, part.schema, context.version);
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
    message: `To make ${code(column)} NOT NULL, every row of ${listed(scanned)} is read while nobody else can read or write it.`,
    help: version >= 18 ? notNullFirst(table, column) : checkFirst(table, column),
  };
}

/** NOT NULL constraints that are NOT VALID came with Postgres 18 (release notes, E.1). */
function notNullFirst(table: string, column: string): string {
  const name = identifierText(`${column}_not_null`);
  const add = `ALTER TABLE ${qualifiedText(table)} ADD CONSTRAINT ${name} NOT NULL ${identifierText(column)} NOT VALID`;
  return `Write ${code(add)}, then ${code(`VALIDATE CONSTRAINT ${name}`)} in a transaction of its own.`;
}

function checkFirst(table: string, column: string): string {
  const check = `CHECK (${identifierText(column)} IS NOT NULL) NOT VALID`;
  const add = `ALTER TABLE ${qualifiedText(table)} ADD CONSTRAINT ${identifierText(`${column}_not_null`)} ${check}`;
  return `Write ${code(add)}, ${code('VALIDATE')} it in a transaction of its own, then ${code('SET NOT NULL')} and drop the constraint.`;
}

export const rule: Rule = {
  slug: 'set-not-null-scan',
  section: 'columns',
  title: 'SET NOT NULL reads the whole table under its strongest lock',
  condition: '`SET NOT NULL` on an existing column that no valid constraint proves to be filled.',
  effect: 'Nobody can read or write the table while every row is checked.',
  workaround: 'Prove it first with a `CHECK … NOT VALID` that is validated in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  check,
};
