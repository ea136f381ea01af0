import { blockedBy } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked } from '../strong-locks.ts';
import { code, listed } from '../words.ts';

function check({ kind }: Statement, context: RuleContext): readonly Complaint[] {
  const locked = kind === 'LockStmt' ? stronglyLocked(context) : [];
  const [strongest] = locked;
  if (strongest === undefined) return [];
  const tables = locked.map(({ relation }) => relation);
  const who = blockedBy(strongest.lock).reads ? 'read or write' : 'write to';
  return [
    {
      relation: tables.length === 1 ? tables[0] : undefined,
      message: `Nobody can ${who} ${listed(tables)} from here to the end of the transaction.`,
      help: `Leave the lock to the statements that need it, or take one that lets writers through (${code('IN SHARE UPDATE EXCLUSIVE MODE')}) to keep other migrations out.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'explicit-lock-table',
  section: 'transactions',
  title: 'LOCK TABLE keeps others out until the end',
  condition: '`LOCK TABLE` on an existing table in a mode that keeps writers or readers out.',
  effect: 'They wait from there to the end of the transaction.',
  workaround: 'Leave the lock to the statement that needs it.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['LockStmt'],
  check,
};
