import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Admin } from '../../src/branching/admin.ts';
import { readSpace, readTemplateDisk, seeDisk } from '../../src/branching/disk.ts';
import { probeReflink } from '../../src/branching/reflink.ts';
import { ProviderError } from '../../src/errors.ts';

const IDENTIFIER = 7_710_774_639_740_671_743n;
const STARTED = 1_795_304_623;

/** What looks like a data directory: enough of its files for us. */
async function withCluster(work: (directory: string) => Promise<void>): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pullgres-disk-')));
  const directory = join(root, 'data');
  try {
    for (const folder of ['global', 'base/5', 'pg_wal'])
      await mkdir(join(directory, folder), { recursive: true });
    await writeFile(
      join(directory, 'global', 'pg_control'),
      new Uint8Array(new BigUint64Array([IDENTIFIER, 1n]).buffer),
    );
    await writeFile(
      join(directory, 'postmaster.pid'),
      `42\n${directory}\n${STARTED}\n5432\n/tmp\nlocalhost\n\nready\n`,
    );
    for (const name of ['1259', '1259_vm']) await writeFile(join(directory, 'base/5', name), 'x');
    await work(directory);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function serverIn(directory: string, other: Record<string, unknown> = {}): Admin {
  const row = { directory, identifier: String(IDENTIFIER), port: 5432, started: STARTED + 2.5, ...other };
  return { query: async () => ({ rows: [row], rowCount: 1 }) } as unknown as Admin;
}

test('the directory is the server’s when identifier, port and start are', () =>
  withCluster(async (directory) => {
    assert.deepEqual(await seeDisk(serverIn(directory)), { directory });
  }));

const STRANGERS: readonly [string, Record<string, unknown>, RegExp][] = [
  ['another cluster', { identifier: '7710774639740671744' }, /another server’s/],
  ['a standby beside, on another port', { port: 5433 }, /another server’s/],
  ['the same cluster elsewhere, started at another time', { started: STARTED + 3_600 }, /another server’s/],
  ['a path that is not here', { directory: '/nowhere/at/all' }, /not on this machine/],
];

for (const [name, other, why] of STRANGERS) {
  test(`unseen: ${name}`, () =>
    withCluster(async (directory) => {
      const disk = await seeDisk(serverIn(directory, other));
      assert.match('unseen' in disk ? disk.unseen : '', why);
    }));
}

test('unseen: a server that is not running there, whatever its identifier', () =>
  withCluster(async (directory) => {
    await rm(join(directory, 'postmaster.pid'));
    assert.ok('unseen' in (await seeDisk(serverIn(directory))));
  }));

test('unseen: an administrator that may not ask', async () => {
  const admin = {
    query: async () => {
      throw new ProviderError('The server refused.', { status: '42501' });
    },
  } as unknown as Admin;
  const disk = await seeDisk(admin);
  assert.match('unseen' in disk ? disk.unseen : '', /GRANT pg_read_all_settings/);
});

test('the log counts as a volume of its own only where it is one', () =>
  withCluster(async (directory) => {
    const one = await readSpace(directory);
    assert.ok(one.data.freeBytes > 0 && one.data.totalBytes > one.data.freeBytes);
    assert.equal(one.wal, undefined);
    await rm(join(directory, 'pg_wal'), { recursive: true });
    // A filesystem that every machine has, and that is never the one for temporary files.
    await symlink(process.platform === 'darwin' ? '/dev' : '/proc', join(directory, 'pg_wal'));
    assert.ok((await readSpace(directory)).wal, 'a link to another volume');
  }));

test('a database’s files are counted, and the probe leaves nothing in the cluster or beside it', () =>
  withCluster(async (directory) => {
    const seen = await readTemplateDisk({ directory }, { oid: '5', tablespaces: 0 });
    assert.equal(seen.files, 2);
    assert.ok(seen.space);
    assert.notEqual(seen.reflink, 'unknown', seen.why);
    assert.deepEqual(await readdir(join(directory, '..')), ['data']);
    assert.deepEqual((await readdir(directory)).sort(), ['base', 'global', 'pg_wal', 'postmaster.pid']);
  }));

test('files in a tablespace may stand on any disk, so nothing is said of them', () =>
  withCluster(async (directory) => {
    const seen = await readTemplateDisk({ directory }, { oid: '5', tablespaces: 1 });
    assert.deepEqual([seen.files, seen.space, seen.reflink], [undefined, undefined, 'unknown']);
    assert.match(seen.why, /tablespace/);
  }));

test('where nothing can be written, sharing is unknown and not absent', async () => {
  const { reflink, why } = await probeReflink('/nowhere/at/all');
  assert.equal(reflink, 'unknown');
  assert.match(why, /ENOENT/);
});
