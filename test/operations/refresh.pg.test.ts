import assert from 'node:assert/strict';
import { it } from 'node:test';
import { refreshTorture, tortureSource } from '../support/torture.ts';

it('masks the torture schema, proves it clean, and publishes it', async () => {
  const { record } = await refreshTorture({ source: await tortureSource('whole') });
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
});

it('takes a part of the rows, and no row that refers to one that is left out', async () => {
  const part = (text: string): string => text.replace('  users:\n', '  users:\n    sample: 20%\n');
  const { record } = await refreshTorture({ source: await tortureSource(), profile: part });
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
  const rows = (name: string): number => record.tables.find(({ table }) => table === name)?.copiedRows ?? 0;
  assert.ok(rows('"public"."users"') > 20 && rows('"public"."users"') < 120);
  assert.ok(rows('"public"."Order ""Items"""') < 400);
});
