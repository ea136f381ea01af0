import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { examine } from '../../../src/branching/doctor/examine.ts';
import { installationSecret } from '../../../src/branching/installation.ts';
import { createPostgresProvider, serverOf } from '../../../src/branching/postgres.ts';
import { ProviderError } from '../../../src/errors.ts';
import { openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { Secret } from '../../../src/secret.ts';
import { rowsOf } from '../../support/team-server.ts';
import { asked, BASELINE, heal, patient } from './planted.ts';

const now = () => new Date();
const PASSWORD = 'pass-word-of-the-bot';
let bot: ConnectionFacts;

/** What a managed service gives: a role that may make databases and roles, with a database of its own. */
before(async () => {
  const { facts, sql } = await patient();
  await sql(`CREATE ROLE bot LOGIN CREATEDB CREATEROLE PASSWORD '${PASSWORD}'`);
  await sql('CREATE DATABASE bot OWNER bot');
  bot = { ...facts, user: 'bot', database: 'bot', password: new Secret(PASSWORD) };
});

test('what it may not see is not proved, and nothing else is wrong', async () => {
  // Before 15 every database begins with this one.
  const open = await asked('public-create', { facts: bot });
  if (open.status === 'problem') await heal(open.remedy?.sql);
  const provider = createPostgresProvider({ facts: bot, now });
  await provider.ensureBaseline({ ...BASELINE, id: 'of the bot' }, async () => {});
  const { results, serverVersion } = await examine({ facts: bot, now });
  const ids = (status: string) => results.filter((each) => each.status === status).map(({ id }) => id);
  assert.deepEqual(ids('problem'), []);
  // Only from 18 on does it hang on the disk how a copy is made.
  const disk = [...(serverVersion >= 18 ? ['copies'] : []), 'free-files', 'free-space'];
  const sorting = serverVersion < 15 ? ['collation'] : [];
  const unseen = ['baseline-contents', ...sorting, ...disk, 'orphan-directories', 'pg-hba', 'preload'];
  assert.deepEqual(ids('unknown').toSorted(), unseen);
  assert.ok(ids('ok').length > 20);
  assert.ok(!JSON.stringify(results).includes(PASSWORD));
});

test('preload: proved once the administrator may read all settings', async () => {
  const found = await asked('preload', { facts: bot });
  assert.equal(found.status, 'unknown');
  await heal(found.remedy?.sql);
  assert.equal((await asked('preload', { facts: bot })).status, 'ok');
});

test('administrator-rights: each that lacks is named, and given', async () => {
  const { sql } = await patient();
  await sql('ALTER ROLE bot NOCREATEDB NOCREATEROLE');
  const found = await asked('administrator-rights', { facts: bot });
  assert.equal(found.status, 'problem');
  assert.match(found.detail, /^bot lacks CREATEDB and CREATEROLE\.$/);
  await heal(found.remedy?.sql);
  assert.equal((await asked('administrator-rights', { facts: bot })).status, 'ok');
});

test('administrator-connections: a limit that jobs reach', async () => {
  const { sql } = await patient();
  for (const [limit, status] of [
    [2, 'problem'],
    [20, 'warning'],
  ] as const) {
    await sql(`ALTER ROLE bot CONNECTION LIMIT ${limit}`);
    const found = await asked('administrator-connections', { facts: bot });
    assert.equal(found.status, status);
    assert.match(found.detail, new RegExp(`^bot may have ${limit} sessions, and has 1 now`));
    await heal(found.remedy?.sql);
    assert.equal((await asked('administrator-connections', { facts: bot })).status, 'ok');
  }
});

test('installation: a database where it may not make its schema', async () => {
  const { sql } = await patient();
  await sql('CREATE DATABASE not_its_own');
  const elsewhere = { ...bot, database: 'not_its_own' };
  const found = await asked('installation', { facts: elsewhere });
  assert.equal(found.status, 'problem');
  assert.match(found.detail, /^bot may not create its schema in not_its_own/);
  await assert.rejects(installationSecret(serverOf({ facts: elsewhere, now })), (error: unknown) => {
    assert.ok(error instanceof ProviderError);
    assert.match(error.hint ?? '', /GRANT CREATE ON DATABASE "not_its_own" TO "bot"$/);
    return true;
  });
  await heal(found.remedy?.sql);
  assert.equal((await asked('installation', { facts: elsewhere })).status, 'ok');
  await installationSecret(serverOf({ facts: elsewhere, now }));
});

test('public-connect: closed, it still lets in the administrator and whoever is at work, and no branch', async (t) => {
  const { sql, facts } = await patient();
  const password = new Secret('pass-word-of-the-app');
  await sql('CREATE DATABASE "the home"');
  for (const role of ['"the app"', 'visitor'])
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD '${password.reveal()}'`);
  const home = { ...facts, database: 'the home', password };
  const app = { ...home, user: 'the app' };
  const session = await openConnection(app, { applicationName: 'the app' });
  t.after(() => session.close());
  const found = await asked('public-connect', { facts: { ...bot, database: 'the home' } });
  assert.equal(found.status, 'warning');
  assert.match(
    found.remedy?.text ?? '',
    /^bot may not run this: a superuser must, or each database’s owner \(.*postgres of "the home"/,
  );
  await heal(found.remedy?.sql);
  const again = { facts: { ...bot, database: 'the home' } };
  assert.equal((await asked('public-connect', again)).status, 'ok');
  await rowsOf(again.facts, 'CREATE TEMPORARY TABLE still (id int)');
  await rowsOf(app, 'SELECT 1');
  await assert.rejects(rowsOf({ ...home, user: 'visitor' }, 'SELECT 1'), /permission denied|not let/);
});

test('public-connect: an owner of all may close them', async () => {
  const { sql } = await patient();
  await sql('CREATE DATABASE of_the_bot OWNER bot');
  assert.match((await asked('public-connect', { facts: bot })).remedy?.text ?? '', /^bot may run this\./);
  await sql('DROP DATABASE of_the_bot');
});

test('baseline-owners: owners whose rights it lacks, whose names are hostile', async () => {
  const { sql, facts } = await patient();
  await sql('CREATE DATABASE restored OWNER bot');
  await sql('CREATE ROLE "app\nowner"');
  const inside = { ...facts, database: 'restored' };
  await rowsOf(inside, 'CREATE TABLE orders (id int)');
  await rowsOf(inside, 'ALTER TABLE orders OWNER TO "app\nowner"');
  // Who lacks the rights may not publish it, but may lose them afterwards.
  await sql('GRANT "app\nowner" TO bot');
  await createPostgresProvider({ facts: bot, now }).publishBaseline('restored', {
    id: 'restored',
    kind: 'synthetic',
  });
  await sql('REVOKE "app\nowner" FROM bot');
  const options = { facts: bot, baseline: 'restored' };
  const found = await asked('baseline-owners', options);
  assert.equal(found.status, 'problem');
  assert.match(
    found.detail,
    /^U&"app\\\+00000Aowner" owns objects in a baseline, and bot has not their rights/,
  );
  await heal(found.remedy?.sql);
  // What the bootstrap superuser owns there stays unseen.
  const after = await asked('baseline-owners', options);
  assert.equal(after.status, 'unknown');
  assert.match(
    after.detail,
    /It has the rights of every owner that can be seen\. .* restored cannot be seen/,
  );
  assert.equal((await asked('baseline-owners', { facts: bot, baseline: 'of the bot' })).status, 'ok');
});

test('baseline-contents: what is closed is never said to be in order', async () => {
  assert.equal((await asked('baseline-contents')).status, 'unknown');
});

test('free-space, free-files, copies: seen on this machine, with their numbers', async () => {
  for (const [id, says] of [
    ['free-space', /needs [\d.]+ [KMG]B of the [\d.]+ [KMG]B that are free/],
    ['free-files', /A copy makes \d+ files|has no limit of files/],
    ['copies', /[\d.]+ MB in \d+ files take /],
  ] as const) {
    const found = await asked(id);
    assert.equal(found.status, 'ok', JSON.stringify(found));
    assert.match(found.detail, says);
  }
});

test('a server that cannot be reached, or lets nobody in, is no examination, and no password is told', async () => {
  for (const facts of [
    { ...bot, port: 1 },
    { ...bot, password: new Secret('hunter2-secret') },
    { ...bot, database: 'none' },
  ]) {
    await assert.rejects(examine({ facts, now }), (error: unknown) => {
      assert.ok(error instanceof ProviderError);
      assert.ok(!`${error.message} ${error.hint}`.includes(facts.password.reveal()));
      return true;
    });
  }
});
