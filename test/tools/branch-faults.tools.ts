/** Faults that only root can make: a full disk, and a machine that vanishes from the network. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { baselineName } from '../../src/branching/guards.ts';
import type { PostgresProvider } from '../../src/branching/postgres.ts';
import { ProviderError } from '../../src/errors.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { literal } from '../../src/postgres/quote.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { Secret } from '../../src/secret.ts';
import type { HoldingOrder } from '../branching/faults/holding-child.ts';
import {
  alwaysWrong,
  contentOf,
  entryOf,
  left,
  survey,
  unsettled,
  within,
} from '../branching/faults/invariants.ts';
import { providerFor, requestFor } from '../branching/faults/requests.ts';
import { type FragileServer, startFragileServer } from '../branching/faults/server.ts';
import { startStage } from '../branching/faults/stage.ts';
import { ask } from '../branching/sql-conformance.ts';
import { mountImage, whyNoMount } from '../support/loop-mount.ts';

const MEGABYTE = 1024 * 1024;
const BASELINE = 'the large one';

/** An administrator as managed services give: it may not know where the data stands, so nothing tells how much room there is. */
async function blindAdmin(superuser: ConnectionFacts): Promise<ConnectionFacts> {
  const password = new Secret(randomBytes(16).toString('hex'));
  await ask(
    superuser,
    `CREATE ROLE bot LOGIN CREATEDB CREATEROLE PASSWORD ${literal(scramVerifier(password))}`,
  );
  await ask(superuser, 'CREATE DATABASE bot OWNER bot');
  return { ...superuser, user: 'bot', database: 'bot', password };
}

/** About a megabyte for a thousand rows, besides the 7 MB that each database has. */
async function build(provider: PostgresProvider, superuser: ConnectionFacts, rows: number): Promise<void> {
  const createdAt = new Date().toISOString();
  await provider.ensureBaseline({ id: BASELINE, kind: 'schema', createdAt }, async (facts) => {
    await ask(
      facts,
      `CREATE TABLE fruit AS SELECT n, repeat(md5(n::text), 30) AS juice FROM generate_series(1, ${rows}) n`,
    );
  });
  await ask(superuser, 'CHECKPOINT');
}

/** Takes the disk but for so much; gives what ends that. */
function fillDisk(path: string, leave: number): () => void {
  const { bavail, bsize } = statfsSync(path);
  const file = join(path, 'filler');
  execFileSync('fallocate', ['-l', `${Math.floor((bavail * bsize) / MEGABYTE - leave)}M`, file]);
  return () => rmSync(file);
}

async function onSmallDisk(work: (server: FragileServer, path: string) => Promise<void>): Promise<void> {
  assert.equal(whyNoMount('ext4'), undefined);
  const mount = mountImage('ext4', 400);
  try {
    // Old segments are not kept for new ones, so that WAL always asks the disk for room.
    const settings = {
      max_wal_size: '64MB',
      min_wal_size: '32MB',
      wal_recycle: 'off',
      log_statement: 'none',
    };
    const server = await startFragileServer(settings, join(mount.path, 'server'));
    try {
      await work(server, mount.path);
    } finally {
      await server.stop();
    }
  } finally {
    mount.unmount();
  }
}

type FullDisk = { readonly rows: number; readonly leave: number };

/** Copied as files, which leave no WAL, and by WAL, whose end may be the server's. */
const FULL_DISKS: readonly FullDisk[] = [
  { rows: 60_000, leave: 40 },
  { rows: 60_000, leave: 5 },
  { rows: 14_000, leave: 12 },
  { rows: 14_000, leave: 2 },
];

const found = async (server: FragileServer) => within(await survey(server.admin), { repositoryId: 1 });

/** The branch that was there is whole and goes; the one that did not fit is made, and goes. */
async function healed(server: FragileServer, provider: PostgresProvider, content: string): Promise<void> {
  const [kept, refused] = [requestFor(1, BASELINE, 1), requestFor(1, BASELINE, 2)];
  assert.deepEqual(alwaysWrong(await found(server)), []);
  const old = await provider.find(kept.identity);
  assert.ok(old);
  assert.equal(await contentOf(await provider.connect(old)), content);
  await provider.remove(kept.identity);
  const { branch } = await provider.create(refused);
  assert.equal(await contentOf(await provider.connect(branch)), content);
  assert.deepEqual(unsettled(await found(server)), []);
  await provider.remove(refused.identity);
  assert.deepEqual(left(await found(server)), []);
}

for (const { rows, leave } of FULL_DISKS) {
  test(`a copy of ${rows} rows that nobody could foresee fills the disk, of which ${leave} MB were free, with the WAL on it`, async (t) => {
    await onSmallDisk(async (server, path) => {
      const provider = providerFor(await blindAdmin(server.admin));
      await build(provider, server.admin, rows);
      const database = baselineName(BASELINE);
      const entry = await entryOf(server.admin, database);
      const { branch, making } = await provider.create(requestFor(1, BASELINE, 1));
      const content = await contentOf(await provider.connect(branch));
      await ask(server.admin, 'CHECKPOINT');

      const free = fillDisk(path, leave);
      const error: unknown = await provider
        .create(requestFor(1, BASELINE, 2))
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof ProviderError, `it should fail: ${JSON.stringify(error)}`);
      const panicked = /PANIC/.test(await server.log());
      const end = panicked ? 'the server panicked' : 'the server went on';
      t.diagnostic(`${making?.copy?.strategy}: ${error.status} ${error.message} · ${end}`);

      free();
      await server.revive();
      await healed(server, provider, content);
      assert.equal(await entryOf(server.admin, database), entry);
    });
  });
}

const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

type Net = {
  readonly server: string;
  readonly name: string;
  readonly cutOff: () => void;
  readonly remove: () => void;
};

/** A network namespace joined to ours by one cable. */
function privateNetwork(): Net {
  const name = `pullgres${randomBytes(3).toString('hex')}`;
  const [outside, inside] = [`${name.slice(8)}o`, `${name.slice(8)}i`];
  const third = 1 + ((randomBytes(1)[0] ?? 0) % 250);
  const [server, client] = [`10.213.${third}.1`, `10.213.${third}.2`];
  ip('netns', 'add', name);
  ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
  ip('addr', 'add', `${server}/30`, 'dev', outside);
  ip('link', 'set', outside, 'up');
  ip('-n', name, 'addr', 'add', `${client}/30`, 'dev', inside);
  ip('-n', name, 'link', 'set', inside, 'up');
  return {
    server,
    name,
    cutOff: () => void ip('-n', name, 'link', 'set', inside, 'down'),
    remove: () => void ip('netns', 'del', name),
  };
}

test('a machine that vanishes in the middle of its work keeps nobody waiting for long', async (t) => {
  const net = privateNetwork();
  const stage = await startStage({ listen_addresses: '*' });
  try {
    appendFileSync(join(stage.server.data, 'pg_hba.conf'), 'host all all 10.213.0.0/16 scram-sha-256\n');
    await ask(stage.admin, 'SELECT pg_reload_conf()');
    const program = fileURLToPath(new URL('../branching/faults/holding-child.ts', import.meta.url));
    const child = spawn('ip', ['netns', 'exec', net.name, process.execPath, program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const order: HoldingOrder = {
      facts: { ...stage.admin, host: net.server, password: stage.admin.password.reveal() },
      repositoryId: 9,
    };
    child.stdin.end(JSON.stringify(order));
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      assert.match(line.toString(), /held/);
      net.cutOff();
      const started = performance.now();
      await providerFor(stage.admin, { holdWaitMs: 300_000 }).hold(
        requestFor(9, '').identity,
        async () => undefined,
      );
      const waited = Math.round((performance.now() - started) / 1_000);
      t.diagnostic(`the next run waited ${waited} s for the machine that vanished`);
      assert.ok(waited < 150, `${waited} s`);
    } finally {
      child.kill('SIGKILL');
    }
  } finally {
    net.remove();
    await stage.server.stop();
  }
});
