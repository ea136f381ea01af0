import type { Manifest } from '../../evidence/manifest.ts';
import { openConnection, ServerError } from '../../postgres/connection.ts';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { analyze } from './checks/analyze.ts';
import { assertionCheck } from './checks/assertions.ts';
import { type Check, type CheckContext, withinBudget } from './checks/check.ts';
import { collations } from './checks/collations.ts';
import { completeness } from './checks/completeness.ts';
import { extensions } from './checks/extensions.ts';
import { freshnessCheck } from './checks/freshness.ts';
import { heaps, trees } from './checks/integrity.ts';
import { orphans } from './checks/orphans.ts';
import { sequences } from './checks/sequences.ts';
import { invalidIndexes, unvalidatedChecks } from './checks/validity.ts';
import { skipped } from './judge.ts';
import type { DrillLimits } from './limits.ts';
import { CANCELLED, type StepResult, type Steps } from './steps.ts';

export type ChecksRequest = {
  readonly steps: Steps;
  /** A superuser of the restored cluster, on the restored database. */
  readonly facts: ConnectionFacts;
  readonly limits: DrillLimits;
  readonly now: Date;
  readonly previous: Manifest | undefined;
  readonly source: CheckContext['source'];
  readonly clock: () => number;
  readonly signal?: AbortSignal | undefined;
};

/** Cheap ones first: what the budget ends is what takes longest. */
const BEFORE: readonly Check[] = [collations, extensions, invalidIndexes, sequences];
const AFTER: readonly Check[] = [completeness, orphans, unvalidatedChecks, trees, heaps, analyze];

/**
 * Asks everything of the restored data, within the budget; each answer becomes a step.
 * Gives the age in milliseconds of the newest value of any declared column, undefined when none could be asked.
 */
export async function runChecks(request: ChecksRequest): Promise<{ newestMs: number | undefined }> {
  const { steps, facts, limits, clock, signal, now, previous, source } = request;
  const until = clock() + limits.budgetMs;
  const options = { applicationName: 'pullgres drill', ...(signal === undefined ? {} : { signal }) };
  const connection = await openConnection(facts, options);
  const plain = await openConnection(facts, options);
  const ages: number[] = [];
  const context: CheckContext = {
    connection,
    plain,
    limits,
    now,
    previous,
    source,
    left: () => until - clock(),
  };
  const declared = limits.freshness.map((limit) =>
    freshnessCheck(limit, (age) => {
      if (age !== undefined) ages.push(age);
    }),
  );
  const checks = [...BEFORE, ...declared, ...limits.assertions.map(assertionCheck), ...AFTER];
  try {
    await connection.script(
      "set search_path = ''; set timezone = 'UTC'; set datestyle = 'ISO'; set row_security = off",
    );
    for (const check of checks) await steps.run(check.name, () => runOne(check, context));
  } finally {
    await Promise.all([connection.close(), plain.close()]);
  }
  return { newestMs: ages.length === 0 ? undefined : Math.max(0, Math.min(...ages)) };
}

async function runOne(check: Check, context: CheckContext): Promise<StepResult> {
  if (context.left() <= 0) return skipped('The time budget was used up before it.');
  try {
    await withinBudget(context);
    return await check.run(context);
  } catch (error) {
    const cut = error instanceof ServerError && error.code === CANCELLED && context.left() <= 0;
    if (!cut) throw error;
    return skipped('The time budget ended in the middle of it.');
  }
}
