import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { workingTree } from '../../src/migrations/file-tree.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'pullgres-tree-'));
  await mkdir(join(root, 'db/migrations/deep'), { recursive: true });
  for (const name of ['b.sql', 'a.sql', 'B.sql', 'é.sql', 'deep/c.sql']) {
    await writeFile(join(root, 'db/migrations', name), `-- ${name}`);
  }
  await symlink('/etc/hostname', join(root, 'db/migrations/link.sql'));
  await symlink('db/migrations', join(root, 'linked'));
  await writeFile(join(root, 'large.sql'), '');
  await truncate(join(root, 'large.sql'), 64 * 1024 * 1024 + 1);
});
after(() => rm(root, { recursive: true }));

test('files are listed below the directory, by bytes, links by their own name', async () => {
  assert.deepEqual(await workingTree(root).list('db/migrations'), [
    'db/migrations/B.sql',
    'db/migrations/a.sql',
    'db/migrations/b.sql',
    'db/migrations/deep/c.sql',
    'db/migrations/link.sql',
    'db/migrations/é.sql',
  ]);
});

test('a missing directory, a file and a linked directory hold nothing', async () => {
  for (const path of ['nowhere', 'large.sql', 'large.sql/x', 'linked', 'linked/deep']) {
    assert.deepEqual(await workingTree(root).list(path), [], path);
  }
});

test('a file is read byte for byte', async () => {
  assert.equal((await workingTree(root).read('db/migrations/é.sql')).toString(), '-- é.sql');
});

const refused: readonly [path: string, message: RegExp][] = [
  ['../outside.sql', /leaves the repository/],
  ['db/../../outside.sql', /leaves the repository/],
  ['/etc/passwd', /leaves the repository/],
  ['db\0', /leaves the repository/],
  ['db/migrations/link.sql', /link\.sql is a symbolic link/],
  ['linked/a.sql', /linked\/a\.sql is a symbolic link/],
  ['db/migrations', /no file db\/migrations/],
  ['missing.sql', /no file missing\.sql/],
  ['large.sql', /large\.sql has 67108865 bytes; at most 64 MiB/],
];
for (const [path, message] of refused) {
  test(`reading ${JSON.stringify(path)} is refused`, async () => {
    await assert.rejects(workingTree(root).read(path), { name: 'UserError', message });
  });
}

test('listing a path that leaves the tree is refused', async () => {
  await assert.rejects(workingTree(root).list('db/../..'), { name: 'UserError' });
});
