import { newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { filledByQuery, standingSources } from '../copied-queries.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const filled = filledByQuery(statement);
  if (filled?.kind !== 'table') return [];
  const target = newName(catalog, filled.target);
  const isThere = 'CreateTableAsStmt' in statement.node && statement.node.CreateTableAsStmt.if_not_exists;
  if (isThere && catalog.relations.has(target)) return [];
  const sources = standingSources(catalog, filled.query, target);
  if (sources.length === 0) return [];
  return [
    {
      relation: target,
      message: `While ${listed(sources)} ${sources.length === 1 ? 'is' : 'are'} read into ${code(target)}, one snapshot stays open, and vacuum can remove no row of the whole database that dies meanwhile.`,
      help: `Make ${code(target)} empty, with ${code('WITH NO DATA')}, and copy the rows in batches, each in a transaction of its own.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-table-as-live',
  section: 'tables',
  title: 'CREATE TABLE AS from a live table keeps one snapshot open',
  condition: '`CREATE TABLE … AS` or `SELECT … INTO` reads tables that stood before.',
  effect:
    'Nobody waits, but vacuum can remove nothing that dies while it runs, and rows that change meanwhile are missing.',
  workaround: 'Make the table empty, and copy in batches.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessShareLock', rewrite: false, scan: false, builds: false },
  check,
};
