import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { DrillLimits } from '../refresh/drill/limits.ts';

/** The policy's section `drill` in milliseconds. */
export function drillLimits({ drill }: Pick<Policy, 'drill'>): DrillLimits {
  const optional = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : durationMs(text);
  return {
    maxBackupAgeMs: optional(drill['max-backup-age']),
    maxRestoreMs: optional(drill['max-restore-time']),
    budgetMs: durationMs(drill['time-budget']),
    timeZone: drill['time-zone'],
    maxRowLoss: drill['max-row-loss'],
    freshness: drill.freshness.map(({ column, within }) => {
      const [schema = '', table = '', name = ''] = column.split('.');
      return { schema, table, column: name, withinMs: durationMs(within) };
    }),
    assertions: drill.assertions.map(({ name, sql, expect, timeout }) => ({
      name,
      sql,
      expect,
      timeoutMs: durationMs(timeout),
    })),
  };
}
