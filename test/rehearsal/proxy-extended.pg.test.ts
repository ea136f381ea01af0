import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import {
  bindMessage,
  closeMessage,
  describePortal,
  FLUSH,
  message,
  parseMessage,
  SYNC,
} from '../../src/postgres/wire/messages.ts';
import type { RecordingProxy } from '../../src/rehearsal/recorded/proxy.ts';
import { transcribe } from '../../src/rehearsal/recorded/transcript.ts';
import { execute, proxied, query, rawClient, recorded, shown } from './proxy-support.ts';
import { one, prepared, SHOP } from './support.ts';

const bind = (statement = '', values: string[] = [], portal = '') => bindMessage(portal, statement, values);

function textOf({ seen }: RecordingProxy): string {
  return transcribe(
    'c',
    seen.sessions.map(({ watching }) => watching),
  ).text;
}

test('a driver with bound values: watched, and the values are nowhere', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const { host, port, database, user } = proxy.facts;
  const client = new Client({ host, port, database, user, password: proxy.facts.password.reveal() });
  await client.connect();
  const secret = 'correct-horse-battery';
  await client.query('begin');
  await client.query('update orders set note = $1 where id = $2', [secret, 3]);
  await client.query({ name: 'again', text: 'select note from orders where id = $1', values: [3] });
  const { rows } = await client.query({
    name: 'again',
    text: 'select note from orders where id = $1',
    values: [3],
  });
  await client.query('commit');
  await client.query('insert into customers values ($1)', [101]);
  await assert.rejects(client.query('insert into customers values ($1)', [101]), { code: '23505' });
  await assert.rejects(client.query('insert into nothing values ($1)', [1]), { code: '42P01' });
  await client.query('alter table orders add column b int');
  await client.end();
  assert.deepEqual(rows, [{ note: secret }]);
  assert.deepEqual(
    shown(recorded(proxy)).map(({ sql, locks }) => [sql, ...locks]),
    [
      ['begin'],
      [
        'update orders set note = $1 where id = $2',
        'public.orders RowExclusiveLock',
        'public.orders_note RowExclusiveLock',
        'public.orders_pkey RowExclusiveLock',
      ],
      [
        'select note from orders where id = $1',
        'public.orders AccessShareLock',
        'public.orders_note AccessShareLock',
        'public.orders_pkey AccessShareLock',
      ].slice(0, 1),
      ['select note from orders where id = $1'],
      ['commit'],
      ['insert into customers values ($1)', 'public.customers RowExclusiveLock'],
      ['insert into customers values ($1)'],
      ['insert into nothing values ($1)'],
      ['alter table orders add column b int', 'public.orders AccessExclusiveLock'],
    ],
  );
  assert.equal(recorded(proxy)[1]?.rows, 1);
  const text = textOf(proxy);
  // One statement between two Syncs is in no transaction of several.
  assert.match(text, /^commit;\ninsert into customers values \(\$1\);\n-- refused/m);
  assert.doesNotMatch(text, new RegExp(secret));
  assert.match(text, /-- refused by the server \(23505\):\n-- insert into customers values \(\$1\)\n/);
});

test('bound values live through what is asked after and before a statement that is in no transaction', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const { host, port, database, user } = proxy.facts;
  const client = new Client({ host, port, database, user, password: proxy.facts.password.reveal() });
  await client.connect();
  await client.query('create index concurrently a on orders (note)');
  await client.query('insert into customers values ($1)', [301]);
  await client.query('create index concurrently b on orders (note)');
  await client.query('begin');
  await client.query('insert into customers values ($1)', [302]);
  await client.query('commit');
  await client.end();
  assert.deepEqual(await one(facts, 'select count(*)::int as n from customers where id > 300'), { n: 2 });
  const seen = shown(recorded(proxy)).filter(({ sql }) => sql.startsWith('insert'));
  assert.equal(seen.length, 2);
  for (const { locks } of seen) assert.deepEqual(locks, ['public.customers RowExclusiveLock']);
});

test('a bound statement after a transaction in which nothing was watched', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const { host, port, database, user } = proxy.facts;
  const client = new Client({ host, port, database, user, password: proxy.facts.password.reveal() });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('commit');
    await client.query('insert into customers values ($1)', [101]);
    await client.query('begin');
    await client.query('commit');
    const { rows } = await client.query('select note is null as n from orders where id = $1', [3]);
    assert.equal(rows.length, 1);
    await client.query('begin');
    await client.query('commit');
    await assert.rejects(client.query('insert into nothing values ($1)', [1]), { code: '42P01' });
    await client.query("select set_config('client_min_messages', $1, false)", ['warning']);
  } finally {
    await client.end();
  }
  const [, , insert] = shown(recorded(proxy));
  assert.deepEqual(insert?.locks, ['public.customers RowExclusiveLock']);
});

test('pipelined messages are one transaction up to Sync, each of them watched', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const client = await rawClient(proxy.facts);
  const step = (sql: string): Buffer[] => [parseMessage('', sql), bind(), describePortal(''), execute()];
  client.send(
    ...step('insert into customers values (200)'),
    ...step('alter table customers add column a int'),
    SYNC,
  );
  assert.equal(await client.answer(), '12nC12nCZI');
  client.send(
    ...step('insert into customers values (201)'),
    ...step('insert into customers values (1)'),
    ...step('select 1'),
    SYNC,
  );
  assert.equal(await client.answer(), '12nC12nE(23505)ZI');
  client.send(...step('select 1'), ...step('create index concurrently c on customers (a)'), SYNC);
  const refused = await client.answer();
  client.send(...step('create index concurrently c on customers (a)'), SYNC);
  assert.equal(await client.answer(), '12nCZI');
  client.send(
    ...step('begin'),
    ...step('insert into customers values (202)'),
    SYNC,
    ...step('rollback'),
    SYNC,
  );
  assert.equal(await client.answer(), '12nC12nCZT');
  assert.equal(await client.answer(), '12nCZI');
  client.send(
    parseMessage('', 'select nothing'),
    bind(),
    describePortal(''),
    execute(),
    SYNC,
    query('select 2'),
  );
  assert.equal(await client.answer(), 'E(42703)ZI');
  assert.equal(await client.answer(), 'TDCZI');
  client.socket.destroy();
  assert.match(refused, /^12TDC12nE\(25001\)ZI$/);
  assert.deepEqual(await one(facts, 'select count(*)::int as n from customers where id >= 200'), { n: 1 });
  const [insert, alter] = shown(recorded(proxy));
  assert.deepEqual(insert?.locks, ['public.customers RowExclusiveLock']);
  assert.deepEqual(alter?.locks, ['public.customers AccessExclusiveLock']);
  const [begin, first, second, end] = textOf(proxy).split('\n');
  assert.deepEqual([begin, end], ['BEGIN;', 'COMMIT;']);
  assert.match(`${first}${second}`, /^insert into customers values \(200\);alter table/);
});

test('the client’s unnamed statement and portal live through what is asked in between', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const client = await rawClient(proxy.facts);
  client.send(query('begin'));
  assert.equal(await client.answer(), 'CZT');
  const list = parseMessage('', 'select id from orders order by id');
  client.send(list, bind(), execute('', 2), parseMessage('named', 'lock table customers in share mode'));
  client.send(bind('named', [], 'other'), execute('other'), execute('', 3), SYNC);
  assert.equal(await client.answer(), '12DDs12CDDDsZT');
  client.send(execute('', 1), bind(), execute('', 1), closeMessage('P', ''), FLUSH, SYNC);
  assert.equal(
    await client.answer(),
    'Ds2Ds3ZT',
    'the portal lives on to the end of its transaction, the statement longer',
  );
  client.send(query('commit'));
  await client.answer();
  client.socket.destroy();
  assert.deepEqual(
    shown(recorded(proxy)).map(({ sql, locks }) => [sql, locks.length > 0]),
    [
      ['begin', false],
      ['select id from orders order by id', true],
      ['lock table customers in share mode', true],
      ['select id from orders order by id', false],
      ['commit', false],
    ],
  );
});

test('COPY by the extended protocol, with a Sync that comes too early', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const client = await rawClient(proxy.facts);
  const rows = message('d', Buffer.from('901\n902\n'));
  client.send(
    parseMessage('', 'copy customers from stdin'),
    bind(),
    execute(),
    SYNC,
    rows,
    message('c'),
    SYNC,
  );
  assert.equal(await client.answer(), '12GCZI');
  client.send(
    parseMessage('', 'copy customers from stdin'),
    bind(),
    execute(),
    rows,
    message('f', Buffer.from('no\0')),
    SYNC,
  );
  assert.equal(await client.answer(), '12GE(57014)ZI');
  client.send(parseMessage('', 'copy (select 1) to stdout'), bind(), execute(), SYNC);
  assert.equal(await client.answer(), '12HdcCZI');
  client.send(query('select count(*) from customers where id > 900'));
  assert.equal(await client.answer(), 'TDCZI');
  client.socket.destroy();
  assert.deepEqual(await one(facts, 'select count(*)::int as n from customers where id > 900'), { n: 2 });
});

test('a deferred constraint that fails at the end fails as it would without us', async (t) => {
  const proxy = await proxied(
    t,
    await prepared(
      'create table p (id int primary key); create table c (p int references p deferrable initially deferred);',
    ),
  );
  const client = await rawClient(proxy.facts);
  client.send(query('insert into c values (1)'));
  assert.equal(await client.answer(), 'E(23503)ZI');
  client.send(parseMessage('', 'insert into c values (1)'), bind(), execute(), SYNC);
  assert.equal(await client.answer(), '12CE(23503)ZI');
  client.send(query('insert into p values (1); insert into c values (1)'));
  assert.equal(await client.answer(), 'CCZI');
  client.send(query(''), query(';;'));
  assert.equal(await client.answer(), 'IZI');
  assert.equal(await client.answer(), 'IZI');
  client.socket.destroy();
});

test('the fast path, LISTEN and a notification', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const client = await rawClient(proxy.facts);
  client.send(query('listen news'), query("notify news, 'x'"));
  assert.equal(await client.answer(), 'CZI');
  assert.match(await client.answer(), /^A?CA?ZI$/);
  // pg_backend_pid() is function 2026 in every version.
  const call = message('F', Buffer.from([0, 0, 7, 234, 0, 0, 0, 0, 0, 0]));
  client.send(call);
  assert.match(await client.answer(), /^A?VZI$/);
  client.socket.destroy();
});
