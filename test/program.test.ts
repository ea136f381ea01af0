import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, programEnvironment } from '../src/program.ts';

function temporary(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-program-'));
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}

/** A program that writes down that it ran, and in which environment. */
function plant(folder: string, name: string, proof: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n/usr/bin/env > '${proof}'\necho /nowhere\n`, { mode: 0o755 });
  return path;
}

test('a program is looked for outside the workspace only', (t) => {
  const root = temporary(t);
  const workspace = join(root, 'work');
  const inside = plant(join(workspace, 'bin'), 'tool', join(root, 'proof'));
  const outside = plant(join(root, 'system'), 'tool', join(root, 'proof'));
  symlinkSync(join(workspace, 'bin'), join(root, 'link'));
  mkdirSync(join(root, 'one-link'));
  symlinkSync(inside, join(root, 'one-link', 'tool'));
  plant(join(root, 'work-other'), 'other', join(root, 'proof'));
  const path = [join(workspace, 'bin'), '.', '', 'bin', join(root, 'link'), join(root, 'one-link')];
  const found = (folders: readonly string[], name = 'tool') =>
    findProgram(name, { PATH: folders.join(delimiter), GITHUB_WORKSPACE: workspace });
  assert.equal(found(path), undefined);
  assert.equal(found([...path, join(root, 'system')]), outside);
  assert.equal(found([join(root, 'work-other')], 'other'), join(root, 'work-other', 'other'));
  assert.equal(findProgram('tool', { PATH: join(workspace, 'bin') }), inside, 'elsewhere it is no workspace');
  assert.equal(findProgram('tool', { PATH: process.cwd() }), undefined);
  assert.equal(findProgram('tool', {}), undefined);
});

test('its environment has no inputs, states and tokens, and a clean PATH', () => {
  const environment = {
    'INPUT_SERVER-URL': 'x',
    input_key: 'x',
    STATE_branch: 'x',
    ACTIONS_RUNTIME_URL: 'x',
    GITHUB_TOKEN: 'x',
    npm_token_of_mine: 'x',
    HOME: '/home/me',
    Path: `relative${delimiter}/usr/bin`,
  };
  assert.deepEqual(programEnvironment(environment), { HOME: '/home/me', PATH: '/usr/bin' });
});

/** Runs a script of ours with the workspace's programs first on the PATH. */
function runWithPlanted(root: string, script: string, path: readonly string[]): string {
  const workspace = join(root, 'work');
  mkdirSync(workspace, { recursive: true });
  return execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: workspace,
    encoding: 'utf8',
    env: {
      PATH: [...path, '/usr/bin', '/bin'].join(delimiter),
      GITHUB_WORKSPACE: workspace,
      'INPUT_SERVER-URL': 'postgres://secret',
      ACTIONS_RUNTIME_TOKEN: 'secret',
      GITHUB_TOKEN: 'secret',
    },
  });
}

const source = (name: string) => JSON.stringify(new URL(`../src/${name}`, import.meta.url).href);
const GIT = `import { runGit } from ${source('migrations/git-command.ts')};
const { stdout } = await runGit(process.cwd(), ['--version'], { environment: { GIT_CONFIG_COUNT: '0' } });
process.stdout.write(stdout);`;
const PG_CONFIG = `import { configuredDirectory } from ${source('postgres/runner-programs.ts')};
process.stdout.write(String(await configuredDirectory()));`;

test('git of the pull request never runs', (t) => {
  const root = temporary(t);
  const proof = join(root, 'proof');
  plant(join(root, 'work', 'bin'), 'git', proof);
  plant(join(root, 'work'), 'git', proof);
  const said = runWithPlanted(root, GIT, [join(root, 'work', 'bin'), '.', 'bin', '']);
  assert.match(said, /^git version/);
  assert.equal(existsSync(proof), false);
});

test('git of the system sees no secret of the job but what it is handed', (t) => {
  const root = temporary(t);
  const proof = join(root, 'proof');
  plant(join(root, 'system'), 'git', proof);
  runWithPlanted(root, GIT, [join(root, 'system')]);
  const seen = readFileSync(proof, 'utf8');
  assert.match(seen, /^GIT_CONFIG_COUNT=0$/m);
  assert.doesNotMatch(seen, /secret|INPUT_|ACTIONS_|TOKEN/);
});

test('pg_config of the pull request never runs, and that of the system sees no secret', (t) => {
  const root = temporary(t);
  const proof = join(root, 'proof');
  plant(join(root, 'work', 'bin'), 'pg_config', proof);
  runWithPlanted(root, PG_CONFIG, [join(root, 'work', 'bin'), '.', 'bin', '']);
  assert.equal(existsSync(proof), false);
  plant(join(root, 'system'), 'pg_config', proof);
  assert.equal(runWithPlanted(root, PG_CONFIG, [join(root, 'system')]), '/nowhere');
  assert.doesNotMatch(readFileSync(proof, 'utf8'), /secret|INPUT_|ACTIONS_|TOKEN/);
});
