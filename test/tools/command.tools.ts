import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { evidenceSchema } from '../../src/evidence/schema.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import { loadPolicy } from '../../src/operations/policy.ts';
import { rehearseByCommand } from '../../src/operations/rehearse-command.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import type { World } from '../../src/runner/world.ts';
import { Secret } from '../../src/secret.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { connected, one, prepared, SHOP } from '../rehearsal/support.ts';

type More = {
  readonly policy?: string;
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
};

/** Runs the command in a folder of its own, and gives the records, the kept text and what the log said. */
async function ran(t: TestContext, facts: ConnectionFacts, command: string, more: More = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-command-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(more.files ?? {})) writeFileSync(join(folder, name), text);
  const lines: string[] = [];
  const world = {
    environment: { ...process.env, ...more.environment },
    workspace: folder,
    temporary: folder,
    now: () => new Date(),
    signal: new AbortController().signal,
    info: (line: string) => void lines.push(line),
    group: (_title: string, work: () => Promise<unknown>) => work(),
    mask: () => undefined,
  } as unknown as World;
  const found = await loadPolicy({ root: folder, commit: undefined });
  const policy = {
    ...found.policy,
    rehearsal: { ...found.policy.rehearsal, 'command-timeout': more.policy ?? '1m' },
  };
  const { catalog, version } = await catalogOf(facts);
  const loaded = { ...found, policy };
  const judged = { command, loaded, catalog, version: version as PostgresVersion, serverVersion: version };
  const { lint, rehearsal } = await rehearseByCommand(world, facts, judged);
  evidenceSchema.shape.lint.parse(lint);
  evidenceSchema.shape.rehearsal.parse(rehearsal);
  return { lint, rehearsal, log: lines.join('\n'), text: readFileSync(join(folder, 'command.sql'), 'utf8') };
}

const MIGRATION = `
begin;
create table if not exists schema_history (version int primary key);
alter table orders alter column note set not null;
insert into schema_history values (1);
commit;
`;

test('the command’s statements are linted and rehearsed, place by place', async (t) => {
  const facts = await prepared(SHOP);
  const files = { 'm.sql': MIGRATION };
  const { lint, rehearsal, text } = await ran(t, facts, 'psql -X -v ON_ERROR_STOP=1 -f m.sql', { files });
  assert.equal(rehearsal.status, 'passed');
  const [migration] = rehearsal.migrations;
  assert.equal(migration?.file, 'psql -X -v ON_ERROR_STOP=1 -f m.sql');
  assert.deepEqual(
    lint.findings.map(({ rule }) => rule),
    ['set-not-null-scan'],
  );
  assert.deepEqual(
    rehearsal.findings.map(({ rule, evidence }) => [rule, evidence]),
    [['set-not-null-scan', 'observed']],
  );
  assert.deepEqual(
    migration?.statements.map(({ place, sql }) => [place.startByte, place.line, sql]),
    lint.statements.map(({ place, sql }) => [place.startByte, place.line, sql]),
  );
  for (const { place, sql } of lint.statements)
    assert.equal(Buffer.from(text).toString('utf8', place.startByte, place.endByte), sql);
  assert.deepEqual(await one(facts, 'select version from schema_history'), { version: 1 });
  const again = await ran(t, facts, `psql -X -Atc "select 1 from pg_class where relname = 'schema_history'"`);
  assert.deepEqual(
    [again.rehearsal.status, again.rehearsal.reason],
    ['passed', 'the command found nothing to apply'],
  );
});

const ENDINGS: readonly [name: string, command: string, status: string, told: RegExp, more?: More][] = [
  ['nothing at all', 'true', 'unproven', /exit code 0 and never connected to DATABASE_URL/],
  [
    'not found',
    'no-such-tool',
    'unproven',
    /exit code 127 \(the shell did not find it\) and never connected/,
  ],
  [
    'a wrong password',
    'PGPASSWORD=guess psql -X -c "select 1"; true',
    'unproven',
    /never connected to DATABASE_URL \(it gave another password/,
  ],
  [
    'a refused statement',
    'psql -X -c "alter table nope add x int"',
    'failed',
    /relation "nope" does not exist\. The command ended with exit code 1\./,
  ],
  [
    'its own failure',
    'psql -X -c "create table t (id int primary key)"; exit 3',
    'failed',
    /The command ended with exit code 3, though the server refused none/,
  ],
  [
    'a refusal that it shrugs off',
    'psql -X -c "select * from nope"; psql -X -c "create table t (id int primary key)"',
    'passed',
    /^$/,
  ],
  [
    'a limit',
    'psql -X -c "select pg_sleep(100)"',
    'failed',
    /The command did not end within|canceling statement/,
    { policy: '2s' },
  ],
  [
    'an open transaction',
    'printf "begin; create table t (id int);" | psql -X',
    'failed',
    /left a transaction open when it ended: its last statement is lost/,
  ],
  ['an open transaction that only read', 'printf "begin; select * from orders;" | psql -X', 'passed', /^$/],
  [
    'a process left behind',
    "setsid psql -X -c 'select pg_sleep(100)' >/dev/null 2>&1 & sleep 1; psql -X -c 'create table t (id int primary key)'",
    'unproven',
    /A session was still open when the command had ended/,
  ],
  [
    'another database',
    'psql -X -d elsewhere -c "select 1"; psql -X -c "create table t (id int primary key)"',
    'unproven',
    /it asked for the database "elsewhere"/,
  ],
];

for (const [name, command, status, told, more] of ENDINGS) {
  test(`a command that ends with ${name}`, async (t) => {
    const facts = await prepared(SHOP);
    const { rehearsal } = await ran(t, facts, command, more);
    const words = rehearsal.reason ?? rehearsal.migrations.at(-1)?.problem?.message ?? '';
    assert.match(words, told);
    assert.equal(rehearsal.status, status);
    const left =
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'psql'";
    assert.deepEqual(await one(facts, left), { n: 0 });
  });
}

test('the real password is nowhere in the command’s environment, and what it can log in with leads through the proxy', async (t) => {
  const admin = await prepared(SHOP);
  await connected(admin, async (connection) => {
    await connection.script(
      "drop role if exists team; create role team login superuser password 'real-password-1'",
    );
  });
  const facts = { ...admin, user: 'team', password: new Secret('real-password-1') };
  const environment = {
    OTHER_URL: connectionUrl(facts).reveal(),
    DB_PASSWORD: 'real-password-1',
    NOTE: 'the password is real-password-1',
  };
  const command = 'env; psql -X "$OTHER_URL" -c "create table t (id int primary key)"';
  const { rehearsal, log } = await ran(t, facts, command, { environment });
  assert.doesNotMatch(log, /real-password-1/);
  assert.match(log, /^DATABASE_URL=/m);
  assert.doesNotMatch(log, /^NOTE=/m);
  assert.equal(rehearsal.status, 'passed', 'OTHER_URL led through the proxy');
});

test('a command that finds another way to the database proves nothing', async (t) => {
  const facts = await prepared(SHOP);
  const files = { way: connectionUrl(facts).reveal() };
  const seen = 'psql -X -q -c "alter table orders add column a int"';
  const past = 'psql -X -q "$(cat way)" -c "create table unseen ()"';
  const { rehearsal } = await ran(t, facts, `${seen}; ${past}`, { files });
  assert.deepEqual(
    [rehearsal.status, rehearsal.reason, rehearsal.migrations[0]?.outcome],
    [
      'unproven',
      'Not all that the command did could be watched: a session reached the database past the proxy.',
      'applied',
    ],
  );
  const reset = `psql -X -q -c "select pg_stat_reset()" -c "create table seen ()"`;
  assert.match((await ran(t, facts, reset)).rehearsal.reason ?? '', /counters were reset meanwhile/);
});
