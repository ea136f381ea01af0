import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLocalProvider, type LocalProvider } from '../../src/branching/local.ts';
import type { Trust } from '../../src/branching/provider.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { readRecord } from '../../src/postgres/server-record.ts';
import { testBinaries } from '../support/postgres.ts';
import { behaviours, conformance } from './conformance.ts';
import { sqlBehaviours } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';

const directory = await mkdtemp(join(tmpdir(), 'pullgres-test-local-'));
const binaries = await testBinaries();
const provider = (trust?: Trust): Promise<LocalProvider> =>
  createLocalProvider({ binaries, directory, now: () => new Date(), pageSize: 2, ...(trust && { trust }) });

after(async () => {
  await (await provider()).stop();
  await rm(directory, { recursive: true, force: true });
});

conformance('local', async () => {
  let judge: Trust = () => undefined;
  const late: Trust = (...given) => judge(...given);
  const [one, two] = [await provider(late), await provider(late)];
  const providers = [one, two];
  return sqlSubject(one.facts, (trust) => {
    judge = trust;
    return providers.pop() ?? one;
  });
}, [...behaviours, ...sqlBehaviours]);

test('a second provider joins the running server, and close leaves it running', async () => {
  const one = await provider();
  await one.close();
  const two = await provider();
  assert.equal(two.facts.port, one.facts.port);
  assert.equal(two.facts.password.reveal(), one.facts.password.reveal());
  const { maximumNameBytes, durable, shards } = two.capabilities;
  assert.deepEqual(
    { maximumNameBytes, durable, shards },
    { maximumNameBytes: 63, durable: false, shards: true },
  );
});

test('nobody but the superuser gets into the server’s own databases', async () => {
  const { facts } = await provider();
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    const { rows } = await connection.query(
      `SELECT datname::text AS name FROM pg_database d, aclexplode(d.datacl) a WHERE a.grantee = 0
         AND datname <> 'template0'
       UNION ALL SELECT datname FROM pg_database WHERE datacl IS NULL`,
    );
    assert.deepEqual(rows, []);
  } finally {
    await connection.close();
  }
});

test('a server that was killed is replaced, one that was stopped leaves nothing', async () => {
  const own = await mkdtemp(join(tmpdir(), 'pullgres-test-local-'));
  try {
    const options = { binaries, directory: own, now: () => new Date() };
    const killed = await createLocalProvider(options);
    const postmaster = readRecord(own)?.processes.at(-1);
    assert.ok(postmaster !== undefined);
    process.kill(postmaster, 'SIGKILL');
    const fresh = await createLocalProvider(options);
    assert.notEqual(fresh.facts.password.reveal(), killed.facts.password.reveal());
    assert.deepEqual(await fresh.list(1), { branches: [], next: undefined });
    await fresh.stop();
    assert.deepEqual(await readdir(own).catch(() => []), []);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
});
