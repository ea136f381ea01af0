import type { Constraint } from '../../sql/catalog.ts';
import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { columnsText } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone, schema }) => {
    if (command.subtype !== 'AT_AlterConstraint') return [];
    const name =
      command.def && 'ATAlterConstraint' in command.def ? command.def.ATAlterConstraint.conname : '';
    const found = onExisting(effects(alone, schema, context.version), context.catalog);
    const scanned = found.filter(({ scan }) => scan).map(({ relation }) => relation);
    const constraint = schema.relations.get(table)?.constraints.find((one) => one.name === name);
    if (constraint === undefined || scanned.length === 0) return [];
    return [
      {
        relation: table,
        part: constraint.name,
        message: `While ${code(constraint.name)} is checked on every row, nobody can read or write ${listed(scanned)}, nor write to ${code(constraint.references ?? '')}.`,
        help: `Run ${code(again(table, constraint))} with the actions that the key has now, then ${code(`ALTER TABLE ${qualifiedText(table)} VALIDATE CONSTRAINT ${identifierText(constraint.name)}`)} in a transaction of its own.`,
      },
    ];
  });
}

function again(
  table: string,
  { name, columns, references = '', referencedColumns = [] }: Constraint,
): string {
  const target = referencedColumns.length > 0 ? ` (${columnsText(referencedColumns)})` : '';
  const key = `FOREIGN KEY (${columnsText(columns)}) REFERENCES ${qualifiedText(references)}${target} NOT VALID`;
  return `ALTER TABLE ${qualifiedText(table)} DROP CONSTRAINT ${identifierText(name)}, ADD CONSTRAINT ${identifierText(name)} ${key}`;
}

export const rule: Rule = {
  slug: 'alter-constraint-enforced',
  section: 'constraints',
  title: 'ALTER CONSTRAINT … ENFORCED reads the table under its strongest lock',
  condition: 'A foreign key of an existing table is altered to `ENFORCED`.',
  effect: 'Nobody can read or write the table, nor write to the referenced one, while every row is checked.',
  workaround:
    'Drop it and add it again with `NOT VALID` in one statement, then validate it in a transaction of its own.',
  severity: 'error',
  over: ['alter-constraint'],
  since: 18,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
