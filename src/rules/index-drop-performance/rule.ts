import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { droppedIndexes, meant } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return droppedIndexes(statement, catalog)
    .filter(({ table, index }) => table?.isNew !== true && index?.valid !== false)
    .map((dropped) => {
      const index = bareName(dropped.name);
      return {
        relation: meant(dropped),
        part: index,
        message: `Queries that plan with ${code(index)} read more of ${code(meant(dropped))} once it is gone.`,
        help: `Look at ${code('idx_scan')} and ${code('last_idx_scan')} of ${code(index)} in ${code('pg_stat_user_indexes')} first, on every replica too.`,
      };
    });
}

export const rule: Rule = {
  slug: 'index-drop-performance',
  section: 'indexes',
  title: 'A dropped index may be one that queries need',
  condition: 'An index of an existing table is dropped.',
  effect: 'Queries that used it become slow, at once and everywhere.',
  workaround: 'See that nothing scans it any more, then drop it.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DropStmt'],
  check,
};
