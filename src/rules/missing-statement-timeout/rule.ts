import { blockedBy } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import { reaches } from '../data-changes.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isLimited } from '../strong-locks.ts';
import { code, onExisting } from '../words.ts';

const isFirst = first<Statement>();

/** Once a file, at the first statement whose work grows with the table. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (isLimited(context, 'statement_timeout', 'transaction_timeout')) return [];
  const table = workedOn(statement, context);
  if (table === undefined || !isFirst(context.file.statements, statement)) return [];
  const set = `${context.inTransaction ? 'SET LOCAL' : 'SET'} statement_timeout = '15min'`;
  return [
    {
      relation: table,
      message: `How long this works on ${code(table)} depends on its size, and nothing ends it if it is larger than was thought.`,
      help: `Write ${code(set)} before it.`,
    },
  ];
}

/**
 * A table whose rows are gone through while others wait. Concurrent builds and validations keep nobody waiting, and a
 * timeout would leave them half done.
 */
function workedOn(statement: Statement, { effects, catalog }: RuleContext): string | undefined {
  const worked = onExisting(effects, catalog).find(
    ({ lock, rewrite, scan, builds }) => blockedBy(lock).writes && (rewrite || scan || builds !== undefined),
  );
  const changed = reaches(statement, catalog).find(({ reach, inUse }) => inUse && reach !== 'few');
  return worked?.relation ?? changed?.change.table;
}

export const rule: Rule = {
  slug: 'missing-statement-timeout',
  section: 'transactions',
  title: 'Long work without a statement_timeout',
  condition:
    'A statement rewrites, reads, indexes or changes an existing table while others wait, and no `statement_timeout` is set.',
  effect: 'If the table is larger than was thought, the statement and its locks last as long as it takes.',
  workaround: 'Set a `statement_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'RowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
