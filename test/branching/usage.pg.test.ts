import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAdmin } from '../../src/branching/admin.ts';
import { serverOf } from '../../src/branching/postgres.ts';
import { divergedOf, usageOf } from '../../src/branching/usage.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase, testServer } from '../support/postgres.ts';
import { rowsOf } from '../support/team-server.ts';

const now = () => new Date();
const measure = async (facts: ConnectionFacts, names: readonly string[]) =>
  asAdmin(serverOf({ facts, now }), (admin) => usageOf(admin, names));
const open = (facts: ConnectionFacts) => openConnection(facts, { applicationName: 'somebody' });

test('bytes, sessions and last activity of many databases, and nothing of what is none', async (t) => {
  const [busy, quiet] = [await freshDatabase(), await freshDatabase()];
  await rowsOf(
    busy,
    'CREATE TABLE filled AS SELECT repeat(md5(n::text), 50) AS t FROM generate_series(1, 2000) n',
  );
  const [worker, sleeper] = [await open(busy), await open(busy)];
  t.after(() => Promise.all([worker.close(), sleeper.close()]));
  await sleeper.query('SELECT 1');
  const [before] = await rowsOf(busy, 'SELECT clock_timestamp()::text AS t');
  const endless = worker.query('SELECT pg_sleep(600)').catch(() => undefined);
  t.after(() => endless);
  const found = await measure(await testServer(), [busy.database, quiet.database, 'no such database']);
  assert.deepEqual(new Set(found.keys()), new Set([busy.database, quiet.database]));
  const [at, other] = [found.get(busy.database), found.get(quiet.database)];
  assert.equal(at?.sessions, 2);
  assert.ok(Date.parse(at?.lastActivity ?? '') >= Date.parse(String(before?.t)) - 1);
  assert.deepEqual({ ...other, bytes: 0 }, { bytes: 0, sessions: 0, lastActivity: undefined });
  assert.ok((at?.bytes ?? 0) > (other?.bytes ?? 0) + 100_000);
});

test('an idle session is dated by when it went idle', async (t) => {
  const facts = await freshDatabase();
  const session = await open(facts);
  t.after(() => session.close());
  await session.query('SELECT 1');
  const usage = (await measure(await testServer(), [facts.database])).get(facts.database);
  const [row] = await rowsOf(
    facts,
    `SELECT floor(extract(epoch FROM state_change) * 1000) AS ms FROM pg_stat_activity WHERE pid = ${session.processId}`,
  );
  assert.equal(usage?.lastActivity, new Date(Number(row?.ms)).toISOString());
});

test('a database that the administrator may not know has no size, and the others have', async () => {
  const server = await testServer();
  await rowsOf(server, "CREATE ROLE usage_bot LOGIN CREATEDB PASSWORD 'pass'");
  const facts = { ...server, user: 'usage_bot', password: new Secret('pass') };
  await rowsOf(facts, 'CREATE DATABASE of_usage_bot');
  const closed = await freshDatabase();
  await rowsOf(server, `REVOKE ALL ON DATABASE ${identifier(closed.database)} FROM PUBLIC`);
  const found = await measure(facts, ['of_usage_bot', closed.database]);
  assert.equal(found.get(closed.database)?.bytes, undefined);
  assert.ok((found.get('of_usage_bot')?.bytes ?? 0) > 1_000_000);
});

test('the files of a database are measured where they can be seen, and nowhere else', async () => {
  const server = await testServer();
  await rowsOf(server, "CREATE ROLE directory_bot LOGIN PASSWORD 'pass'");
  const weak = { ...server, user: 'directory_bot', password: new Secret('pass') };
  const { database } = await freshDatabase();
  const diverged = (facts: ConnectionFacts) =>
    asAdmin(serverOf({ facts, now }), (admin) => divergedOf(admin, database));
  assert.equal(await diverged(weak), undefined);
  await rowsOf(server, 'CHECKPOINT');
  const bytes = await diverged(server);
  const whole = (await measure(server, [database])).get(database)?.bytes ?? 0;
  // Whole blocks of the filesystem, and all of them where the folder of temporary files cannot share.
  assert.ok(bytes !== undefined && bytes > 0 && bytes < whole * 1.5, `${bytes} of ${whole}`);
});
