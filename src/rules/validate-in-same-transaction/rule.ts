import { blockedBy, type LockMode } from '../../sql/effect.ts';
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
    if (scanned.length === 0) return [];
    const lasting = lockOfAdding(statement, context, table, name) ?? otherLock(scanned, context);
    if (lasting === undefined) return [];
    const { mode, of, also } = lasting;
    const barred = blockedBy(mode).reads ? 'read or write' : 'write to';
    return [
      {
        relation: table,
        part: name,
        message: `The ${code(mode)} of ${of} lasts while every row is checked, so nobody can ${barred} ${listed([...new Set([...scanned, ...also])])}.`,
        help: `Move ${code(`ALTER TABLE ${qualifiedText(table)} VALIDATE CONSTRAINT ${identifierText(name)}`)} into a migration of its own, after this transaction has ended.`,
      },
    ];
  });
}

/** The lock under which the rows are read; `of` says what took it, `also` whom else it keeps out. */
type Lasting = { readonly mode: LockMode; readonly of: string; readonly also: readonly string[] };

function lockOfAdding(
  statement: Statement,
  context: RuleContext,
  table: string,
  name: string,
): Lasting | undefined {
  const added = addedHere(statement, context, table, name);
  if (added === undefined) return undefined;
  const parent = added.constraint.references;
  const isOld = parent !== undefined && context.catalog.relations.get(parent)?.isNew !== true;
  const mode = added.constraint.kind === 'foreign key' ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock';
  return { mode, of: `adding ${code(name)}`, also: isOld ? [parent] : [] };
}

/** One that another part of the statement takes, or that an earlier statement of the transaction took. */
function otherLock(scanned: readonly string[], { effects: all, session }: RuleContext): Lasting | undefined {
  const own = all.relations.find(
    ({ relation, lock }) => scanned.includes(relation) && blockedBy(lock).writes,
  );
  if (own !== undefined) return { mode: own.lock, of: 'the rest of this statement', also: [] };
  const held = scanned.flatMap((table) => session.transaction?.strong.get(table) ?? [])[0];
  return held && { mode: held.mode, of: `line ${held.by.place.line}`, also: [] };
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
  title: 'VALIDATE reads the table under a stronger lock of its own transaction',
  condition:
    'A constraint is validated in the transaction that added it `NOT VALID`, or that locked its table against writers.',
  effect: 'That lock is held while every row is checked: `NOT VALID` gained nothing.',
  workaround: 'Validate in a transaction of its own, such as the next migration.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
