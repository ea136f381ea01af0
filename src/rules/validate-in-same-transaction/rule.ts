import type { LockMode } from '../../sql/effect.ts';
import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { earlierInTransaction } from '../earlier.ts';
import { type AddedConstraint, addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone, schema }) => {
    const name = command.name ?? '';
    if (command.subtype !== 'AT_ValidateConstraint') return [];
    const found = onExisting(effects(alone, schema, context.version), context.catalog);
    const scanned = found.filter(({ scan }) => scan).map(({ relation }) => relation);
    const added = scanned.length === 0 ? undefined : addedHere(statement, context, table, name);
    if (added === undefined) return [];
    const parent = added.constraint.references;
    const isKey = added.constraint.kind === 'foreign key';
    const isOld = parent !== undefined && context.catalog.relations.get(parent)?.isNew !== true;
    const waiting = isOld ? [...new Set([...scanned, parent])] : scanned;
    const lock: LockMode = isKey ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock';
    return [
      {
        relation: table,
        part: name,
        message: `The ${code(lock)} of adding ${code(name)} lasts while every row is checked, so nobody can ${isKey ? 'write to' : 'read or write'} ${listed(waiting)}.`,
        help: `Move ${code(`ALTER TABLE ${qualifiedText(table)} VALIDATE CONSTRAINT ${identifierText(name)}`)} into a migration of its own, after this transaction has ended.`,
      },
    ];
  });
}

/** The constraint as an earlier statement of the transaction, or this one, adds it. */
function addedHere(
  statement: Statement,
  context: RuleContext,
  table: string,
  name: string,
): AddedConstraint | undefined {
  const known = context.catalog.relations.get(table)?.constraints.find((one) => one.name === name);
  const isIt = ({ table: on, node, constraint }: AddedConstraint): boolean => {
    if (on !== table || !node.skip_validation) return false;
    if (node.conname) return node.conname === name;
    // Without a name of its own: what the table has now under the name that Postgres chose.
    return constraint.kind === known?.kind && constraint.columns.join() === known.columns.join();
  };
  for (const one of [...earlierInTransaction(statement, context), statement].toReversed()) {
    const found = addedConstraints(one, context.catalog).find(isIt);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const rule: Rule = {
  slug: 'validate-in-same-transaction',
  section: 'constraints',
  title: 'VALIDATE in the transaction that added the constraint reads the table under the first lock',
  condition: 'A constraint is added `NOT VALID` and validated in one transaction.',
  effect: 'The lock of the first statement is held while every row is checked: `NOT VALID` gained nothing.',
  workaround: 'Validate in a transaction of its own, such as the next migration.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
