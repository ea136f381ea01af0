import type { Statement } from '../../sql/statement.ts';
import { concurrentWork } from '../concurrent-work.ts';
import { ownMigration } from '../outside-transaction.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const work = context.inTransaction ? concurrentWork(statement, context.catalog) : undefined;
  if (work === undefined) return [];
  return [
    {
      relation: work.relation,
      part: work.part,
      message: `The server refuses ${code(work.command)} ${isInBlock(context) ? 'in a DO block, which always runs in a transaction' : 'inside a transaction'}, so the migration fails here.`,
      help: help(context),
    },
  ];
}

function help(context: RuleContext): string {
  if (isInBlock(context))
    return ownMigration(context, 'Take it out of the block into a migration file of its own');
  if (context.session.transaction?.opened === 'implicit')
    return 'Give it a migration file of its own: the tool sends this one as one message, and the server runs the statements of a message in one transaction unless there is only one.';
  if (context.session.transaction?.opened === 'statement')
    return `Take it out from between ${code('BEGIN')} and ${code('COMMIT')}, best into a migration file of its own that runs outside a transaction.`;
  return ownMigration(context);
}

function isInBlock({ file }: RuleContext): boolean {
  return file.statements[file.index]?.kind === 'DoStmt';
}

export const rule: Rule = {
  slug: 'concurrently-in-transaction',
  section: 'indexes',
  title: 'CONCURRENTLY is refused in a transaction',
  condition:
    '`CREATE`, `DROP` or `REINDEX … CONCURRENTLY`, or `DETACH PARTITION … CONCURRENTLY`, where a transaction is open.',
  effect: 'The statement fails, and the migration with it.',
  workaround: 'Put it into a file of its own that the tool runs without a transaction.',
  severity: 'error',
  over: ['concurrently-if-not-exists', 'lock-timeout-aborts-concurrently', 'write-hot-index-build'],
  since: 13,
  claim: { fails: '25001' },
  check,
};
