import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { refusesTransaction } from '../../src/sql/transactions.ts';
import { freshDatabase } from '../support/postgres.ts';
import { statementOf } from './schema.ts';

let connection: Connection;

before(async () => {
  await loadParser();
  connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres transactions test' });
  await connection.script(`
    CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX ON m (a);
    CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE q PARTITION OF p FOR VALUES IN (1); CREATE TYPE e AS ENUM ('a')`);
});

after(() => connection.close());

/** Each with the first version that knows it. The server answers 25001, active_sql_transaction, to those that it refuses. */
const CASES: readonly (readonly [string, number])[] = [
  ['CREATE INDEX CONCURRENTLY ON t (a)', 13],
  ['CREATE INDEX ON t (a)', 13],
  ['DROP INDEX CONCURRENTLY i', 13],
  ['DROP INDEX i', 13],
  ['REINDEX INDEX CONCURRENTLY i', 13],
  ['REINDEX (CONCURRENTLY) TABLE t', 14],
  ['REINDEX TABLE t', 13],
  ['REINDEX SCHEMA public', 13],
  ['ALTER TABLE p DETACH PARTITION q CONCURRENTLY', 14],
  ['ALTER TABLE p DETACH PARTITION q', 13],
  ['VACUUM t', 13],
  ['VACUUM FULL', 13],
  ['ANALYZE t', 13],
  ['CLUSTER', 13],
  ['CLUSTER t USING i', 13],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY m', 13],
  ['CREATE DATABASE d', 13],
  ['DROP DATABASE IF EXISTS d', 13],
  ["ALTER SYSTEM SET work_mem = '5MB'", 13],
  ["CREATE TABLESPACE s LOCATION '/nowhere'", 13],
  ['DROP TABLESPACE IF EXISTS s', 13],
  ['ALTER DATABASE postgres SET TABLESPACE pg_default', 13],
  ['ALTER DATABASE postgres CONNECTION LIMIT -1', 13],
  ['DISCARD ALL', 13],
  ['DISCARD PLANS', 13],
  ["COMMIT PREPARED 'x'", 13],
  ["CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", 13],
  ["CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)", 13],
  ["ALTER TYPE e ADD VALUE 'b'", 13],
];

test('what the server refuses inside a transaction is what the model says', async () => {
  for (const [sql, from] of CASES) {
    if (connection.serverVersion < from) continue;
    await connection.script('BEGIN');
    const code = await connection.script(sql).then(
      () => 'done',
      (error: unknown) => (error instanceof ServerError ? error.code : Promise.reject(error)),
    );
    await connection.script('ROLLBACK');
    assert.equal(refusesTransaction(statementOf(sql)), code === '25001', `${sql}: ${code}`);
  }
});
