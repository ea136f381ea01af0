import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

const EVENTS: Readonly<Record<string, string>> = {
  CMD_INSERT: 'INSERT',
  CMD_UPDATE: 'UPDATE',
  CMD_DELETE: 'DELETE',
  CMD_SELECT: 'SELECT',
};

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('RuleStmt' in node)) return [];
  const { relation, rulename = '', event, instead, actions } = node.RuleStmt;
  const table = relationName(catalog, relation);
  if (!stoodBefore(catalog, table)) return [];
  const statements = `${EVENTS[event ?? ''] ?? 'statement'} of ${code(table)}`;
  const isNothing = instead === true && (actions ?? []).length === 0;
  return [
    {
      relation: table,
      part: rulename,
      message: isNothing
        ? `From now on the rows of every ${statements} that ${code(rulename)} fits are passed over without a word.`
        : `From now on every ${statements} is rewritten by ${code(rulename)} before it is planned, which changes its row count and evaluates what it is given more than once.`,
      help: `Write a trigger instead of ${code(rulename)}, which sees each row once, with the values that are really stored.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-rule',
  section: 'triggers',
  title: 'A rule rewrites every statement of the application',
  condition: '`CREATE RULE` on an existing table or view.',
  effect:
    'The application’s statements become others: expressions run twice, row counts and `RETURNING` change, `COPY` passes by.',
  workaround: 'Write a trigger.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['RuleStmt'],
  check,
};
