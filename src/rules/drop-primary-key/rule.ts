import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  return alterCommands(statement, catalog).flatMap(({ command, table }) => {
    const relation = catalog.relations.get(table);
    const key = relation?.constraints.find(({ name }) => name === command.name);
    if (command.subtype !== 'AT_DropConstraint' || key?.kind !== 'primary key' || relation?.isNew) return [];
    if (getsAnother(statement, context, table)) return [];
    return [
      {
        relation: table,
        part: key.name,
        message: `Without its primary key ${code(table)} has no replica identity (where it is published, every UPDATE and DELETE fails), and nothing keeps two rows from having the same ${key.columns.map(code).join(', ')}.`,
        help: `Add the new key in the same transaction with ${code('PRIMARY KEY USING INDEX')}, on a unique index that was built ${code('CONCURRENTLY')} before.`,
      },
    ];
  });
}

/** In this statement, or in one that follows in its transaction. */
function getsAnother(
  statement: Statement,
  { catalog, file, inTransaction }: RuleContext,
  table: string,
): boolean {
  const others = inTransaction ? file.statements.slice(file.index + 1) : [];
  const end = others.findIndex(({ kind }) => kind === 'TransactionStmt');
  return [statement, ...others.slice(0, end < 0 ? undefined : end)].some((one) =>
    addedConstraints(one, catalog).some(
      ({ table: on, constraint }) => on === table && constraint.kind === 'primary key',
    ),
  );
}

export const rule: Rule = {
  slug: 'drop-primary-key',
  section: 'constraints',
  title: 'A table without its primary key cannot be replicated or referred to',
  condition: 'The primary key of an existing table is dropped, and none takes its place in the transaction.',
  effect: 'Logical replication of updates and deletes fails, and rows can come twice.',
  workaround: 'Swap keys in one transaction, with an index that was built before.',
  severity: 'warning',
  over: ['drop-constraint'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
