import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog, inTransaction }: RuleContext): readonly Complaint[] {
  if (!('ClusterStmt' in node)) return [];
  const { relation, indexname } = node.ClusterStmt;
  // In a transaction the server refuses it without a table, and non-transactional-command says so.
  if (relation === undefined) return inTransaction ? [] : [EVERYTHING];
  const table = relationName(catalog, relation);
  if (!stoodBefore(catalog, table)) return [];
  const order = indexname === undefined ? '' : ` in the order of ${code(indexname)}`;
  return [
    {
      relation: table,
      message: `While all of ${code(table)} is written anew${order}, nobody can read or write it.`,
      help: `Use ${code('pg_repack')}, which writes ${code(table)} anew in the order that you give while it is in use.`,
    },
  ];
}

const EVERYTHING: Complaint = {
  relation: undefined,
  message:
    'Every table that was clustered before is written anew, and nobody can read or write it meanwhile.',
  help: `Use ${code('pg_repack')} for one table after the other, which lets everybody go on.`,
};

export const rule: Rule = {
  slug: 'cluster',
  section: 'maintenance',
  title: 'CLUSTER locks a table while all of it is written anew',
  condition: '`CLUSTER` of an existing table, or of all that were clustered before.',
  effect: 'Nobody can read or write it until its rows and indexes are written anew.',
  workaround: 'Use `pg_repack` with an order.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['ClusterStmt'],
  check,
};
