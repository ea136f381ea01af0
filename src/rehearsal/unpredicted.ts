import { placeKey } from '../evidence/place-key.ts';
import type { LintRecord, ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import { UNPREDICTED_WORK } from '../rules/names.ts';
import { rules } from '../rules/registry.ts';
import type { Finding, Severity } from '../rules/rule.ts';
import { blockedBy } from '../sql/effect.ts';
import { duration } from './duration.ts';

type Lock = ObservedStatement['locks'][number];

/** What decides whether observed work was to be expected. */
export type Expectation = {
  /** Names of the relations with rows (tables, materialized views) that existed before the change. */
  readonly existing: ReadonlySet<string>;
  /** What the rules say of the change when none is off and nothing is waived. */
  readonly foreseen: readonly Pick<Finding, 'place' | 'rule'>[];
  /** The statements as the lint read them. */
  readonly statements: LintRecord['statements'];
  readonly severity: Severity | 'off';
};

const HELP =
  'Split or replace the statement so that this work runs under a weaker lock; or accept the risk by an exception for this rule in the policy.';

/** Rules that say nothing of locks or work: one of them at a statement does not make its work expected. */
const BESIDE_THE_POINT = new Set(rules.filter(({ claim }) => !('lock' in claim)).map(({ slug }) => slug));

/**
 * TRUNCATE takes a new file and builds its indexes over nothing: neither is work that lasts. A block that only speaks of
 * it may do other work all the same, and that reads the table's rows.
 */
function truncates(statement: ObservedStatement, relation: string, { statements }: Expectation): boolean {
  const kind = statements.find(({ place }) => placeKey(place) === placeKey(statement.place))?.kind;
  if (kind === 'TruncateStmt') return true;
  const runsOthers = kind === undefined || kind === 'DoStmt' || kind === 'CallStmt';
  const { sequential } = statement;
  const readNone = sequential?.every((one) => one.relation !== relation || one.rows === 0) ?? false;
  return runsOthers && readNone && /\btruncate\b/i.test(statement.sql);
}

/**
 * The lock under which a statement worked on a relation. A record holds a lock at the statement that took it anew or
 * made it stronger, so without one of its own the last before it still stands: no work goes without a lock. A sampled
 * statement has no transaction before it.
 */
export function workLock(
  statements: readonly ObservedStatement[],
  at: number,
  relation: string,
): Lock | undefined {
  const reach = statements[at]?.sampled ? statements.slice(at, at + 1) : statements.slice(0, at + 1);
  for (const { locks } of reach.toReversed()) {
    const own = locks.find((lock) => lock.relation === relation);
    if (own !== undefined) return own;
  }
  return undefined;
}

function verbs(statement: ObservedStatement, relation: string, isTruncated: boolean): string[] {
  const rewritten = !isTruncated && statement.rewrites.includes(relation);
  const built = !isTruncated && !rewritten && statement.builtOn?.includes(relation);
  return [
    ...(rewritten ? ['rewritten'] : []),
    ...(statement.scans.includes(relation) ? ['scanned'] : []),
    ...(built ? ['indexed'] : []),
  ];
}

function complaint(statement: ObservedStatement, work: string, lock: Lock, severity: Severity): Finding {
  const { relation, mode, heldMs } = lock;
  const who = blockedBy(mode).reads ? 'nobody could read or write it' : 'nobody could write to it';
  return {
    rule: UNPREDICTED_WORK,
    severity,
    place: statement.place,
    relation,
    message: `The rehearsal saw \`${relation}\` ${work} under ${mode} for ${duration(heldMs)}; ${who}.`,
    help: HELP,
    fix: [],
    evidence: 'observed',
    fingerprint: fingerprint(UNPREDICTED_WORK, relation, undefined, statement.sql),
  };
}

/**
 * A finding for each relation that existed before the change and was seen to be rewritten, scanned or indexed under a
 * lock that blocks writes or reads, by a statement at whose place no rule complains of
 * locks or work.
 */
export function unpredictedFindings(
  migrations: RehearsalRecord['migrations'],
  expectation: Expectation,
): Finding[] {
  const { existing, foreseen, severity } = expectation;
  if (severity === 'off') return [];
  const telling = foreseen.filter(({ rule }) => !BESIDE_THE_POINT.has(rule));
  const expected = new Set(telling.map(({ place }) => placeKey(place)));
  return migrations.flatMap(({ statements }) =>
    statements.flatMap((statement, at) => {
      if (expected.has(placeKey(statement.place))) return [];
      const touched = new Set([...statement.rewrites, ...statement.scans, ...(statement.builtOn ?? [])]);
      return [...touched].flatMap((relation) => {
        const work = verbs(statement, relation, truncates(statement, relation, expectation)).join(' and ');
        const lock = workLock(statements, at, relation);
        if (work === '' || !existing.has(relation) || !lock || !blockedBy(lock.mode).writes) return [];
        return [complaint(statement, work, lock, severity)];
      });
    }),
  );
}
