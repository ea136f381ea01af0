import type { Statement } from '../../sql/statement.ts';
import { concurrentWork } from '../concurrent-work.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Fixed in 14.4 (release notes of 14.4, E.19.1: "Prevent possible corruption of indexes created or rebuilt with the CONCURRENTLY option"). */
function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const work = concurrentWork(statement, catalog);
  if (work === undefined || work.isNew || !/^(CREATE|REINDEX)/.test(work.command)) return [];
  return [
    {
      relation: work.relation,
      part: work.part,
      message: `On Postgres 14.0 to 14.3 an index that ${code(work.command)} makes may miss rows.`,
      help: `See that ${code('SHOW server_version')} says 14.4 or later everywhere before this runs.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'index-corruption-14',
  section: 'indexes',
  title: 'Postgres 14.0 to 14.3 may build a concurrent index that misses rows',
  condition: '`CREATE INDEX` or `REINDEX CONCURRENTLY` on Postgres 14.',
  effect: 'Before 14.4 queries by the index may not find rows that are there.',
  workaround: 'Upgrade to 14.4 or later first.',
  severity: 'warning',
  optIn: true,
  since: 14,
  until: 14,
  claim: { harm: 'later' },
  check,
};
