import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { readServerMessage } from '../../src/postgres/messages.ts';
import { freshDatabase } from '../support/postgres.ts';

const SCHEMA = `
  CREATE TABLE t (id integer PRIMARY KEY, a integer, c integer);
  CREATE TABLE u (id integer PRIMARY KEY, t_id integer);
  CREATE TABLE p (k integer) PARTITION BY RANGE (k);
  CREATE TABLE p1 (k integer, CHECK (k IS NOT NULL AND k >= 0 AND k < 9));
  CREATE TABLE p2 (k integer);`;

const CASES: readonly (readonly [sql: string, said: readonly string[]])[] = [
  ['CREATE INDEX ix ON t (a)', ['build t ix']],
  ['CREATE INDEX CONCURRENTLY ic ON t USING hash (a)', ['build t ic']],
  ['ALTER TABLE t ALTER a TYPE bigint', ['rewrite t', 'build t t_pkey', 'build t ix', 'build t ic']],
  ['ALTER TABLE t ALTER a SET NOT NULL', ['verify t']],
  ['ALTER TABLE t ADD CONSTRAINT c CHECK (c IS NOT NULL) NOT VALID', []],
  ['ALTER TABLE t VALIDATE CONSTRAINT c', ['verify t']],
  ['ALTER TABLE t ALTER c SET NOT NULL', ['proved t']],
  ['ALTER TABLE u ADD CONSTRAINT f FOREIGN KEY (t_id) REFERENCES t', ['validate f']],
  ['ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (9)', ['proved p1']],
  ['ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (9) TO (99)', ['verify p2']],
  ['ALTER TABLE t ADD COLUMN plain text', []],
];

test('every message that this server sends for these statements is understood', async () => {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'messages' });
  await connection.script(SCHEMA);
  await connection.script('SET client_min_messages = debug1');
  const heard: string[] = [];
  connection.onNotice(({ message }) => {
    const read = readServerMessage(message);
    if (read === undefined) return;
    const what = read.kind === 'build' ? [read.index] : read.kind === 'validate' ? [read.constraint] : [];
    heard.push([read.kind, ...(read.relation === undefined ? [] : [read.relation]), ...what].join(' '));
  });
  for (const [sql, said] of CASES) {
    heard.length = 0;
    await connection.script(sql);
    assert.deepEqual([...heard].sort(), [...said].sort(), sql);
  }
  await connection.close();
});
