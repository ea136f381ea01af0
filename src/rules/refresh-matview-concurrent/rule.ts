import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('RefreshMatViewStmt' in node) || !node.RefreshMatViewStmt.concurrent) return [];
  const name = relationName(catalog, node.RefreshMatViewStmt.relation);
  if (!stoodBefore(catalog, name)) return [];
  return [
    {
      relation: name,
      message: `While the rows of ${code(name)} are compared and changed, every other refresh and schema change of it waits.`,
      help: `Refresh ${code(name)} from a job that runs by the clock, not from a migration.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'refresh-matview-concurrent',
  section: 'maintenance',
  title: 'Even a concurrent refresh makes other refreshes wait',
  condition: '`REFRESH MATERIALIZED VIEW CONCURRENTLY` of an existing view.',
  effect:
    'Readers go on; other refreshes and schema changes of it wait, and the migration takes as long as the query.',
  workaround: 'Refresh from a job, not from a migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['RefreshMatViewStmt'],
  check,
};
