import { blockedBy, type RelationEffect } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import { partitionedParents } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

/** Each lock takes a place in a table of max_locks_per_transaction (64) times the connections (documentation 20.12), and each partition brings its indexes along. */
const MANY_PARTITIONS = 100;

/** Where the rows of the partitions are worked on, the rule for that work speaks. */
function check(_: Statement, { catalog, effects }: RuleContext): readonly Complaint[] {
  const all = onExisting(effects, catalog);
  const locked = all.filter(
    ({ relation, kind, lock }) =>
      kind !== 'index' && blockedBy(lock).writes && partitionedParents(catalog, relation).length > 0,
  );
  if (locked.length <= MANY_PARTITIONS || all.some(works)) return [];
  const [first] = locked;
  const parent = partitionedParents(catalog, first?.relation ?? '')[0]?.name ?? '';
  const who = locked.some(({ lock }) => blockedBy(lock).reads) ? 'read or write' : 'write to';
  return [
    {
      relation: parent,
      message: `${code(parent)} and ${locked.length} partitions are locked one after the other, and from the first to the last nobody can ${who} those that are locked already.`,
      help: `Put ${code("SET lock_timeout = '2s'")} before it, run it again when it fails, and see that ${code('max_locks_per_transaction')} allows for ${locked.length} partitions with their indexes.`,
    },
  ];
}

function works({ rewrite, scan, builds, dataLoss }: RelationEffect): boolean {
  return rewrite || scan || builds !== undefined || dataLoss;
}

export const rule: Rule = {
  slug: 'partitioned-fanout',
  section: 'partitions',
  title: 'A statement locks a great many partitions',
  condition: `One statement takes a lock that blocks writers on more than ${MANY_PARTITIONS} partitions.`,
  effect: 'The wait for the last partition is a wait for all, and the lock table may run out of places.',
  workaround: 'Set a short `lock_timeout` and try again.',
  severity: 'notice',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
