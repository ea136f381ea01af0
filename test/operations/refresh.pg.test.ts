import assert from 'node:assert/strict';
import { it } from 'node:test';
import { refreshTorture, tortureSource } from '../support/torture.ts';

it('masks the torture schema, proves it clean, and publishes it', async () => {
  const { record } = await refreshTorture({ source: await tortureSource('small') });
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
});
