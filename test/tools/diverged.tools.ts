import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { divergedBytes } from '../../src/branching/diverged.ts';
import { mountImage } from '../support/loop-mount.ts';

const PAGE = 8192;

for (const filesystem of ['xfs', 'btrfs'] as const) {
  test(`${filesystem}: a cloned database has diverged by what was written to it`, async (t) => {
    const { path, unmount } = mountImage(filesystem, 512);
    t.after(unmount);
    const [original, clone] = [join(path, 'base', '1'), join(path, 'base', '2')];
    for (const directory of [original, join(path, 'pg_tblspc')]) mkdirSync(directory, { recursive: true });
    // More files than one call takes.
    for (let file = 0; file < 600; file += 1)
      writeFileSync(join(original, String(1000 + file)), Buffer.alloc(16 * PAGE, file + 1));
    const settled = () => execFileSync('sync', ['-f', path]);
    settled();
    assert.equal(await divergedBytes(path, 1), 600 * 16 * PAGE);
    execFileSync('cp', ['-r', '--reflink=always', original, clone]);
    settled();
    assert.equal(await divergedBytes(path, 2), 0);
    for (const name of readdirSync(clone).slice(0, 10)) {
      const file = openSync(join(clone, name), 'r+');
      writeSync(file, Buffer.alloc(PAGE, 7), 0, PAGE, 3 * PAGE);
      closeSync(file);
    }
    settled();
    assert.equal(await divergedBytes(path, 2), 10 * PAGE);
    assert.equal(await divergedBytes(path, 4), undefined);
  });
}
