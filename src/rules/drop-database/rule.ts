import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** In a transaction the server refuses it, and non-transactional-command says so. */
function check({ node }: Statement, { inTransaction }: RuleContext): readonly Complaint[] {
  if (!('DropdbStmt' in node) || inTransaction) return [];
  const name = node.DropdbStmt.dbname ?? '';
  return [
    {
      relation: undefined,
      part: name,
      message: `The database ${code(name)} is gone with all its data, and no roll-back brings it back.`,
      help: `Keep ${code('DROP DATABASE')} out of migrations, and drop ${code(name)} by hand once a backup of it was restored as a test.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'drop-database',
  section: 'tables',
  title: 'DROP DATABASE throws a whole database away',
  condition: '`DROP DATABASE` outside a transaction.',
  effect: 'Every schema and row of it is gone at once, and nothing can be rolled back.',
  workaround: 'Drop databases by hand, never from a migration.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DropdbStmt'],
  check,
};
