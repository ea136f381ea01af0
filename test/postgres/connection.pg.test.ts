import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, UserError } from '../../src/errors.ts';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase, testServer } from '../support/postgres.ts';

const APPLICATION = { applicationName: 'pullgres connection test' };
const HIDDEN = 'hunter2';

/** A loopback port where `answer` gets each socket. */
async function listener(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  // Half open: it never closes its side by itself.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** One message of the protocol, version 3 (docs: 53.7). */
function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const READY = message('Z', 'I');

/** Logs everybody in, says once that it is this version, and then falls silent. */
function pretend(versionNumber: number): (socket: Socket) => void {
  const field = (name: string): Buffer =>
    Buffer.from(`${name}\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0`, 'latin1');
  const value = (text: string): Buffer =>
    Buffer.from(`\0\0\0${String.fromCharCode(text.length)}${text}`, 'latin1');
  const row = [value(String(versionNumber)), value('4711')];
  return (socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), READY]));
      socket.once('data', () => {
        const description = message('T', '\0\x02', field('version'), field('pid'));
        socket.write(
          Buffer.concat([description, message('D', '\0\x02', ...row), message('C', 'SELECT 1\0'), READY]),
        );
      });
    });
  };
}

async function assertFails(
  facts: ConnectionFacts,
  expected: { status?: RegExp; what: RegExp; retryable?: boolean },
): Promise<void> {
  await assert.rejects(openConnection(facts, { ...APPLICATION, connectTimeoutMs: 5_000 }), (error) => {
    assert(error instanceof ProviderError, String(error));
    assert.match(error.message, expected.what);
    assert.match(error.status ?? '', expected.status ?? /^$/);
    assert.equal(error.retryable, expected.retryable ?? false);
    assert((error.hint ?? '').length > 10);
    assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack} ${error.cause}`, /hunter2/);
    return true;
  });
}

test('each way of not getting in has its own advice, and none shows the password', async (t) => {
  const good = { ...(await freshDatabase()), password: new Secret(HIDDEN) };
  const right = { ...good, password: (await testServer()).password };
  const closing = await listener((socket) => socket.end());
  const gone = await listener(() => undefined);
  gone.close();
  const cases: Record<string, () => Promise<void>> = {
    'wrong password': () => assertFails(good, { status: /^28P01$/, what: /password or the user is wrong/ }),
    'no password': () =>
      assertFails(
        { ...good, password: new Secret('') },
        { status: /^(28P01)?$/, what: /password or the user is wrong/ },
      ),
    'unknown user': () =>
      assertFails({ ...good, user: 'nobody_here' }, { status: /^28P01$/, what: /nobody_here/ }),
    'missing database': () =>
      assertFails({ ...right, database: 'missing' }, { status: /^3D000$/, what: /missing.*does not exist/ }),
    'refused port': () =>
      assertFails(
        { ...good, port: gone.port },
        { status: /^ECONNREFUSED$/, what: /nothing listens/, retryable: true },
      ),
    'no such socket': () =>
      assertFails(
        { ...good, host: '/nonexistent' },
        { status: /^ENOENT$/, what: /nothing listens/, retryable: true },
      ),
    'TLS refused': () => assertFails({ ...good, sslmode: 'require' }, { what: /refuses TLS/ }),
    'closed at once': () =>
      assertFails(
        { ...good, port: closing.port },
        { status: /^(ECONNRESET|EPIPE)?$/, what: /closed/, retryable: true },
      ),
  };
  for (const [name, work] of Object.entries(cases)) await t.test(name, work);
  closing.close();
});

test('a host name that nobody knows is told of', async () => {
  const facts = { ...(await testServer()), host: 'unknown.invalid', password: new Secret(HIDDEN) };
  await assert.rejects(openConnection(facts, APPLICATION), (error) => {
    assert(error instanceof ProviderError);
    assert.match(error.status ?? '', /^(ENOTFOUND|EAI_AGAIN)$/);
    assert.match(error.message, /unknown\.invalid.*host name is unknown/);
    return true;
  });
});

test('a server that never answers is given up after the time that was allowed', async () => {
  const silent = await listener(() => undefined);
  const facts = { ...(await testServer()), port: silent.port };
  await assert.rejects(
    openConnection(facts, { ...APPLICATION, connectTimeoutMs: 200 }),
    /did not answer in time/,
  );
  silent.close();
});

test('sslmode=prefer goes on without TLS where the server has none', async () => {
  const connection = await openConnection({ ...(await testServer()), sslmode: 'prefer' }, APPLICATION);
  assert.deepEqual(
    (await connection.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows,
    [{ ssl: false }],
  );
  await connection.close();
});

test('a server older than 13 is refused as such', async () => {
  const old = await listener(pretend(120_022));
  const facts = { ...(await testServer()), port: old.port };
  await assert.rejects(
    openConnection(facts, APPLICATION),
    (error) =>
      error instanceof UserError && /runs Postgres 12; Pullgres needs 13 or newer/.test(error.message),
  );
  old.close();
});

test('close keeps its limit with a server that never closes its side, idle or busy', async () => {
  const silent = await listener(pretend(180_004));
  const facts = { ...(await testServer()), port: silent.port };
  const [idle, busy] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  assert.equal(idle.serverVersion, 18);
  const hanging = assert.rejects(busy.query('SELECT 1'), ProviderError);
  const begun = performance.now();
  await Promise.all([idle.close(), busy.close()]);
  const took = performance.now() - begun;
  assert(took > 1_500 && took < 4_500, `${took} ms`);
  await hanging;
  await idle.close();
  silent.close();
});

test('values are bound, and numbers, dates and arrays come as the reader needs them', async () => {
  const connection = await openConnection(await freshDatabase(), APPLICATION);
  const { rows, rowCount } = await connection.query(
    `SELECT $1::text AS text, 9007199254740993::bigint AS big, 1.10::numeric AS exact, true AS yes,
       timestamptz '2026-01-02 03:04:05.678901+00' AS at, date '2026-01-02' AS day, ARRAY['a', 'b'] AS list`,
    ["'; DROP TABLE x; --"],
  );
  assert.equal(rowCount, 1);
  assert.deepEqual(rows, [
    {
      text: "'; DROP TABLE x; --",
      big: '9007199254740993',
      exact: '1.10',
      yes: true,
      at: '2026-01-02 03:04:05.678901+00',
      day: '2026-01-02',
      list: ['a', 'b'],
    },
  ]);
  await connection.close();
});

test('query refuses a second statement, script takes any number as one transaction', async () => {
  const connection = await openConnection(await freshDatabase(), APPLICATION);
  await assert.rejects(
    connection.query('SELECT 1; SELECT 2'),
    (error) => error instanceof ServerError && error.code === '42601',
  );
  await assert.rejects(connection.script('CREATE TABLE a (); SELECT 1/0'), /division by zero/);
  await connection.script('CREATE TABLE b (); CREATE TABLE c ()');
  const { rows } = await connection.query(
    "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  assert.deepEqual(rows, [{ name: 'b' }, { name: 'c' }]);
  await connection.close();
});

test('a refused statement gives all that the server says of it', async () => {
  const connection = await openConnection(await freshDatabase(), APPLICATION);
  await assert.rejects(connection.script("SELECT 'é😀', missing_column"), (error) => {
    assert(error instanceof ServerError);
    assert.deepEqual([error.code, error.severity, error.position], ['42703', 'ERROR', 14]);
    return true;
  });
  await connection.script('CREATE TABLE t (a integer UNIQUE); INSERT INTO t VALUES (1)');
  await assert.rejects(connection.query('INSERT INTO t VALUES (1)'), (error) => {
    assert(error instanceof ServerError);
    assert.deepEqual([error.code, error.detail], ['23505', 'Key (a)=(1) already exists.']);
    return true;
  });
  await assert.rejects(
    connection.script("DO $$ BEGIN RAISE 'x' USING HINT = 'do this'; END $$"),
    (error) =>
      error instanceof ServerError && error.hint === 'do this' && /PL\/pgSQL/.test(error.where ?? ''),
  );
  assert.equal((await connection.query('SELECT 1 AS one')).rowCount, 1);
  await connection.close();
});

test('notices are heard until one stops listening', async () => {
  const connection = await openConnection(await freshDatabase(), APPLICATION);
  const heard: unknown[] = [];
  const stop = connection.onNotice((notice) => heard.push(notice));
  await connection.script("DO $$ BEGIN RAISE WARNING 'careful' USING ERRCODE = '01ABC'; END $$");
  stop();
  await connection.script("DO $$ BEGIN RAISE WARNING 'unheard'; END $$");
  assert.deepEqual(heard, [{ severity: 'WARNING', message: 'careful', code: '01ABC' }]);
  await connection.close();
});

/** Waits until the backend runs a statement with this text in it. */
async function untilRunning(observer: Connection, processId: number, text: string): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    const { rows } = await observer.query(
      "SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%' || $2 || '%'",
      [processId, text],
    );
    if (rows.length > 0) return;
    await sleep(10);
  }
  assert.fail(`${text} does not run`);
}

/** The server says that a statement failed a moment before it shows the session as idle. */
async function assertIdle(observer: Connection, processId: number): Promise<void> {
  const active = "SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active'";
  for (let turn = 0; turn < 300; turn++) {
    if ((await observer.query(active, [processId])).rows.length === 0) return;
    await sleep(10);
  }
  assert.fail('the statement still runs');
}

test('cancel ends the running statement and nothing else', async () => {
  const facts = await freshDatabase();
  const [connection, observer] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  await connection.cancel();
  const running = assert.rejects(
    connection.script('SELECT pg_sleep(60)'),
    (error) => error instanceof ServerError && error.code === '57014',
  );
  await untilRunning(observer, connection.processId, 'pg_sleep');
  await connection.cancel();
  await running;
  assert.equal((await connection.query('SELECT 1 AS one')).rowCount, 1);
  await Promise.all([connection.close(), observer.close()]);
});

test('an abort ends the statement at the server and rejects with the reason, now and later', async () => {
  const facts = await freshDatabase();
  const controller = new AbortController();
  const connection = await openConnection(facts, { ...APPLICATION, signal: controller.signal });
  const observer = await openConnection(facts, APPLICATION);
  const reason = new Error('the job was cancelled');
  const running = assert.rejects(connection.query('SELECT pg_sleep(60)'), reason);
  await untilRunning(observer, connection.processId, 'pg_sleep');
  controller.abort(reason);
  await running;
  await assertIdle(observer, connection.processId);
  await assert.rejects(connection.query('SELECT 1'), reason);
  await assert.rejects(openConnection(facts, { ...APPLICATION, signal: controller.signal }), reason);
  await Promise.all([connection.close(), observer.close()]);
});

test('an abort while connecting rejects with the reason', async () => {
  const silent = await listener(() => undefined);
  const controller = new AbortController();
  const reason = new Error('stop');
  const opening = openConnection(
    { ...(await testServer()), port: silent.port },
    { ...APPLICATION, signal: controller.signal },
  );
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(opening, reason);
  silent.close();
});

test('closing while a statement runs ends it at the server too', async () => {
  const facts = await freshDatabase();
  const [connection, observer] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  const running = assert.rejects(connection.script('SELECT pg_sleep(60)'));
  await untilRunning(observer, connection.processId, 'pg_sleep');
  await connection.close();
  await running;
  await assertIdle(observer, connection.processId);
  await observer.close();
});

test('closing ends a statement that swallows its cancellation', async () => {
  const facts = await freshDatabase();
  const [connection, observer] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  const running = assert.rejects(
    connection.script(
      'DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
    ),
    ProviderError,
  );
  await untilRunning(observer, connection.processId, 'pg_sleep');
  await connection.close();
  await running;
  await assertIdle(observer, connection.processId);
  await observer.close();
});

test('run gives the number of rows, refuses a second statement, and tells of an error', async () => {
  const connection = await openConnection(await freshDatabase(), APPLICATION);
  assert.equal(await connection.run('SELECT generate_series(1, 3)'), 3);
  assert.equal(await connection.run('CREATE TABLE t ()'), undefined);
  await assert.rejects(connection.run('SELECT 1; SELECT 2'), { name: 'ServerError', code: '42601' });
  await assert.rejects(connection.run('SELECT 1 / 0'), { name: 'ServerError', code: '22012' });
  assert.equal((await connection.query('SELECT 1 AS one')).rowCount, 1);
  await connection.close();
});

test('the loss of an idle connection does not end the process; the next statement tells of it', async () => {
  const facts = await freshDatabase();
  const [connection, observer] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  await observer.query('SELECT pg_terminate_backend($1)', [connection.processId]);
  await sleep(100);
  await assert.rejects(connection.query('SELECT 1'), (error) => {
    assert(error instanceof ProviderError, String(error));
    assert.match(error.message, /was lost/);
    assert.equal(error.retryable, true);
    return true;
  });
  await Promise.all([connection.close(), observer.close()]);
});

test('a session that is ended in the middle of a statement is a lost connection', async () => {
  const facts = await freshDatabase();
  const [connection, observer] = await Promise.all([
    openConnection(facts, APPLICATION),
    openConnection(facts, APPLICATION),
  ]);
  const running = assert.rejects(
    connection.query('SELECT pg_sleep(60)'),
    (error) => error instanceof ProviderError && error.status === '57P01' && error.retryable,
  );
  await untilRunning(observer, connection.processId, 'pg_sleep');
  await observer.query('SELECT pg_terminate_backend($1)', [connection.processId]);
  await running;
  await Promise.all([connection.close(), observer.close()]);
});

test('a session whose role begins as another can still be cancelled', async () => {
  const facts = await freshDatabase();
  const admin = await openConnection(facts, APPLICATION);
  const password = new Secret('quiet-river');
  const login = `login_${facts.database}`;
  const group = `group_${facts.database}`;
  await admin.script(`CREATE ROLE ${group}; CREATE ROLE ${login} LOGIN PASSWORD 'quiet-river' IN ROLE ${group};
    ALTER ROLE ${login} SET role = '${group}'`);
  const connection = await openConnection({ ...facts, user: login, password }, APPLICATION);
  try {
    assert.deepEqual((await connection.query('SELECT current_user AS name')).rows, [{ name: group }]);
    const sleeping = assert.rejects(connection.query('SELECT pg_sleep(60)'), { code: '57014' });
    await sleep(200);
    await connection.cancel();
    await sleeping;
  } finally {
    await connection.close();
    await admin.close();
  }
});
