import { durationMs } from '../policy/duration.ts';
import type { DrillPolicy } from '../policy/schema.ts';
import type { DrillLimits } from '../refresh/drill/limits.ts';

/** The policy's `drill` section as the drill takes it. */
export function drillLimits(policy: DrillPolicy): DrillLimits {
  const limit = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : durationMs(text);
  return {
    maxBackupAgeMs: limit(policy['max-backup-age']),
    maxRestoreMs: limit(policy['max-restore-time']),
    budgetMs: durationMs(policy['time-budget']),
    timeZone: policy['time-zone'],
    maxRowLoss: policy['max-row-loss'],
    freshness: policy.freshness.map(({ column, within }) => {
      const [schema = '', table = '', name = ''] = column.split('.');
      return { schema, table, column: name, withinMs: durationMs(within) };
    }),
    assertions: policy.assertions.map(({ timeout, ...assertion }) => ({
      ...assertion,
      timeoutMs: durationMs(timeout),
    })),
  };
}
