import { newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { filledByQuery, standingSources } from '../copied-queries.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const filled = filledByQuery(statement);
  if (filled?.kind !== 'materialized view' || !('CreateTableAsStmt' in statement.node)) return [];
  const target = newName(catalog, filled.target);
  if (statement.node.CreateTableAsStmt.if_not_exists && catalog.relations.has(target)) return [];
  const sources = standingSources(catalog, filled.query, target);
  if (sources.length === 0) return [];
  return [
    {
      relation: target,
      message: `While ${code(target)} is filled from ${listed(sources)}, the migration waits for its query, and vacuum can remove no row that dies meanwhile.`,
      help: `Make ${code(target)} ${code('WITH NO DATA')}, and refresh it outside the migration.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-matview-with-data',
  section: 'maintenance',
  title: 'A new materialized view runs its whole query in the migration',
  condition: '`CREATE MATERIALIZED VIEW` without `WITH NO DATA`, over tables that stood before.',
  effect: 'The migration takes as long as the query, with one snapshot open.',
  workaround: 'Make it `WITH NO DATA`, and refresh it outside the migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessShareLock', rewrite: false, scan: false, builds: false },
  kinds: ['CreateTableAsStmt'],
  check,
};
