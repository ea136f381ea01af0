import { firstOf } from '../../first-of.ts';
import { blockedBy } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Held } from '../context.ts';
import { reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isSmall } from '../table-size.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog, session }: RuleContext): readonly Complaint[] {
  const lock = worst(session.transaction?.strong);
  if (lock === undefined) return [];
  return reaches(statement, catalog)
    .filter(({ change, reach }) => reach === 'many' || (reach === 'all' && !isSmall(catalog, change.table)))
    .map(({ change }) => ({ relation: change.table, ...words(lock, change.table) }));
}

type Lock = readonly [string, Held];

/** A lock that keeps readers out, else the first. A transaction with thousands of them need not be searched. */
function worst(strong: ReadonlyMap<string, Held> | undefined): Lock | undefined {
  const some = strong === undefined ? [] : firstOf(strong, ENOUGH);
  return some.find(([, { mode }]) => blockedBy(mode).reads) ?? some[0];
}

const ENOUGH = 20;

function words([table, { mode, by }]: Lock, changed: string): Pick<Complaint, 'message' | 'help'> {
  const who = blockedBy(mode).reads ? 'nobody can read or write' : 'nobody can write to';
  const while_ =
    changed === table ? 'its rows are gone through' : `the rows of ${code(changed)} are gone through`;
  return {
    message: `The ${mode} that line ${by.place.line} took on ${code(table)} is kept until the end, so ${who} it while ${while_}.`,
    help: `Commit the change of ${code(table)} first, and change the rows in a later transaction, in batches.`,
  };
}

export const rule: Rule = {
  slug: 'ddl-and-dml-same-transaction',
  section: 'data',
  title: 'A table stays locked while rows are changed',
  condition: 'After a statement that locks an existing table, the same transaction changes many rows.',
  effect:
    'A lock lasts until its transaction ends, so the table stays closed while the rows are gone through.',
  workaround: 'Two migrations: the schema first, then the rows.',
  severity: 'warning',
  over: ['unbatched-backfill', 'update-without-where'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
