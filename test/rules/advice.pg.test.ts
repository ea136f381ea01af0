import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from '../../bench/locks/measure.ts';
import type { Measured } from '../../bench/locks/measured.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { freshDatabase } from '../support/postgres.ts';

/** What the rules' helps promise beyond their good.sql, step by step on the server. */
async function steps(setup: string, statements: readonly string[]): Promise<readonly Measured[]> {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres advice test' });
  try {
    await connection.script(setup);
    const shown = [];
    for (const sql of statements) {
      shown.push(await measure(connection, sql));
      await connection.script(sql);
    }
    return shown;
  } finally {
    await connection.close();
  }
}

const PARTITIONED = `
  CREATE TABLE customers (id bigint PRIMARY KEY);
  INSERT INTO customers SELECT generate_series(1, 50);
  CREATE TABLE events (id bigint, customer_id bigint) PARTITION BY RANGE (id);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
  INSERT INTO events SELECT i, i FROM generate_series(1, 50) i;`;

test('a partitioned table takes over the valid foreign keys of its partitions without a look at the rows', async () => {
  const shown = await steps(PARTITIONED, [
    'ALTER TABLE events_1 ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID',
    'ALTER TABLE events_1 VALIDATE CONSTRAINT k',
    'ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers',
  ]);
  assert.deepEqual(
    shown.map(({ scans }) => scans),
    [[], ['public.events_1'], []],
  );
});

test('an index of a partitioned table is put together from the partitions’ own without a build', async () => {
  const shown = await steps(PARTITIONED, [
    'CREATE INDEX whole ON ONLY events (customer_id)',
    'CREATE INDEX part ON events_1 (customer_id)',
    'ALTER INDEX whole ATTACH PARTITION part',
  ]);
  assert.deepEqual(
    shown.map(({ builds }) => builds),
    [[], ['public.events_1'], []],
  );
});
