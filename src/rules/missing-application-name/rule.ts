import type { Statement } from '../../sql/statement.ts';
import { first } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

const isFirst = first<Statement>();

/** Once a file, at the first statement that locks what others use. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { session, effects, catalog, file } = context;
  if (session.settings.has('application_name') || onExisting(effects, catalog).length === 0) return [];
  if (!isFirst(file.statements, statement)) return [];
  const name = `migration ${file.path.split('/').at(-1)}`.replaceAll("'", '').slice(0, 60);
  return [
    {
      relation: undefined,
      message:
        'Whoever finds this session in pg_stat_activity, blocking others, cannot see that it is a migration.',
      help: `Write ${code(`SET application_name = '${name}'`)} first.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'missing-application-name',
  section: 'transactions',
  title: 'A migration without a name',
  condition: 'A file locks existing relations and sets no `application_name`.',
  effect: 'In pg_stat_activity and the log nobody sees who blocks whom.',
  workaround: 'Set `application_name`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
