import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { asAdmin } from '../../src/branching/admin.ts';
import { baselineName } from '../../src/branching/guards.ts';
import { createPostgresProvider, serverOf } from '../../src/branching/postgres.ts';
import { preflightChecks } from '../../src/branching/preflight.ts';
import type { BranchIdentity, CreateRequest, Making } from '../../src/branching/provider.ts';
import { readTemplateFacts } from '../../src/branching/template-facts.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { startServer } from '../../src/postgres/server.ts';
import { testBinaries } from '../support/postgres.ts';

import { ask, tell } from './sql-conformance.ts';

const BASELINE = 'copies:1';
const template = baselineName(BASELINE);
const repositoryId = randomInt(1_000_000, 1_000_000_000);
const expiresAt = new Date(Date.now() + 3_600_000).toISOString();

const directory = await mkdtemp(join(tmpdir(), 'pullgres-test-copies-'));
const server = await startServer({
  binaries: await testBinaries(),
  directory,
  settings: { max_prepared_transactions: '5' },
});
const { facts } = server;
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const said: string[] = [];
const provider = createPostgresProvider({
  facts,
  now: () => new Date(),
  onProgress: (text) => said.push(text),
});
await provider.ensureBaseline(
  { id: BASELINE, kind: 'schema', createdAt: new Date().toISOString() },
  async (inside) => {
    await ask(
      inside,
      'CREATE TABLE fruit AS SELECT n, md5(n::text) AS name FROM generate_series(1, 20000) n',
    );
  },
);

let number = 0;

function request(): CreateRequest {
  number += 1;
  const identity: BranchIdentity = { repositoryId, subject: { kind: 'pull-request', number } };
  return { identity, baselineId: BASELINE, headSha: 'a'.repeat(40), baseRef: 'main', expiresAt };
}

function copyOf(making: Making | undefined) {
  assert.ok(making?.copy, 'the provider tells how it copied');
  return making.copy;
}

const admin = <T>(work: Parameters<typeof asAdmin<T>>[1]): Promise<T> =>
  asAdmin(serverOf({ facts, now: () => new Date() }), work);

/** Runs `work` with the closed baseline opened, as somebody who bears all rights can do by hand. */
async function opened(work: (inside: ConnectionFacts) => Promise<void>): Promise<void> {
  const open = (yes: boolean) =>
    ask(facts, `ALTER DATABASE ${identifier(template)} ALLOW_CONNECTIONS ${yes}`);
  await open(true);
  try {
    await work({ ...facts, database: template });
  } finally {
    await open(false);
  }
}

test('create and reset tell how they copied, in numbers that the server confirms', async () => {
  const made = await provider.create(request());
  const reset = await provider.reset(made.branch, BASELINE);
  const [size] = await ask(facts, `SELECT pg_database_size(${literal(template)})::int AS bytes`);
  for (const copy of [copyOf(made.making), copyOf(reset.making)]) {
    assert.equal(copy.bytes, size?.bytes);
    assert.ok((copy.files ?? 0) > 200, `${copy.files} files`);
    assert.ok(copy.actualMs > 0 && copy.predictedMs > 0 && copy.predictedBytes > 0);
    assert.match(copy.why, /files/);
    assert.ok(copy.strategy !== 'clone' || copy.reflink === 'proved');
  }
  const rows = await ask(await provider.connect(reset.branch), 'SELECT count(*)::int AS n FROM fruit');
  assert.equal(rows[0]?.n, 20_000);
});

test('a branch that is found again was not copied', async () => {
  const wanted = request();
  await provider.create(wanted);
  const again = await provider.create(wanted);
  assert.deepEqual([again.created, again.making], [false, undefined]);
});

test('what a copy took is kept, and the next is foreseen from it', async () => {
  const first = copyOf((await provider.create(request())).making);
  const kept = await ask(
    facts,
    'SELECT strategy, bytes::float8 AS bytes, actual_ms FROM pullgres.measurements ORDER BY id DESC LIMIT 1',
  );
  assert.deepEqual(kept[0], { strategy: first.strategy, bytes: first.bytes, actual_ms: first.actualMs });
  await ask(facts, 'UPDATE pullgres.measurements SET actual_ms = 77000');
  const second = copyOf((await provider.create(request())).making);
  assert.ok(second.predictedMs > 20_000, `${second.predictedMs} ms foreseen`);
  assert.ok(
    said.some((line) => /took \d+ ms, not \d+ ms as foreseen/.test(line)),
    'a model that is off is told',
  );
});

test('at most 50 copies of each strategy are kept, the newest', async () => {
  const { strategy } = copyOf((await provider.create(request())).making);
  await ask(
    facts,
    `INSERT INTO pullgres.measurements (strategy, bytes, files, dirty_bytes, actual_ms)
     SELECT s, 1, 1, 0, n FROM generate_series(1, 80) n, (VALUES ('other'), (${literal(strategy)})) v (s)`,
  );
  await provider.create(request());
  const kept = await ask(
    facts,
    `SELECT count(*)::int AS n, min(actual_ms) AS oldest FROM pullgres.measurements WHERE strategy = ${literal(strategy)}`,
  );
  assert.equal(kept[0]?.n, 50);
  const others = await ask(
    facts,
    `SELECT count(*)::int AS n FROM pullgres.measurements WHERE strategy = 'other'`,
  );
  assert.equal(others[0]?.n, 80);
});

test('a table of measurements that another role owns is neither read nor written', async () => {
  await ask(facts, 'CREATE ROLE stranger');
  await ask(facts, 'ALTER TABLE pullgres.measurements OWNER TO stranger');
  try {
    const before = await ask(facts, 'SELECT count(*)::int AS n FROM pullgres.measurements');
    await provider.create(request());
    assert.deepEqual((await admin((each) => readTemplateFacts(each, template))).past, []);
    assert.deepEqual(await ask(facts, 'SELECT count(*)::int AS n FROM pullgres.measurements'), before);
  } finally {
    await ask(facts, 'DROP TABLE pullgres.measurements');
    await ask(facts, 'DROP ROLE stranger');
  }
});

test('a table of measurements that somebody changed costs no branch', async () => {
  await provider.create(request());
  await ask(facts, 'ALTER TABLE pullgres.measurements DROP COLUMN files');
  assert.ok((await provider.create(request())).created);
  await ask(facts, 'DROP TABLE pullgres.measurements');
});

test('the server’s disk is seen where it is this machine’s, with the files that the server counts', async () => {
  const seen = await admin((each) => readTemplateFacts(each, template));
  const [counted] = await ask(
    facts,
    `SELECT count(*)::int AS files FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = ${literal(template)}))`,
  );
  assert.equal(seen.files, counted?.files);
  assert.ok(seen.space && seen.space.data.freeBytes > 0, 'free space is told');
  assert.ok(seen.reflink !== 'unknown', seen.reflinkWhy);
});

test('what an administrator without rights may not see is unknown, and why is told', async () => {
  await ask(facts, 'CREATE ROLE blind CREATEDB');
  const blind = await admin(async (each) => {
    await each.script('SET ROLE blind');
    return readTemplateFacts(each, 'template1');
  });
  assert.deepEqual([blind.reflink, blind.files, blind.space], ['unknown', undefined, undefined]);
  assert.match(blind.reflinkWhy, /pg_read_all_settings/);
});

test('a prepared transaction in the baseline is refused with the statement that ends it', async () => {
  await opened((inside) => tell(inside, 'BEGIN', 'CREATE TABLE pear ()', `PREPARE TRANSACTION 'it''s'`));
  await assert.rejects(provider.create(request()), {
    hint: /ROLLBACK PREPARED 'it''s'/,
    message: /1 prepared transaction in/,
  });
  await opened((inside) => tell(inside, `ROLLBACK PREPARED 'it''s'`));
  assert.ok((await provider.create(request())).created);
});

test('a session in the baseline is waited for, and refused when it stays; nothing is left', async () => {
  const wanted = request();
  const guest = await openGuest();
  const begun = performance.now();
  await assert.rejects(provider.create(wanted), {
    name: 'ProviderError',
    retryable: true,
    message: /1 session in pullgres_baseline/,
  });
  assert.ok(performance.now() - begun >= 4_500, 'it was waited for');
  assert.equal(await provider.find(wanted.identity), undefined);
  await guest.close();
  assert.ok((await provider.create(wanted)).created);
});

test('a session that leaves in time holds nothing up', async () => {
  const guest = await openGuest();
  const leaving = new Promise<void>((done) => setTimeout(() => void guest.close().then(done), 1_000));
  assert.ok((await provider.create(request())).created);
  await leaving;
});

async function openGuest() {
  let guest: Awaited<ReturnType<typeof openConnection>> | undefined;
  await opened(async (inside) => {
    guest = await openConnection(inside, { applicationName: 'guest' });
  });
  assert.ok(guest);
  return guest;
}

test('another collation version is refused before a reset drops anything', async (t) => {
  const [version] = await ask(facts, `SELECT current_setting('server_version_num')::int / 10000 AS major`);
  const setVersion = (text: string) =>
    ask(facts, `UPDATE pg_database SET datcollversion = ${text} WHERE datname = ${literal(template)}`);
  const { branch } = await provider.create(request());
  if (Number(version?.major) < 15) {
    const checks = await admin((each) => preflightChecks(each, template));
    assert.match(
      checks.find(({ name }) => name === 'collation version')?.detail ?? '',
      /keeps no collation version/,
    );
    return;
  }
  const [old] = await ask(
    facts,
    `SELECT datcollversion AS v FROM pg_database WHERE datname = ${literal(template)}`,
  );
  await setVersion(`'0.0'`);
  t.after(() => setVersion(old?.v === null ? 'NULL' : literal(String(old?.v))));
  const refused = { message: /collation version 0\.0/, hint: /REFRESH COLLATION VERSION/ };
  await assert.rejects(provider.create(request()), refused);
  await assert.rejects(provider.reset(branch, BASELINE), refused);
  assert.deepEqual(await provider.find(branch.labels), branch);
});

test('the checks of a fit baseline find nothing', async () => {
  const checks = await admin((each) => preflightChecks(each, template));
  assert.deepEqual(
    checks.filter(({ status }) => status === 'problem'),
    [],
  );
  assert.equal(checks.length, 8);
});
