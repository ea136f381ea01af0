import { childrenOf } from '../../sql/graph.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type ConcurrentWork, concurrentWork } from '../concurrent-work.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const work = concurrentWork(statement, context.catalog);
  if (!work?.isOnPartitioned || isTaken(work, context.version)) return [];
  return [
    {
      relation: work.relation,
      part: work.part,
      message: `The server refuses ${code(work.command)} on ${code(work.relation ?? '')}, which is partitioned, so the migration fails here.`,
      help: help(work, context),
    },
  ];
}

/** REINDEX takes partitioned tables and indexes since 14; 13 refuses the index and passes over the table with a warning (release notes of 14, E.1.3.1). */
function isTaken({ command, part }: ConcurrentWork, version: RuleContext['version']): boolean {
  return command.startsWith('REINDEX') && (version >= 14 || part === undefined);
}

function help({ command, relation = '' }: ConcurrentWork, { catalog }: RuleContext): string {
  const table = qualifiedText(relation);
  const [first] = childrenOf(catalog, relation);
  const each =
    first === undefined ? 'each partition' : `${code(qualifiedText(first.name))} and each other partition`;
  if (command.startsWith('CREATE'))
    return `Create it ${code(`ON ONLY ${table}`)} without ${code('CONCURRENTLY')}, build one ${code('CONCURRENTLY')} on ${each}, and attach those with ${code('ALTER INDEX … ATTACH PARTITION')}.`;
  if (command.startsWith('REINDEX'))
    return `Rebuild the parts of it on ${each} one by one with ${code('REINDEX INDEX CONCURRENTLY')}.`;
  return `Leave ${code('CONCURRENTLY')} out, and put ${code("SET lock_timeout = '2s'")} before it, since it locks ${code(table)} with all its partitions.`;
}

export const rule: Rule = {
  slug: 'concurrently-on-partitioned',
  section: 'indexes',
  title: 'CONCURRENTLY is refused on a partitioned table',
  condition: '`CREATE INDEX` or `DROP INDEX CONCURRENTLY` on a partitioned table; in 13 `REINDEX` too.',
  effect: 'The statement fails, and the migration with it.',
  workaround: 'Create the index `ON ONLY` the parent and build the parts `CONCURRENTLY`.',
  severity: 'error',
  over: [
    'concurrently-in-transaction',
    'concurrently-if-not-exists',
    'lock-timeout-aborts-concurrently',
    'write-hot-index-build',
  ],
  since: 13,
  claim: { fails: '0A000' },
  check,
};
