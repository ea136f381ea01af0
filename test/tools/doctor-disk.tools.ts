/** What doctor and usage say of a real disk, mounted from an image. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { examine } from '../../src/branching/doctor/examine.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { startServer } from '../../src/postgres/server.ts';
import { mountImage } from '../support/loop-mount.ts';
import { newestBinaries } from '../support/postgres.ts';
import { rowsOf } from '../support/team-server.ts';

const MEGABYTE = 1024 * 1024;
const now = () => new Date();
const FILL =
  'CREATE TABLE fruit AS SELECT n, repeat(md5(n::text), 30) AS juice FROM generate_series(1, 40000) n';

async function said(facts: ConnectionFacts, id: string) {
  const { results } = await examine({ facts, now });
  return results.find((each) => each.id === id);
}

test('XFS: usage tells what a branch shares, doctor whether there is room for another', async (t) => {
  const mount = mountImage('xfs', 1024);
  let stop = async () => {};
  t.after(async () => {
    await stop();
    mount.unmount();
  });
  const directory = join(mount.path, 'server');
  const settings = { max_wal_size: '64MB', min_wal_size: '32MB', autovacuum: 'off' };
  const server = await startServer({ binaries: await newestBinaries(), directory, settings });
  stop = server.stop;
  const { facts } = server;
  const provider = createPostgresProvider({ facts, now });
  const baseline = { id: 'base', kind: 'schema', createdAt: now().toISOString() } as const;
  await provider.ensureBaseline(baseline, async (inside) => void (await rowsOf(inside, FILL)));
  await rowsOf(facts, 'CHECKPOINT');
  const { branch } = await provider.create({
    identity: { repositoryId: 7, subject: { kind: 'pull-request', number: 1 } },
    baselineId: baseline.id,
    headSha: '',
    baseRef: 'main',
    expiresAt: '2126-01-01T00:00:00.000Z',
  });
  await t.test('a branch shares nearly all, until it is written to', async () => {
    await rowsOf(facts, 'CHECKPOINT');
    const { bytes, divergedBytes = Number.NaN } = await provider.usage(branch);
    assert.ok(divergedBytes < bytes / 4, `${divergedBytes} of ${bytes}`);
    await rowsOf(await provider.connect(branch), "UPDATE fruit SET juice = juice || 'x'");
    await rowsOf(facts, 'CHECKPOINT');
    const after = await provider.usage(branch);
    assert.ok((after.divergedBytes ?? 0) > bytes / 2, `${after.divergedBytes} of ${after.bytes}`);
  });
  await t.test('copies: by clone, because it was tried', async () => {
    const found = await said(facts, 'copies');
    assert.equal(found?.status, 'ok');
    assert.match(String(found?.detail), /take FILE_COPY by clone/);
  });
  await t.test('free-space: a disk that is nearly full', async () => {
    assert.equal((await said(facts, 'free-space'))?.status, 'ok');
    const { bavail, bsize } = statfsSync(mount.path);
    const filler = join(mount.path, 'filler');
    execFileSync('fallocate', ['-l', `${Math.floor((bavail * bsize) / MEGABYTE - 40)}M`, filler]);
    const found = await said(facts, 'free-space');
    rmSync(filler);
    assert.equal(found?.status, 'problem', JSON.stringify(found));
    assert.match(
      `${found?.detail} ${found?.remedy?.text}`,
      /of which [34]\d MB are free .* Free \d+ MB there/,
    );
    assert.equal((await said(facts, 'free-space'))?.status, 'ok');
  });
});
