import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { withWorktree } from '../../src/migrations/worktree.ts';

let folder: string;
let root: string;
let directory: string;
let first: string;

const identity = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Robin',
  GIT_AUTHOR_EMAIL: 'robin@tidewater.example',
  GIT_COMMITTER_NAME: 'Robin',
  GIT_COMMITTER_EMAIL: 'robin@tidewater.example',
};
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: root, env: identity, encoding: 'utf8' }).trim();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pullgres-worktree-'));
  root = join(folder, 'repository');
  directory = join(folder, 'job', 'old-code');
  await mkdir(root);
  git('init', '--quiet', '--initial-branch=main');
  await writeFile(join(root, 'code.txt'), 'old\n');
  await writeFile(join(root, '.gitattributes'), '*.bin filter=lfs\n*.odd filter="a=b"\n');
  await writeFile(join(root, 'large.bin'), 'pointer\n');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'Old');
  first = git('rev-parse', 'HEAD');
  await writeFile(join(root, 'code.txt'), 'new\n');
  git('commit', '--quiet', '--all', '-m', 'New');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const worktrees = () => git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length;
const request = () => ({ root, commit: first, directory });

test('work sees the commit, and neither folder nor list entry is left', async () => {
  const seen = await withWorktree(request(), async () => {
    assert.equal(await readFile(join(root, 'code.txt'), 'utf8'), 'new\n');
    return readFile(join(directory, 'code.txt'), 'utf8');
  });
  assert.equal(seen, 'old\n');
  assert.ok(!existsSync(directory));
  assert.equal(worktrees(), 1);
  await assert.rejects(
    withWorktree(request(), () => Promise.reject(new Error('the tests failed'))),
    /the tests failed/,
  );
  assert.ok(!existsSync(directory));
  assert.equal(worktrees(), 1);
});

test('what a killed job left is taken away first, whether its folder is still there or not', async () => {
  git('worktree', 'add', '--quiet', '--detach', directory, 'HEAD');
  await writeFile(join(directory, 'left.txt'), 'left\n');
  const files = await withWorktree(request(), async () => readdirSync(directory).sort());
  assert.deepEqual(files, ['.git', '.gitattributes', 'code.txt', 'large.bin']);
  git('worktree', 'add', '--quiet', '--detach', directory, 'HEAD');
  await rm(directory, { recursive: true });
  assert.equal(
    await withWorktree(request(), async () => readFile(join(directory, 'code.txt'), 'utf8')),
    'old\n',
  );
  assert.equal(worktrees(), 1);
});

test('neither hooks nor filters of the repository’s configuration run', async () => {
  const ran = join(folder, 'ran');
  const hook = join(root, '.git', 'hooks', 'post-checkout');
  await mkdir(join(root, '.git', 'hooks'), { recursive: true });
  await writeFile(hook, `#!/bin/sh\ntouch ${ran}\n`);
  await chmod(hook, 0o755);
  git('config', 'filter.lfs.smudge', `touch ${ran}; cat`);
  git('config', 'filter.lfs.process', `touch ${ran}; false`);
  git('config', 'filter.lfs.required', 'true');
  git('config', 'filter.a=b.smudge', `touch ${ran}; cat`);
  const text = await withWorktree(request(), () => readFile(join(directory, 'large.bin'), 'utf8'));
  assert.equal(text, 'pointer\n');
  assert.ok(!existsSync(ran), 'a hook or a filter ran');
});

test('a commit that is not there is an error that says what to set, and nothing is left', async () => {
  await assert.rejects(
    withWorktree({ ...request(), commit: 'f'.repeat(40) }, async () => assert.fail('it ran')),
    (error: unknown) => error instanceof UserError && /fetch-depth: 0/.test(error.hint ?? ''),
  );
  await assert.rejects(
    withWorktree({ ...request(), commit: '--force' }, async () => assert.fail('it ran')),
    /not a full commit hash/,
  );
  assert.ok(!existsSync(directory));
});
