import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('TruncateStmt' in node)) return [];
  return (node.TruncateStmt.relations ?? [])
    .flatMap((range) => ('RangeVar' in range ? [relationName(catalog, range.RangeVar)] : []))
    .filter((table) => stoodBefore(catalog, table))
    .map((table) => ({
      relation: table,
      message: `All rows of ${code(table)} are lost, and nobody can read or write it until the transaction ends.`,
      help: `Delete only the rows of ${code(table)} that must go, in batches; if it must be emptied, say why in an exception.`,
    }));
}

export const rule: Rule = {
  slug: 'truncate',
  section: 'tables',
  title: 'TRUNCATE throws all rows away',
  condition: 'A table that stood before the change is truncated.',
  effect: 'All its rows are gone; readers and writers wait until the transaction ends.',
  workaround: 'Delete the rows that must go in batches.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['TruncateStmt'],
  check,
};
