import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { localChange } from '../../src/operations/local-change.ts';
import { quietWorld } from '../support/quiet-world.ts';

const root = mkdtempSync(join(tmpdir(), 'pullgres-local-'));
const world = quietWorld({ workspace: root });
after(() => {
  for (const folder of [root, world.temporary]) rmSync(folder, { recursive: true, force: true });
});

test('a terminal refuses a change of nothing but migrations that are not read, unless a command runs them', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: root });
  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  git('init', '--quiet', '--initial-branch=main');
  for (const folder of ['migrations', '.github']) mkdirSync(join(root, folder));
  write('migrations/0001_a.sql', 'select 1;\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  const options = { tool: undefined, migrations: undefined, changedSince: 'main' };
  assert.equal((await localChange(world, options)).plan.added.length, 0);
  write('migrations/0002_b.js', 'exports.up = () => {};\n');
  await assert.rejects(localChange(world, options), /0002_b\.js is a migration in JavaScript or TypeScript/);
  write('.github/pullgres.yml', 'version: 1\nrehearsal:\n  command: npm run migrate\n');
  assert.equal((await localChange(world, options)).plan.added.length, 0);
});
