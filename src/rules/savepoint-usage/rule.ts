import type { Statement } from '../../sql/statement.ts';
import { standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('TransactionStmt' in node) || !standsInFile(statement, context)) return [];
  const { kind, savepoint_name: name = '' } = node.TransactionStmt;
  if (kind !== 'TRANS_STMT_SAVEPOINT') return [];
  return [
    {
      relation: undefined,
      part: name,
      message: `What is done after ${code(name)} may be taken back while the rest is committed, so what the migration leaves behind depends on what went wrong.`,
      help: 'Put each part into a migration of its own, which is applied whole or not at all.',
    },
  ];
}

export const rule: Rule = {
  slug: 'savepoint-usage',
  section: 'transactions',
  title: 'A savepoint in a migration',
  condition: 'A file sets a savepoint.',
  effect: 'The migration may be applied in part; subtransactions cost the server more than they seem to.',
  workaround: 'Several migrations.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['TransactionStmt'],
  check,
};
