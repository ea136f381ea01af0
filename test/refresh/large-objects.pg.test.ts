import assert from 'node:assert/strict';
import { it } from 'node:test';
import { largeObjects } from '../../src/refresh/large-objects.ts';
import { freshDatabase } from '../support/postgres.ts';
import { onDatabase } from '../support/refresh.ts';

it('lists the large objects that are not taken along, by their number', async () => {
  const source = await freshDatabase();
  const listed = () => onDatabase(source, largeObjects);
  assert.deepEqual(await listed(), []);
  await onDatabase(source, (connection) =>
    connection.script("SELECT lo_from_bytea(0, 'ana@example.com'); SELECT lo_create(0)"),
  );
  const [one, ...others] = await listed();
  assert.deepEqual([one?.kind, one?.name, one?.action, others], ['large object', 'all 2', 'removed', []]);
  assert.ok(!JSON.stringify(one).includes('ana'));
});
