import type { RehearsalRecord } from '../evidence/schema.ts';
import { type Applied, applyExceptions } from '../policy/exceptions.ts';
import { unpredictedFindings } from '../rehearsal/unpredicted.ts';
import { UNPREDICTED_WORK } from '../rules/names.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { lintChange } from './lint.ts';
import { existingTables, rehearsalExceptions } from './rehearsal-exceptions.ts';
import type { RehearseOptions } from './rehearse.ts';

/**
 * What the run showed and no rule explains, parted by the policy's exceptions. A rule that the policy has put off, or
 * waived, explains its statement all the same. `today` is a UTC day.
 */
export async function blockingWork(
  options: RehearseOptions,
  migrations: RehearsalRecord['migrations'],
  today: string,
): Promise<Applied> {
  const { plan, loaded, lint, catalog } = options;
  const version = lint.postgresVersion as PostgresVersion;
  const policy = { ...loaded.policy, rules: {}, 'exceptions-in-files': false };
  const strict = { ...loaded, policy, exceptions: [] };
  // A column that is not masked explains no lock.
  const unmasked = { ...plan, masking: undefined };
  const { findings: foreseen } = await lintChange({
    plan: unmasked,
    loaded: strict,
    version,
    catalog,
    today,
  });
  const found = unpredictedFindings(migrations, {
    existing: existingTables(catalog),
    foreseen,
    statements: lint.statements,
    severity: loaded.policy.rules[UNPREDICTED_WORK] ?? 'error',
  });
  const exceptions = rehearsalExceptions([UNPREDICTED_WORK], options, today);
  const { findings, accepted } = applyExceptions(found, exceptions, today);
  return { findings: findings.filter(({ rule }) => rule === UNPREDICTED_WORK), accepted };
}
