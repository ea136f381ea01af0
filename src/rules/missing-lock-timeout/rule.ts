import type { Statement } from '../../sql/statement.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked, waitsForEver } from '../strong-locks.ts';
import { code } from '../words.ts';

const isFirst = first<Statement>();

/** Once a file: one SET at its top is all that is missing. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (context.session.settings.has('lock_timeout') || !waitsForEver(context)) return [];
  const [locked] = stronglyLocked(context);
  if (locked === undefined || !isFirst(context.file.statements, statement)) return [];
  const set = `${context.inTransaction ? 'SET LOCAL' : 'SET'} lock_timeout = '2s'`;
  return [
    {
      relation: locked.relation,
      message: `If one long query holds ${code(locked.relation)}, this waits for it without end, and everybody who comes later queues behind.`,
      help: `Write ${code(set)} before it, and try again when it gives up.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'missing-lock-timeout',
  section: 'transactions',
  title: 'A strong lock is waited for without end',
  condition:
    'A statement takes a lock that keeps writers or readers of an existing table out, and no `lock_timeout` is set.',
  effect: 'Behind one long query the migration waits, and all later queries of the table queue behind it.',
  workaround: 'Set a `lock_timeout` of a few seconds, and try again.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
