/** However a drill's process ends, the clear data that it brought here end with it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWorkspace, removeLeftBehind } from '../../src/refresh/workspace.ts';
import { openStage, SHOP, type Stage } from './drill-stage.ts';

let stage: Stage;
let dump: string;

before(async () => {
  stage = await openStage();
  const shop = await stage.database('shop', SHOP);
  dump = join(stage.folder, 'shop.dump');
  stage.run('pg_dump', shop, '--format=custom', `--file=${dump}`);
});
after(() => stage.close());

type Child = { readonly process: ChildProcess; readonly until: (line: RegExp) => Promise<string> };

function start(directory: string): Child {
  const program = join(import.meta.dirname, 'drill-child.ts');
  const child = spawn(process.execPath, [program, dump, directory, join(stage.folder, 'cache')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const seen: string[] = [];
  lines.on('line', (line) => void seen.push(line));
  const until = async (line: RegExp): Promise<string> => {
    for (;;) {
      const found = seen.find((each) => line.test(each));
      if (found !== undefined) return found;
      assert.equal(child.exitCode, null, seen.join());
      await sleep(20);
    }
  };
  return { process: child, until };
}

/** Processes that name the folder, or a server that was started in its place. */
function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(directory) && Number(pid) !== process.pid ? [line] : [];
    } catch {
      return [];
    }
  });
}

async function becomes(empty: () => boolean): Promise<boolean> {
  const end = Date.now() + 60_000;
  while (!empty() && Date.now() < end) await sleep(50);
  return empty();
}

for (const [signal, moment] of [
  ['SIGTERM', /^port \d+$/],
  ['SIGKILL', /^port \d+$/],
  ['SIGKILL', /^restore$/],
] as const) {
  test(`${signal} at ${moment.source} leaves no process and no file`, async () => {
    // Short, so that a socket's path fits.
    const directory = mkdtempSync(join(tmpdir(), 'drill-'));
    after(() => rmSync(directory, { recursive: true, force: true }));
    chmodSync(directory, 0o755);
    const child = start(directory);
    after(() => child.process.kill('SIGKILL'));
    await child.until(moment);
    const left = readdirSync(directory);
    assert.equal(left.length, 1);
    const record = JSON.parse(readFileSync(join(directory, left[0] ?? '', 'cluster', 'server.json'), 'utf8'));
    assert.ok(record.home.startsWith(directory), 'the data are in the folder');
    child.process.kill(signal);
    await once(child.process, 'exit');
    assert.ok(await becomes(() => readdirSync(directory).length === 0), `left: ${readdirSync(directory)}`);
    assert.ok(await becomes(() => processesOf(directory).length === 0), processesOf(directory).join('\n'));
    assert.deepEqual(processesOf(record.home), []);
  });
}

test('where the server’s user cannot come to, the run has its folder elsewhere', async () => {
  const closed = mkdtempSync(join(stage.folder, 'closed-'));
  const workspace = await openWorkspace(closed);
  const expected = process.getuid?.() === 0 ? tmpdir() : closed;
  assert.equal(dirname(workspace.directory), expected);
  await workspace.close();
  assert.ok(!existsSync(workspace.directory));
});

test('the next run removes what a dead one left, and nothing of a living one', async () => {
  const parent = mkdtempSync(join(stage.folder, 'left-'));
  const space = readlinkSync('/proc/self/ns/pid');
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const owners = {
    'pullgres-restore-dead00': { pid: 2 ** 22 - 1, started: '1', host: hostname(), space },
    'pullgres-restore-reused': { pid: process.pid, started: '1', host: hostname(), space },
    'pullgres-restore-living': { pid: process.pid, started, host: hostname(), space },
    'pullgres-restore-other0': { pid: 2 ** 22 - 1, started: '1', host: 'another', space },
    somebodys: { pid: 2 ** 22 - 1, started: '1', host: hostname(), space },
  };
  for (const [name, owner] of Object.entries(owners)) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, 'owner.json'), JSON.stringify(owner));
  }
  const removed = await removeLeftBehind(parent);
  assert.deepEqual(removed.map((path) => path.slice(parent.length + 1)).sort(), [
    'pullgres-restore-dead00',
    'pullgres-restore-reused',
  ]);
  assert.deepEqual(readdirSync(parent).sort(), [
    'pullgres-restore-living',
    'pullgres-restore-other0',
    'somebodys',
  ]);
});
