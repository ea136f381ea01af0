import { statementFinder } from '../evidence/runs.ts';
import type { ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { blockedBy, lockStrength } from '../sql/effect.ts';
import { duration } from './duration.ts';

/** A rule's finding, as the engine gives it or as evidence holds it. */
type Finding = RehearsalRecord['findings'][number];
type Lock = ObservedStatement['locks'][number];

/** What the run showed for one finding's statement and relation. */
type Measured = {
  readonly lock: Lock | undefined;
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
  readonly builds: readonly string[];
};

function blocks({ mode }: Lock): boolean {
  return blockedBy(mode).writes;
}

function worse(a: Lock, b: Lock): number {
  return lockStrength(b.mode) - lockStrength(a.mode) || b.heldMs - a.heldMs;
}

/** A lock that an earlier statement of the migration took is still the one that keeps others waiting. */
function worstLock(statements: readonly ObservedStatement[], at: number, relation: string | undefined) {
  const own = statements[at]?.locks.filter(blocks) ?? [];
  if (relation === undefined) return own.toSorted(worse)[0];
  const all = statements.slice(0, at + 1).flatMap(({ locks }) => locks.filter(blocks));
  const fits = (lock: Lock) => lock.relation === relation;
  return own.filter(fits).toSorted(worse)[0] ?? all.filter(fits).toSorted(worse)[0];
}

function measure(
  statements: readonly ObservedStatement[],
  at: number,
  relation: string | undefined,
): Measured | undefined {
  const statement = statements[at];
  if (statement === undefined) return undefined;
  const fits = (name: string) => relation === undefined || name === relation;
  const measured = {
    rewrites: statement.rewrites.filter(fits),
    scans: statement.scans.filter(fits),
    builds: statement.builds,
  };
  const lock = worstLock(statements, at, relation);
  const own = statement.locks.some((each) => blocks(each) && fits(each.relation));
  const works = measured.rewrites.length + measured.scans.length + measured.builds.length > 0;
  return own || works ? { ...measured, lock } : undefined;
}

function heldWords({ mode, relation, heldMs }: Lock): string {
  const who = blockedBy(mode).reads ? 'nobody could read or write it' : 'nobody could write to it';
  return `held ${mode} on ${relation} for ${duration(heldMs)}; ${who}`;
}

function words({ lock, rewrites, scans, builds }: Measured): string {
  const parts = [
    ...rewrites.map((relation) => `rewrote ${relation}`),
    ...scans.map((relation) => `scanned ${relation}`),
    ...builds.map((index) => `built ${index}`),
    ...(lock === undefined ? [] : [heldWords(lock)]),
  ];
  return `Measured: ${parts.join(', ')}.`;
}

/**
 * The predicted findings that the run showed, in their order: those whose statement was seen to take a lock that blocks
 * writes or reads, to rewrite, scan or build. The numbers stand behind the rule's own words.
 */
export function observedFindings(
  predicted: readonly Finding[],
  migrations: RehearsalRecord['migrations'],
): Finding[] {
  const find = statementFinder(migrations);
  return predicted.flatMap((finding) => {
    const found = find(finding.place);
    const measured = found && measure(found.migration.statements, found.at, finding.relation);
    if (measured === undefined) return [];
    return [{ ...finding, evidence: 'observed' as const, message: `${finding.message} ${words(measured)}` }];
  });
}
