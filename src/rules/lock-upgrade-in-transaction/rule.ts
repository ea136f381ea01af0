import { type LockMode, lockStrength } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Held } from '../context.ts';
import { reaches } from '../data-changes.ts';
import { first, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked } from '../strong-locks.ts';
import { code } from '../words.ts';

const isFirst = first<Statement>();

/** Once a table and transaction: at the first step up. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { transaction } = context.session;
  if (!transaction || !standsInFile(statement, context)) return [];
  return stronglyLocked(context).flatMap(({ relation, lock }) => {
    const held = transaction.held.get(relation);
    if (held === undefined || !isStronger(lock, held.mode) || !keepsWaiting(held, relation, context))
      return [];
    return isFirst(transaction, statement, relation) ? [complaint(relation, lock, held)] : [];
  });
}

function isStronger(lock: LockMode, held: LockMode): boolean {
  return lockStrength(lock) > lockStrength(held);
}

/**
 * Whether others may be waiting for what is held while they hold the table themselves: writers for a lock that keeps
 * them out after they have read, or for rows that a change of many has locked.
 */
function keepsWaiting({ mode, by }: Held, relation: string, { catalog }: RuleContext): boolean {
  if (lockStrength(mode) >= lockStrength('ShareLock')) return true;
  return reaches(by, catalog).some(
    ({ change, reach }) => change.kind !== 'insert' && change.table === relation && reach !== 'few',
  );
}

function complaint(relation: string, lock: LockMode, { mode, by }: Held): Complaint {
  const waits =
    mode === 'RowExclusiveLock'
      ? `Whoever waits for a row of ${code(relation)} that line ${by.place.line} changed`
      : `Whoever has read ${code(relation)} and waits to write to it since line ${by.place.line} took its ${mode}`;
  return {
    relation,
    message: `${waits} holds a lock that the ${lock} here waits for: a deadlock, in which one of the two is ended.`,
    help: `Put this statement about ${code(relation)} into a transaction of its own.`,
  };
}

export const rule: Rule = {
  slug: 'lock-upgrade-in-transaction',
  section: 'transactions',
  title: 'A weaker lock is held while a stronger one is waited for',
  condition:
    'A transaction locks an existing table, or many of its rows, and then takes a stronger lock on it.',
  effect: 'Sessions that wait for the first lock hold what the second waits for: a deadlock.',
  workaround: 'Two transactions.',
  severity: 'warning',
  beneath: 'file',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
