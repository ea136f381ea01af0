import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type ConcurrentWork, concurrentWork } from '../concurrent-work.ts';
import { createdIndex } from '../index-statements.ts';
import { indexByParts } from '../partitioned-index-advice.ts';
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
      help: help(statement, work, context),
    },
  ];
}

/** REINDEX takes partitioned tables and indexes since 14; 13 refuses the index and passes over the table with a warning (release notes of 14, E.1.3.1). */
function isTaken({ command, part }: ConcurrentWork, version: RuleContext['version']): boolean {
  return command.startsWith('REINDEX') && (version >= 14 || part === undefined);
}

function help(
  statement: Statement,
  { command, relation = '' }: ConcurrentWork,
  { catalog }: RuleContext,
): string {
  const made = createdIndex(statement, catalog);
  if (made !== undefined) return indexByParts(statement, made, catalog);
  const table = code(qualifiedText(relation));
  return command.startsWith('REINDEX')
    ? `Rebuild the index of each partition of ${table} by itself with ${code('REINDEX INDEX CONCURRENTLY')}.`
    : `Leave ${code('CONCURRENTLY')} out, and put ${code("SET lock_timeout = '2s'")} before it, since it locks ${table} with all its partitions.`;
}

export const rule: Rule = {
  slug: 'concurrently-on-partitioned',
  section: 'indexes',
  title: 'CONCURRENTLY is refused on a partitioned table',
  condition: '`CREATE INDEX` or `DROP INDEX CONCURRENTLY` on a partitioned table; in 13 `REINDEX` too.',
  effect: 'The statement fails, and the migration with it.',
  workaround: 'Build the parts `CONCURRENTLY`, and create the whole index `ON ONLY` the parent.',
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
