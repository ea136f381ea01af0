import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { effects }: RuleContext): readonly Complaint[] {
  if (effects.seen) return [];
  return [
    {
      relation: undefined,
      message:
        'What this runs is put together while it runs: which locks it takes, and what it rewrites or drops, nobody can read here.',
      help: `Write the statements out, one for each table, or rehearse the migration and look at what it did${statement.kind === 'DoStmt' ? `; ${code('EXECUTE')} of a fixed text can be read` : ''}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'dynamic-sql',
  section: 'reruns',
  title: 'A statement whose work nobody can read',
  condition:
    'A statement runs SQL that is put together while it runs, or code in a language that cannot be read.',
  effect: 'Neither a reviewer nor a linter knows what it locks, rewrites or drops.',
  workaround: 'Write the statements out.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
