import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gitTree } from '../../src/migrations/git.ts';

const root = mkdtempSync(join(tmpdir(), 'pullgres-git-'));
after(() => rmSync(root, { recursive: true }));

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'core.autocrlf=false'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const big = Buffer.alloc(10_000_000, 'é\n');
let first = '';
let second = '';
before(() => {
  git('init', '--quiet', '--initial-branch=main');
  write('m/2.sql', 'two\r\n');
  write('m/a "quoted"\n.sql', 'odd');
  write('m/big.sql', big);
  write('m/*.sql', 'star');
  write('mm/3.sql', 'three');
  write('deep/é/1.sql', 'one');
  symlinkSync('2.sql', join(root, 'm/link.sql'));
  git('add', '--all');
  git('commit', '--quiet', '--message=first');
  first = git('rev-parse', 'HEAD');
  write('m/2.sql', 'changed');
  git('add', '--all');
  git('commit', '--quiet', '--message=second');
  second = git('rev-parse', 'HEAD');
});

test('a commit lists the files below a directory by bytes', async () => {
  assert.deepEqual(await gitTree(root, second).list('m'), [
    'm/*.sql',
    'm/2.sql',
    'm/a "quoted"\n.sql',
    'm/big.sql',
    'm/link.sql',
  ]);
  assert.deepEqual(await gitTree(root, second).list('deep'), ['deep/é/1.sql']);
});

test('a missing directory, a file and a pattern hold nothing', async () => {
  for (const path of ['nowhere', 'm/2.sql', 'm*', ':(glob)m/**']) {
    assert.deepEqual(await gitTree(root, second).list(path), [], path);
  }
});

test('places asked about at once, one within the other, many of them or the top, answer as each would alone', async () => {
  const alone = async (path: string) => gitTree(root, second).list(path);
  const nowhere = Array.from({ length: 300 }, (_, at) => `nowhere/${at}`);
  for (const paths of [
    ['m', 'deep', 'deep/é', 'm/2.sql', 'nowhere'],
    ['deep', '', 'm'],
    ['m', ...nowhere],
  ]) {
    const tree = gitTree(root, second);
    const together = await Promise.all(paths.map((path) => tree.list(path)));
    assert.deepEqual(together.slice(0, 5), await Promise.all(paths.slice(0, 5).map(alone)));
    const again = await Promise.all(paths.slice(0, 5).map((path) => tree.list(path)));
    assert.deepEqual(again, together.slice(0, 5));
    assert.deepEqual(await tree.list('mm'), ['mm/3.sql']);
    await assert.rejects(tree.read('deep'), /There is no file deep/);
  }
});

test('files are read as the commit has them, byte for byte, many at once', async () => {
  const tree = gitTree(root, first);
  const paths = ['m/2.sql', 'm/big.sql', 'm/*.sql', 'deep/é/1.sql'];
  const contents = await Promise.all(paths.map((path) => tree.read(path)));
  assert.deepEqual(
    contents.map((content) => content.length),
    [5, big.length, 4, 3],
  );
  assert.equal(contents[0]?.toString(), 'two\r\n');
  assert.ok(contents[1]?.equals(big));
  assert.equal((await gitTree(root, second).read('m/2.sql')).toString(), 'changed');
});

test('links and missing files are refused', async () => {
  const tree = gitTree(root, first);
  await assert.rejects(tree.read('m/link.sql'), { name: 'UserError', message: /symbolic link/ });
  await assert.rejects(tree.read('m/none.sql'), {
    name: 'UserError',
    message: /no file m\/none\.sql in commit/,
  });
});

for (const commit of ['main', 'HEAD', '--output=/tmp/x', '$(touch x)', 'abc123', `${'0'.repeat(40)}\n`]) {
  test(`only a full hash is a commit, not ${JSON.stringify(commit)}`, () => {
    assert.throws(() => gitTree(root, commit), { name: 'UserError', message: /not a full commit hash/ });
  });
}

test('a commit that is not there names fetch-depth', async () => {
  await assert.rejects(gitTree(root, '1'.repeat(40)).list('m'), {
    name: 'UserError',
    hint: /fetch-depth: 0/,
  });
});

test("git's own variables do not lead to another repository", async () => {
  process.env.GIT_DIR = '/nowhere';
  try {
    assert.equal((await gitTree(root, first).read('m/2.sql')).toString(), 'two\r\n');
  } finally {
    delete process.env.GIT_DIR;
  }
});
