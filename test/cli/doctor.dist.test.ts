import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { doctorJsonSchema } from '../../src/report/doctor-json-schema.ts';
import { Secret } from '../../src/secret.ts';
import { testServer } from '../support/postgres.ts';
import { rowsOf, startTeamServer } from '../support/team-server.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

function doctor(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, 'doctor', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data) => (text.out += data));
  child.stderr.on('data', (data) => (text.err += data));
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...text })),
  );
}

test('0 in order, 1 a problem that its remedy ends, 2 no server: never with the password', async () => {
  const { url: PULLGRES_SERVER_URL, password, admin, query } = await startTeamServer();
  const environment = { PULLGRES_SERVER_URL };
  // Before 15, everybody may create in every database's schema public: a problem from the start.
  for (const database of ['postgres', 'template1', admin.database])
    await query('REVOKE CREATE ON SCHEMA public FROM PUBLIC', database);
  const provider = createPostgresProvider({ facts: admin, now: () => new Date() });
  await provider.ensureBaseline(
    { id: 'base', kind: 'schema', createdAt: new Date().toISOString() },
    async () => {},
  );
  const fine = await doctor([], environment);
  assert.equal(fine.code, 0, fine.out + fine.err);
  assert.match(fine.out, /\nNot proved \(\d+\)\n[\s\S]*\nIn order \(\d+\)\n/);
  assert.match(fine.out, /\n\d+ warnings?, \d+ not proved, \d+ in order\n$/);

  const [row] = await query(
    "SELECT datname::text AS name FROM pg_database WHERE datname ~ '^pullgres_baseline'",
  );
  await query(`ALTER DATABASE ${identifier(String(row?.name))} ALLOW_CONNECTIONS true`);
  const ill = await doctor(['--format', 'json', '--baseline', 'base'], environment);
  assert.equal(ill.code, 1, ill.err);
  const { checks, summary, baseline } = doctorJsonSchema.parse(JSON.parse(ill.out));
  assert.deepEqual([summary.problem, baseline], [1, 'base']);
  const found = checks.find(({ status }) => status === 'problem');
  assert.equal(found?.id, 'baseline-closed');
  for (const { statement, database } of found?.remedy?.sql ?? [])
    await rowsOf({ ...admin, database: database ?? admin.database }, statement);
  assert.equal((await doctor(['--server-url', PULLGRES_SERVER_URL])).code, 0);

  const missing = await doctor(['--baseline', 'another'], environment);
  assert.equal(missing.code, 1);
  assert.match(missing.out, /No database is labelled as the baseline "another"; there is "base"/);

  for (const ran of [fine, ill, missing]) assert.ok(!`${ran.out}${ran.err}`.includes(password));
});

test('2 with advice where nothing could be asked', async () => {
  const facts = { ...(await testServer()), password: new Secret('hunter2-secret') };
  for (const [args, words] of [
    [[], /No server is named[\s\S]*PULLGRES_SERVER_URL/],
    [['--server-url', connectionUrl(facts).reveal()], /password or the user is wrong/],
    [['--server-url', connectionUrl({ ...facts, port: 1 }).reveal()], /nothing listens there/],
    [['--server-url', 'mysql://u:hunter2-secret@h/x'], /does not begin with postgresql/],
    [['--format', 'xml'], /--format does not take "xml"/],
    [['shop'], /doctor takes no names/],
  ] as const) {
    const { code, out, err } = await doctor(args);
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.match(err, words);
    assert.ok(!err.includes('hunter2') && !err.includes('    at '), err);
  }
});
