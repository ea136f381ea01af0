import type { Statement } from '../../sql/statement.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isLimited } from '../strong-locks.ts';
import { code, onExisting } from '../words.ts';

const isFirst = first<Statement>();

/** Once a file, at the first statement whose work grows with the table. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (isLimited(context, 'statement_timeout', 'transaction_timeout')) return [];
  const worked = onExisting(context.effects, context.catalog).find(
    ({ rewrite, scan, builds }) => rewrite || scan || builds !== undefined,
  );
  if (worked === undefined || !isFirst(context.file.statements, statement)) return [];
  const set = `${context.inTransaction ? 'SET LOCAL' : 'SET'} statement_timeout = '15min'`;
  return [
    {
      relation: worked.relation,
      message: `How long this works on ${code(worked.relation)} depends on its size, and nothing ends it if it is larger than was thought.`,
      help: `Write ${code(set)} before it.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'missing-statement-timeout',
  section: 'transactions',
  title: 'Long work without a statement_timeout',
  condition: 'A statement rewrites, reads or indexes an existing table, and no `statement_timeout` is set.',
  effect: 'If the table is larger than was thought, the statement and its locks last as long as it takes.',
  workaround: 'Set a `statement_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareUpdateExclusiveLock', rewrite: false, scan: true, builds: false },
  check,
};
