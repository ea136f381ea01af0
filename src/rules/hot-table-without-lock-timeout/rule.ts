import type { Relation } from '../../sql/catalog.ts';
import { blockedBy, type LockMode, type RelationEffect } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';
import { first, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stronglyLocked, waitsForEver } from '../strong-locks.ts';
import { code } from '../words.ts';

/** So many a second fill a server's default 100 connections (documentation 20.3.1) in one second of waiting. */
const HOT = 100;

const isFirst = first<Statement>();

/** Once a table and transaction, or file: the lock is waited for once. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (!waitsForEver(context) || !standsInFile(statement, context)) return [];
  const scope = context.session.transaction ?? context.file.statements;
  return stronglyLocked(context).flatMap((effect) => {
    const table = context.catalog.relations.get(effect.relation);
    if (table === undefined || heat(table, effect.lock) < HOT) return [];
    return isFirst(scope, statement, effect.relation) ? [complaint(effect, table, context)] : [];
  });
}

/** Reads and writes a second that the lock keeps out. */
function heat({ readsPerSecond = 0, writesPerSecond = 0 }: Relation, lock: LockMode): number {
  return writesPerSecond + (blockedBy(lock).reads ? readsPerSecond : 0);
}

function complaint(
  { relation, lock }: RelationEffect,
  { readsPerSecond = 0, writesPerSecond = 0 }: Relation,
  { inTransaction }: RuleContext,
): Complaint {
  const reads = blockedBy(lock).reads ? `${Math.round(readsPerSecond)} reads and ` : '';
  const set = `${inTransaction ? 'SET LOCAL' : 'SET'} lock_timeout = '2s'`;
  return {
    relation,
    message: `${code(relation)} has ${reads}${Math.round(writesPerSecond)} writes a second; while this waits for its ${lock}, all of them queue behind it, and no lock_timeout ends the wait.`,
    help: `Write ${code(set)} before it, and try again when it gives up.`,
  };
}

export const rule: Rule = {
  slug: 'hot-table-without-lock-timeout',
  section: 'context',
  title: 'A busy table is locked without a lock_timeout',
  condition:
    'A table with 100 or more blocked queries a second gets a strong lock, and no `lock_timeout` is in force.',
  effect:
    'While the statement waits, the application’s queries queue behind it until its connections are used up.',
  workaround: 'Set a `lock_timeout` of a few seconds, and try again.',
  severity: 'warning',
  over: ['missing-lock-timeout'],
  since: 13,
  // No lock: a hot table would make it graver (weigh.ts), and that it is hot is what it says.
  claim: { harm: 'later' },
  check,
};
