import type { Statement } from '../../sql/statement.ts';
import type { Setting } from '../context.ts';
import { milliseconds } from '../duration.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { limit, stronglyLocked } from '../strong-locks.ts';
import { code } from '../words.ts';

/** Longer than any application waits for an answer. */
const LONG = 60_000;

const isFirst = first<Statement>();

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const setting = context.session.settings.get('lock_timeout');
  const late = setting === undefined ? tooLate(statement, context) : undefined;
  if (late !== undefined) return [late];
  const time = limit(setting);
  if (setting === undefined || time === undefined || (time > 0 && time <= LONG)) return [];
  const [locked] = stronglyLocked(context);
  // Once for each time that it is set.
  if (locked === undefined || !isFirst(setting.by, statement)) return [];
  return [
    {
      relation: locked.relation,
      message: `With the lock_timeout of line ${setting.by.place.line}${told(setting, time)}, this may wait behind one long query while everybody who comes later to ${code(locked.relation)} queues behind it.`,
      help: `Set a few seconds instead: ${code(`SET ${setting.local ? 'LOCAL ' : ''}lock_timeout = '2s'`)}.`,
    },
  ];
}

function told({ value }: Setting, time: number): string {
  return time === 0 ? ', which is none' : `, ${code(value)}`;
}

/** A lock_timeout that is set when the lock has been waited for already. */
function tooLate({ node }: Statement, { session }: RuleContext): Complaint | undefined {
  if (!('VariableSetStmt' in node) || node.VariableSetStmt.name?.toLowerCase() !== 'lock_timeout')
    return undefined;
  const [value] = node.VariableSetStmt.args ?? [];
  if (!value || !('A_Const' in value)) return undefined;
  const { ival, sval } = value.A_Const;
  const [taken] = session.transaction?.strong ?? [];
  if (taken === undefined || !milliseconds(sval?.sval ?? String(ival?.ival ?? 0))) return undefined;
  const [table, { by }] = taken;
  return {
    relation: table,
    message: `This lock_timeout comes too late: the lock on ${code(table)} was waited for in line ${by.place.line}, without end.`,
    help: `Set it before line ${by.place.line}.`,
  };
}

export const rule: Rule = {
  slug: 'lock-timeout-zero-or-long',
  section: 'transactions',
  title: 'A lock_timeout that does not help',
  condition:
    'A strong lock on an existing table is taken under a `lock_timeout` of 0 or above a minute, or before one is set.',
  effect: 'The migration waits behind one long query, and all later queries of the table queue behind it.',
  workaround: 'Set a few seconds, before the first statement that locks.',
  severity: 'warning',
  over: ['missing-lock-timeout', 'hot-table-without-lock-timeout'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
