import type { Statement } from '../../sql/statement.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked } from '../strong-locks.ts';
import { code, listed } from '../words.ts';

const isFirst = first<Statement>();

/** Once a table and file. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return stronglyLocked(context).flatMap(({ relation }) => {
    const files = context.lockedBefore.get(relation) ?? [];
    if (files.length === 0 || !isFirst(context.file.statements, statement, relation)) return [];
    return [
      {
        relation,
        message: `${code(relation)} is closed once more: ${listed(files)} of the same change ${files.length === 1 ? 'does' : 'do'} so already, and each time everybody queues.`,
        help: `Put the statements about ${code(relation)} into one migration, so that its lock is waited for once.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'cross-file-lock-budget',
  section: 'transactions',
  title: 'Several files of a change lock the same table',
  condition: 'An earlier file of the change took a strong lock on the same existing table.',
  effect: 'In one deploy the table is closed, and its lock waited for, several times.',
  workaround: 'Put what concerns the table into one migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
