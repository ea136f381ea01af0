import type { Statement } from '../../sql/statement.ts';
import { columnParts } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const parts = [
    ...columnParts(statement, context, 'AT_SetStorage').map((part) => ({ ...part, what: 'storage' })),
    ...columnParts(statement, context, 'AT_SetCompression').map((part) => ({ ...part, what: 'compression' })),
  ];
  return parts.map(({ table, column, what }) => ({
    relation: table,
    part: column,
    message: `The new ${what} of ${code(column)} holds for values written from now on; the rows of ${code(table)} stay as they are, while everybody waits for its lock.`,
    help: `Set a short lock_timeout before it with ${code("SET lock_timeout = '2s'")}, and write old values anew in batches if they should follow.`,
  }));
}

export const rule: Rule = {
  slug: 'set-storage-or-compression',
  section: 'columns',
  title: 'New storage or compression leaves old values as they are',
  condition: '`SET STORAGE` or `SET COMPRESSION` on a column of an existing table.',
  effect: 'Old rows gain nothing, and everybody waits for a brief `AccessExclusiveLock`.',
  workaround: 'Set a short `lock_timeout`, and write old values anew in batches.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
