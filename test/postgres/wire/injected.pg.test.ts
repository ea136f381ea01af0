import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../../../src/postgres/connection.ts';
import { createExchange } from '../../../src/postgres/wire/exchange.ts';
import { createInjected } from '../../../src/postgres/wire/injected.ts';
import { openUpstream } from '../../../src/postgres/wire/upstream.ts';
import { loadParser } from '../../../src/sql/parse.ts';
import { freshDatabase } from '../../support/postgres.ts';

test('a script of several statements runs between the messages of a client, to the first that is refused', async (t) => {
  await loadParser();
  const facts = await freshDatabase();
  const upstream = await openUpstream(facts, new Map());
  t.after(() => upstream.socket.destroy());
  const ignore = () => undefined;
  const exchange = createExchange(upstream, { onAside: ignore });
  const { key } = upstream;
  const { connection } = createInjected({
    exchange,
    facts,
    key,
    processId: key.processId,
    serverVersion: 18,
    decode: (bytes) => bytes.toString(),
  });
  await connection.script("create table t (a text); insert into t values ('one; two'), ('three');");
  assert.deepEqual((await connection.query('select a from t')).rows, [{ a: 'one; two' }, { a: 'three' }]);
  await assert.rejects(connection.script('truncate t; select 1 / 0; drop table t'), { code: '22012' });
  const other = await openConnection(facts, { applicationName: 'test' });
  t.after(() => other.close());
  assert.deepEqual((await other.query('select count(*)::int as left from t')).rows, [{ left: 0 }]);
});
