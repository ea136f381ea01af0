import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href);

/** A repository whose new migration runs for a minute, and a folder for temporary files of its own. */
function repository(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-cancel-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'shop');
  const temporary = join(root, 'tmp');
  mkdirSync(join(folder, 'migrations'), { recursive: true });
  mkdirSync(temporary, { mode: 0o777 });
  execFileSync('chmod', ['755', root]);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, 'migrations', '0001_orders.sql'), 'CREATE TABLE orders (id bigint);\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  writeFileSync(join(folder, 'migrations', '0002_slow.sql'), 'SELECT pg_sleep(60);\n');
  return { folder, temporary };
}

function rehearse({ folder, temporary }: ReturnType<typeof repository>): ChildProcess {
  const script = `import { main } from ${MAIN}; await main(['rehearse', '--changed-since', 'main']);`;
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Processes whose arguments name the folder. */
function servers(folder: string): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

async function untilServer(temporary: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (servers(temporary).length > 0) return;
    await sleep(100);
  }
  assert.fail('no server was started');
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('close', resolve));

test('Ctrl-C says so, exits 130 and leaves no server', async (t) => {
  const place = repository(t);
  const child = rehearse(place);
  let said = '';
  child.stderr?.on('data', (data) => (said += data));
  const end = ended(child);
  await untilServer(place.temporary);
  await sleep(3_000);
  child.kill('SIGINT');
  assert.equal(await end, 130, said);
  assert.match(said, /^pullgres: cancelled$/m);
  assert.doesNotMatch(said, /\bat .*:\d+:\d+|This is a bug/);
  assert.deepEqual(servers(place.temporary), []);
  assert.deepEqual(readdirSync(place.temporary), []);
});

test('a closed pipe ends the run like a cancel, and leaves no server', async (t) => {
  const place = repository(t);
  const child = rehearse(place);
  const end = ended(child);
  child.stdout?.destroy();
  // As `2>&1 | head -1` does: one line is read, then nobody reads any more.
  child.stderr?.once('data', () => child.stderr?.destroy());
  await untilServer(place.temporary);
  assert.equal(await end, 130);
  assert.deepEqual(servers(place.temporary), []);
  assert.deepEqual(readdirSync(place.temporary), []);
});
