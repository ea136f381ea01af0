import type { Statement } from '../../sql/statement.ts';
import { concurrentWork } from '../concurrent-work.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Changed rows per second from which a build is felt: each of them is looked at again in the second pass. */
const HOT_WRITES_PER_SECOND = 500;

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const work = concurrentWork(statement, catalog);
  if (work === undefined || !/^(CREATE|REINDEX)/.test(work.command)) return [];
  const writes = catalog.relations.get(work.relation ?? '')?.writesPerSecond ?? 0;
  if (writes < HOT_WRITES_PER_SECOND) return [];
  const target = work.part === undefined ? 'its indexes' : code(work.part);
  return [
    {
      relation: work.relation,
      part: work.part,
      message: `${code(work.relation ?? '')} takes ${Math.round(writes)} row changes a second, and each waits for its share of the disk and the WAL while ${target} ${work.part ? 'is' : 'are'} built.`,
      help: `Run it when the table is quiet, and watch the replicas' lag and ${code('pg_stat_progress_create_index')} meanwhile.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'write-hot-index-build',
  section: 'indexes',
  title: 'An index is built on a table with heavy writes',
  condition: `A concurrent build on a table that is known to take ${HOT_WRITES_PER_SECOND} row changes a second or more.`,
  effect: 'Disk and WAL are shared with the build, replicas lag, and the build takes long.',
  workaround: 'Run it at a quiet time, and watch it.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  check,
};
