import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { type AlterCommand, alterCommands } from '../alter-commands.ts';
import { memory, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isInUse } from '../table-size.ts';
import { code } from '../words.ts';

/** For each table the first ALTER TABLE of the transaction that went through its rows. */
const passes = memory(() => new Map<string, Statement>());

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { transaction } = context.session;
  if (!transaction || !('AlterTableStmt' in statement.node) || !standsInFile(statement, context)) return [];
  const [part] = alterCommands(statement, context.catalog);
  if (!part || !isInUse(context.catalog, part.table) || !goesThrough(statement, context)) return [];
  const before = passes(transaction).get(part.table);
  if (before === undefined) passes(transaction).set(part.table, statement);
  if (before === undefined || before === statement) return [];
  return [
    {
      relation: part.table,
      message: `${code(part.table)} is gone through a second time, after line ${before.place.line}, under the locks of both.`,
      help: `Write both as one ALTER TABLE with a comma between them, which goes through the rows once.`,
    },
  ];
}

/** Whether one of the subcommands reads or writes the table's rows in the one pass that all of them share (ATRewriteTables in tablecmds.c). */
function goesThrough(statement: Statement, { catalog, version }: RuleContext): boolean {
  return alterCommands(statement, catalog).some((part) => {
    if (isForeignKey(part)) return false;
    const { relations } = effects(part.alone, part.schema, version);
    return relations.some(({ relation, rewrite, scan }) => relation === part.table && (rewrite || scan));
  });
}

/** Foreign keys are looked up by a query for each. */
function isForeignKey({ command, table, schema }: AlterCommand): boolean {
  const { def, name, subtype } = command;
  if (def && 'Constraint' in def) return def.Constraint.contype === 'CONSTR_FOREIGN';
  const constraints = schema.relations.get(table)?.constraints ?? [];
  return (
    subtype === 'AT_ValidateConstraint' &&
    constraints.some((one) => one.name === name && one.kind === 'foreign key')
  );
}

export const rule: Rule = {
  slug: 'combine-alter-table',
  section: 'transactions',
  title: 'Two ALTER TABLE go through the same rows twice',
  condition: 'Two statements of a transaction each rewrite or read the same existing table.',
  effect: 'The work is done twice, and the locks are held for twice as long.',
  workaround: 'One `ALTER TABLE` with several subcommands goes through the rows once.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'ShareUpdateExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
