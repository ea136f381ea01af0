import type { Statement } from '../../sql/statement.ts';
import { givesUpWaiting } from '../lock-timeout.ts';
import { newConstraints } from '../new-constraints.ts';
import { referencedTogether } from '../referenced-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const isKey = newConstraints(statement, context.catalog).some(
    ({ constraint }) => constraint.kind === 'foreign key',
  );
  if (!isKey || givesUpWaiting(context)) return [];
  const { tables, second } = referencedTogether(statement, context);
  if (second !== context.file.index) return [];
  return [
    {
      relation: undefined,
      message: `This transaction adds foreign keys to ${listed(tables)}: writers of all of them wait at once until it ends, and while it waits for one table the others stay locked.`,
      help: `Run ${code("SET lock_timeout = '2s'")} before it so that it gives up instead of queueing; or add the second key in a transaction of its own, with ${code('NOT VALID')} and ${code('VALIDATE CONSTRAINT')} after it.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'multiple-fks-one-transaction',
  section: 'constraints',
  title: 'Foreign keys to several tables in one transaction make writers of all of them wait',
  condition:
    'One transaction adds foreign keys to two or more existing tables, and no `lock_timeout` is set.',
  effect:
    'Writers of all of them wait at once; a wait for one table keeps the others locked, which may end in a deadlock.',
  workaround: 'Set a `lock_timeout`, or add one foreign key in a transaction.',
  severity: 'warning',
  over: ['create-table-fk-locks-parent', 'multi-table-strong-locks'],
  beneath: ['add-fk-validating'],
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
