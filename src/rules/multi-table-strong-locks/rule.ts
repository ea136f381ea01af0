import { firstOf } from '../../first-of.ts';
import type { Catalog } from '../../sql/catalog.ts';
import { foreignKeysOf } from '../../sql/graph.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Held } from '../context.ts';
import { first, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked } from '../strong-locks.ts';
import { code } from '../words.ts';

const isFirst = first<Statement>();

/** Once a transaction, at the statement that takes the second table. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { transaction } = context.session;
  if (!transaction || transaction.strong.size === 0 || !standsInFile(statement, context)) return [];
  const pair = secondTable(statement, context, transaction.strong);
  if (pair === undefined || !isFirst(transaction, statement)) return [];
  const [table, held, { by }] = pair;
  return [
    {
      relation: table,
      message: `While this waits for ${code(table)}, ${code(held)} stays locked since line ${by.place.line}; a session that uses both in the other order makes a deadlock.`,
      help: `Put the statements about ${code(table)} into a migration of its own.`,
    },
  ];
}

type Pair = readonly [table: string, held: string, Held];

function secondTable(
  statement: Statement,
  context: RuleContext,
  strong: ReadonlyMap<string, Held>,
): Pair | undefined {
  const taken = stronglyLocked(context).map(({ relation }) => relation);
  // More are not compared: a transaction with so many locks has been told by then.
  const held = firstOf(strong, ENOUGH).filter(([table, { by }]) => !isDropped(table, by, context.catalog));
  for (const table of taken) {
    if (strong.has(table) || isGoing(statement, table, context)) continue;
    const other = held.find(([name]) => !taken.includes(name) && !areTied(table, name, context.catalog));
    if (other !== undefined) return [table, ...other];
  }
  return undefined;
}

const ENOUGH = 20;

/** Nobody should use a table any more that is being dropped. */
function isGoing({ kind }: Statement, table: string, { effects }: RuleContext): boolean {
  return (
    kind === 'DropStmt' && effects.relations.some(({ relation, dataLoss }) => relation === table && dataLoss)
  );
}

function isDropped(table: string, { kind }: Statement, { relations }: Catalog): boolean {
  return kind === 'DropStmt' && !relations.has(table);
}

/** Two sides of a foreign key, or of a partitioned table: a statement about one often has to lock both. */
function areTied(one: string, other: string, { relations }: Catalog): boolean {
  const [a, b] = [relations.get(one), relations.get(other)];
  const pointsAt = (from: typeof a, to: string): boolean =>
    foreignKeysOf(from).some(({ references }) => references === to) || from?.parents.includes(to) === true;
  const sameParent = a?.parents.some((parent) => b?.parents.includes(parent)) === true;
  return pointsAt(a, other) || pointsAt(b, one) || sameParent;
}

export const rule: Rule = {
  slug: 'multi-table-strong-locks',
  section: 'transactions',
  title: 'One transaction closes several tables',
  condition: 'Separate statements of a transaction take strong locks on two existing tables.',
  effect:
    'The first stays closed while the second is waited for; sessions that use both may end in a deadlock.',
  workaround: 'One table a migration.',
  severity: 'notice',
  beneath: 'file',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
