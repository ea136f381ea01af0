/** Copies on real filesystems, mounted from images: files that share blocks, files that do not, and a disk that is nearly full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asAdmin } from '../../src/branching/admin.ts';
import { baselineName } from '../../src/branching/guards.ts';
import { createPostgresProvider, type PostgresProvider, serverOf } from '../../src/branching/postgres.ts';
import { preflightChecks } from '../../src/branching/preflight.ts';
import type { Copy, CreateRequest, Making } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { startServer } from '../../src/postgres/server.ts';
import { ask } from '../branching/sql-conformance.ts';
import { type Filesystem, mountImage, whyNoMount } from '../support/loop-mount.ts';
import { newestBinaries } from '../support/postgres.ts';

const MEGABYTE = 1024 * 1024;
const BASELINE = 'copy-on-write:1';

type Place = {
  readonly provider: PostgresProvider;
  readonly facts: ConnectionFacts;
  readonly freeMegabytes: () => number;
  /** Takes so much of the disk that only this is free; gives what ends that. */
  readonly leave: (megabytes: number) => () => void;
};

/** A server on a filesystem of its own, with a baseline of so many megabytes. */
async function onFilesystem(
  filesystem: Filesystem,
  size: { readonly disk: number; readonly baseline: number },
  work: (place: Place) => Promise<void>,
): Promise<void> {
  assert.equal(whyNoMount(filesystem), undefined);
  const mount = mountImage(filesystem, size.disk);
  try {
    const settings = { max_wal_size: '64MB', min_wal_size: '32MB', autovacuum: 'off' };
    const directory = join(mount.path, 'server');
    const server = await startServer({ binaries: await newestBinaries(), directory, settings });
    try {
      const { facts } = server;
      const provider = createPostgresProvider({ facts, now: () => new Date() });
      await build(provider, facts, size.baseline);
      const freeMegabytes = (): number => {
        const { bavail, bsize } = statfsSync(mount.path);
        return (bavail * bsize) / MEGABYTE;
      };
      await work({ provider, facts, freeMegabytes, leave: filler(mount.path, freeMegabytes) });
    } finally {
      await server.stop();
    }
  } finally {
    mount.unmount();
  }
}

async function build(provider: PostgresProvider, facts: ConnectionFacts, megabytes: number): Promise<void> {
  const createdAt = new Date().toISOString();
  await provider.ensureBaseline({ id: BASELINE, kind: 'schema', createdAt }, async (inside) => {
    await ask(
      inside,
      `CREATE TABLE fruit AS SELECT n, repeat(md5(n::text), 30) AS juice FROM generate_series(1, ${megabytes * 1000}) n`,
    );
  });
  await ask(facts, 'CHECKPOINT');
}

function filler(path: string, freeMegabytes: () => number): Place['leave'] {
  const file = join(path, 'filler');
  return (megabytes) => {
    const length = Math.max(1, Math.floor(freeMegabytes() - megabytes));
    execFileSync('fallocate', ['-l', `${length}M`, file]);
    return () => rmSync(file);
  };
}

function request(number: number): CreateRequest {
  return {
    identity: { repositoryId: 7, subject: { kind: 'pull-request', number } },
    baselineId: BASELINE,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

function copyOf(making: Making | undefined): Copy {
  assert.ok(making?.copy);
  return making.copy;
}

const count = async (provider: PostgresProvider, branch: Parameters<PostgresProvider['connect']>[0]) =>
  (await ask(await provider.connect(branch), 'SELECT count(*)::int AS n FROM fruit'))[0]?.n;

for (const filesystem of ['xfs', 'btrfs'] as const) {
  test(`on ${filesystem}, which shares blocks, a branch is a clone that takes next to no disk`, async () => {
    await onFilesystem(filesystem, { disk: 1200, baseline: 120 }, async ({ provider, ...place }) => {
      const before = place.freeMegabytes();
      const made = await provider.create(request(1));
      const copy = copyOf(made.making);
      assert.equal(copy.reflink, 'proved');
      assert.equal(copy.strategy, 'clone', copy.why);
      assert.ok(copy.bytes > 120 * MEGABYTE, `${copy.bytes} bytes`);
      // New segments of WAL, 16 MB each, are among it; a copy would take 120 and more.
      assert.ok(before - place.freeMegabytes() < 60, `${before - place.freeMegabytes()} MB went`);
      assert.ok((copy.actualBytes ?? Number.NaN) < 60 * MEGABYTE, `${copy.actualBytes} bytes went`);

      await ask(await provider.connect(made.branch), 'DELETE FROM fruit WHERE n > 10');
      const other = await provider.create(request(2));
      assert.deepEqual(
        [await count(provider, made.branch), await count(provider, other.branch)],
        [10, 120_000],
        'what one branch writes no other sees',
      );
      const reset = await provider.reset(made.branch, BASELINE);
      assert.equal(copyOf(reset.making).strategy, 'clone');
      assert.equal(await count(provider, reset.branch), 120_000);
    });
  });
}

test('on XFS a clone is made where no copy would fit', async () => {
  await onFilesystem('xfs', { disk: 800, baseline: 150 }, async ({ provider, leave }) => {
    leave(120);
    const copy = copyOf((await provider.create(request(1))).making);
    assert.equal(copy.strategy, 'clone');
    assert.match(copy.why, /more than is free/);
  });
});

test('on ext4, which shares none and says nothing, a branch is never called a clone', async () => {
  await onFilesystem('ext4', { disk: 800, baseline: 60 }, async ({ provider, freeMegabytes }) => {
    const before = freeMegabytes();
    const copy = copyOf((await provider.create(request(1))).making);
    assert.equal(copy.reflink, 'absent');
    assert.notEqual(copy.strategy, 'clone');
    assert.match(copy.why, /share no blocks|cannot clone/);
    assert.ok(before - freeMegabytes() > 40, 'the disk says so too');
  });
});

test('on a nearly full disk a branch is refused with the numbers, and the server goes on', async () => {
  await onFilesystem('ext4', { disk: 500, baseline: 80 }, async ({ provider, facts, leave }) => {
    const first = await provider.create(request(1));
    const free = leave(60);
    const refused = {
      name: 'ProviderError',
      message: /needs \d+ MB on the data volume, of which/,
      hint: /Free \d+ MB/,
    };
    await assert.rejects(provider.create(request(2)), refused);
    assert.equal(await provider.find(request(2).identity), undefined);
    const checks = await asAdmin(serverOf({ facts, now: () => new Date() }), (admin) =>
      preflightChecks(admin, baselineName(BASELINE)),
    );
    assert.deepEqual(
      checks.filter(({ status }) => status === 'problem').map(({ name }) => name),
      ['free space'],
    );
    await ask(facts, 'CREATE TABLE alive AS SELECT generate_series(1, 1000) AS n');
    await ask(facts, 'CHECKPOINT');
    assert.equal(await count(provider, first.branch), 80_000);
    free();
    assert.ok((await provider.create(request(2))).created, 'with room it is made');
  });
});

test('two copies at once, each of which would fit alone, take turns: the second is refused, and the server goes on', async () => {
  await onFilesystem('ext4', { disk: 500, baseline: 80 }, async ({ provider, facts, leave }) => {
    leave(150);
    const made = await Promise.allSettled([provider.create(request(1)), provider.create(request(2))]);
    const refused = made.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    assert.equal(refused.length, 1, refused.join('\n'));
    assert.match(refused[0] ?? '', /needs \d+ MB on the data volume/);
    await ask(facts, 'CREATE TABLE alive AS SELECT generate_series(1, 1000) AS n');
  });
});
