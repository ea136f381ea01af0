import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drillLimits } from '../../src/operations/drill-limits.ts';
import { policySchema } from '../../src/policy/schema.ts';

test('the policy’s drill section becomes limits', () => {
  const { drill } = policySchema.parse({
    drill: {
      'max-backup-age': '26h',
      'max-row-loss': 5,
      freshness: [{ column: 'public.orders.created_at', within: '2h' }],
      assertions: [{ name: 'no orphans', sql: 'select 1', expect: { between: [1, 9] } }],
    },
  });
  assert.deepEqual(drillLimits(drill), {
    maxBackupAgeMs: 26 * 3_600_000,
    maxRestoreMs: undefined,
    budgetMs: 3_600_000,
    timeZone: 'UTC',
    maxRowLoss: 5,
    freshness: [{ schema: 'public', table: 'orders', column: 'created_at', withinMs: 7_200_000 }],
    assertions: [{ name: 'no orphans', sql: 'select 1', expect: { between: [1, 9] }, timeoutMs: 60_000 }],
  });
});
