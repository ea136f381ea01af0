import { placeKey } from '../evidence/place-key.ts';
import { type RunStatement, statementFinder } from '../evidence/runs.ts';
import type { LintRecord, MigrationRun, ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { rules } from '../rules/registry.ts';
import type { Claim } from '../rules/rule.ts';

export type Refuted = NonNullable<RehearsalRecord['refuted']>[number];

const claims = new Map<string, Claim>(rules.map(({ slug, claim }) => [slug, claim]));

/**
 * The predicted findings that the run disproved: the statement ran to its end, was watched exactly, and did nothing of
 * what the rule says that it does. What only time, data or other sessions could show is never disproved, nor what
 * depends on rows or conditions, nor TRUNCATE, whose work no message tells. Messages alone prove nothing: the counters of
 * scans must have been read too, and show none.
 */
export function refutedFindings(
  { findings, statements }: Pick<LintRecord, 'findings' | 'statements'>,
  migrations: readonly MigrationRun[],
): Refuted[] {
  const open = new Set(statements.filter(isOpen).map(({ place }) => placeKey(place)));
  const find = statementFinder(migrations);
  return findings.flatMap((finding) => {
    const claim = claims.get(finding.rule);
    const statement = open.has(placeKey(finding.place)) ? undefined : exactly(find(finding.place));
    const reason = claim && statement && reasonAgainst(claim, statement);
    return reason === undefined ? [] : [{ finding, reason }];
  });
}

function isOpen({ kind, seen, effects }: LintRecord['statements'][number]): boolean {
  return !seen || kind === 'TruncateStmt' || effects.some(({ conditional }) => conditional);
}

/** A statement that ran to its end, and was not only sampled. */
function exactly(found: RunStatement | undefined): ObservedStatement | undefined {
  const statement = found?.migration.outcome === 'applied' ? found.migration.statements[found.at] : undefined;
  return statement?.sampled ? undefined : statement;
}

function reasonAgainst(claim: Claim, statement: ObservedStatement): string | undefined {
  // Rows that a branch lacks, production may have (SQLSTATE class 23, integrity constraint violation).
  if ('fails' in claim)
    return claim.fails.startsWith('23') ? undefined : 'The server took the statement in the rehearsal.';
  // A lock alone may be the least of the harm (a dropped column), so only missing work disproves.
  if (!('lock' in claim) || !(claim.rewrite || claim.scan || claim.builds)) return undefined;
  const { rewrites, scans, builds, builtOn = [], sequential, durationMs } = statement;
  if (rewrites.length + scans.length + builds.length + builtOn.length > 0) return undefined;
  // A function of the migration's own can silence the server's messages, and not its counters.
  if (sequential?.length !== 0) return undefined;
  return `Measured: it neither rewrote nor read nor indexed anything (${durationMs.toFixed(1)} ms).`;
}
