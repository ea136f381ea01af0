import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, UserError } from '../../src/errors.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { type Server, startServer, stopServer } from '../../src/postgres/server.ts';
import { testBinaries } from '../support/postgres.ts';

const MODULE = new URL('../../src/postgres/server.ts', import.meta.url).href;

/** A folder of this test's own with the place for a server in it; whatever happens, both are gone at the end. */
function place(t: TestContext): { root: string; directory: string } {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-test-start-'));
  chmodSync(root, 0o755);
  const directory = join(root, 'pg');
  t.after(async () => {
    await stopServer(directory);
    rmSync(root, { recursive: true, force: true });
  });
  return { root, directory };
}

/** Command lines of processes that name this text: what a server leaves when it is not stopped. */
function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-ww', '-A', '-o', 'pid=,stat=,command='], { encoding: 'utf8' }).split(
    '\n',
  );
  return lines.filter((line) => line.includes(text) && !line.includes('ps -ww') && !/^\s*\d+\s+Z/.test(line));
}

function homeOf(directory: string): string {
  return JSON.parse(readFileSync(join(directory, 'server.json'), 'utf8')).home;
}

async function assertGone(directory: string, home = directory): Promise<void> {
  // Backends of a killed postmaster end by themselves within moments.
  for (let turn = 0; turn < 300 && processesWith(home).length > 0; turn++) await sleep(10);
  assert.deepEqual(processesWith(home), []);
  assert.equal(existsSync(directory), false);
  assert.equal(existsSync(home), false);
}

async function ask(server: Pick<Server, 'facts'>, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await openConnection(server.facts, { applicationName: 'server test' });
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

test('a server starts, serves by port and by socket, and stops without a trace, twice', async (t) => {
  const { directory } = place(t);
  const server = await startServer({
    binaries: await testBinaries(),
    directory,
    settings: { work_mem: '7MB' },
  });
  const settings = await ask(
    server,
    `SELECT current_setting('work_mem') AS work_mem, current_setting('server_encoding') AS encoding,
       current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listen, current_user::text AS me`,
  );
  assert.deepEqual(settings, [
    { work_mem: '7MB', encoding: 'UTF8', fsync: 'off', listen: '127.0.0.1', me: 'postgres' },
  ]);
  const socket = join(homeOf(directory), 'socket');
  assert.equal(statSync(socket).mode & 0o777, 0o700);
  const bySocket = { facts: { ...server.facts, host: socket } };
  assert.deepEqual(await ask(bySocket, 'SELECT inet_server_addr() AS address'), [{ address: null }]);
  await server.stop();
  await assertGone(directory);
  await server.stop();
  await stopServer(join(directory, 'never', 'was'));
});

test('the record is for its owner only, and the log holds no statement', async (t) => {
  const { directory } = place(t);
  const server = await startServer({ binaries: await testBinaries(), directory });
  assert.equal(statSync(join(directory, 'server.json')).mode & 0o777, 0o600);
  assert.equal(statSync(join(directory, 'server.log')).mode & 0o777, 0o600);
  await assert.rejects(ask(server, "CREATE ROLE r LOGIN SUPERUSR PASSWORD 'hunter2'"));
  assert.doesNotMatch(readFileSync(join(directory, 'server.log'), 'utf8'), /hunter2/);
  assert.deepEqual(readdirSync(directory).sort(), ['server', 'server.json', 'server.log']);
});

test('the server gets nothing of the job’s environment', async (t) => {
  const { directory } = place(t);
  process.env.PULLGRES_TEST_TOKEN = 'hunter2';
  process.env.RUNNER_TRACKING_ID = 'github_test';
  t.after(() => {
    delete process.env.PULLGRES_TEST_TOKEN;
    delete process.env.RUNNER_TRACKING_ID;
  });
  const server = await startServer({ binaries: await testBinaries(), directory });
  const connection = await openConnection(server.facts, { applicationName: 'server test' });
  await connection.script("CREATE TABLE seen (line text); COPY seen FROM PROGRAM 'env'");
  const { rows } = await connection.query('SELECT line FROM seen');
  const lines = rows.map(({ line }) => String(line));
  assert.deepEqual(
    lines.filter((line) => line.includes('hunter2')),
    [],
  );
  assert(lines.includes('RUNNER_TRACKING_ID=github_test'));
  await connection.close();
});

test('it does not run as root', async (t) => {
  const { directory } = place(t);
  await startServer({ binaries: await testBinaries(), directory });
  const owner = statSync(join(homeOf(directory), 'data', 'postmaster.pid')).uid;
  assert.notEqual(owner, 0);
  if (process.getuid?.() !== 0) assert.equal(owner, process.getuid?.());
});

/** A process that starts a server in `directory` and says its port. */
async function startElsewhere(directory: string, after = ''): Promise<ChildProcess> {
  const binaries = JSON.stringify(await testBinaries());
  const program = `const { startServer } = await import(${JSON.stringify(MODULE)});
    const { facts } = await startServer({ binaries: ${binaries}, directory: ${JSON.stringify(directory)} });
    console.log(facts.port); ${after}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('it outlives the process that started it, which ends by itself, and another one stops it', async (t) => {
  const { directory } = place(t);
  const starter = await startElsewhere(directory);
  const [code] = await once(starter, 'exit');
  assert.equal(code, 0);
  assert.equal(processesWith(directory).length, 1);
  const program = `const { stopServer } = await import(${JSON.stringify(MODULE)}); await stopServer(process.argv[1]);`;
  const stopper = spawnSync(process.execPath, ['--input-type=module', '--eval', program, directory]);
  assert.equal(stopper.status, 0, String(stopper.stderr));
  await assertGone(directory);
});

test('killed at any moment of its start, what is left is cleaned by stopServer', async (t) => {
  const { root } = place(t);
  for (const [name, reached] of Object.entries({
    begun: (directory: string) => existsSync(join(directory, 'server.json')),
    initdb: (directory: string) => existsSync(join(directory, 'server', 'data', 'base')),
    postmaster: (directory: string) => existsSync(join(directory, 'server.log')),
    ready: (directory: string) => existsSync(join(directory, 'server', 'data', 'postmaster.pid')),
  })) {
    const directory = join(root, name);
    t.after(() => stopServer(directory));
    const starter = await startElsewhere(directory, 'setInterval(() => {}, 1000);');
    while (!reached(directory)) await sleep(2);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    await stopServer(directory);
    await assertGone(directory);
  }
});

test('a process that exits while it starts a server takes initdb along', async (t) => {
  const { directory } = place(t);
  const binaries = JSON.stringify(await testBinaries());
  const program = `import { existsSync } from 'node:fs';
    const { startServer } = await import(${JSON.stringify(MODULE)});
    const directory = process.argv[1];
    startServer({ binaries: ${binaries}, directory });
    setInterval(() => existsSync(directory + '/server/data/base') && process.exit(3), 2);`;
  const starter = spawnSync(process.execPath, ['--input-type=module', '--eval', program, directory]);
  assert.equal(starter.status, 3, String(starter.stderr));
  for (let turn = 0; turn < 100 && processesWith(directory).length > 0; turn++) await sleep(10);
  assert.deepEqual(processesWith(directory), []);
});

test('an abort while starting rejects with the reason and leaves nothing', async (t) => {
  const { root } = place(t);
  for (const delay of [0, 30, 200, 400]) {
    const directory = join(root, `after-${delay}`);
    t.after(() => stopServer(directory));
    const controller = new AbortController();
    const starting = startServer({ binaries: await testBinaries(), directory, signal: controller.signal });
    const reason = new Error('cancelled');
    setTimeout(() => controller.abort(reason), delay);
    await starting.then(
      (server) => server.stop(),
      (error) => assert.equal(error, reason),
    );
    await assertGone(directory);
  }
  await assert.rejects(
    startServer({ binaries: await testBinaries(), directory: join(root, 'x'), signal: AbortSignal.abort() }),
    { name: 'AbortError' },
  );
});

test('a postmaster that was killed leaves something that stopServer cleans', async (t) => {
  const { directory } = place(t);
  const server = await startServer({ binaries: await testBinaries(), directory });
  const pid = Number(readFileSync(join(homeOf(directory), 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  await sleep(50);
  await server.stop();
  await assertGone(directory);
});

test('a directory that was removed too early does not keep its own server from being stopped', async (t) => {
  const { directory } = place(t);
  const server = await startServer({ binaries: await testBinaries(), directory });
  rmSync(directory, { recursive: true });
  await server.stop();
  await assertGone(directory);
});

test('a process that only bears the postmaster’s number is left alone', async (t) => {
  const { directory } = place(t);
  const innocent = spawn('sleep', ['60']);
  t.after(() => innocent.kill('SIGKILL'));
  const data = join(directory, 'server', 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'postmaster.pid'), `${innocent.pid}\n${data}\n`);
  const record = { home: join(directory, 'server'), processes: [innocent.pid], password: '' };
  writeFileSync(join(directory, 'server.json'), JSON.stringify(record));
  await stopServer(directory);
  assert.equal(existsSync(directory), false);
  assert.equal(innocent.exitCode ?? innocent.signalCode, null);
});

test('stopServer removes only what a server put there', async (t) => {
  const { root, directory } = place(t);
  const other = join(root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'file'), '');
  mkdirSync(directory);
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  writeFileSync(join(directory, 'server.json'), JSON.stringify({ home: other, processes: [] }));
  await stopServer(directory);
  assert.deepEqual(readdirSync(directory), ['notes.txt']);
  assert.deepEqual(readdirSync(other), ['file']);
  await assert.rejects(startServer({ binaries: await testBinaries(), directory }), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /is not empty/);
    return true;
  });
  assert.deepEqual(readdirSync(directory), ['notes.txt']);
});

test('a directory too long for a socket, or closed to the server’s user, still serves', async (t) => {
  const { root } = place(t);
  const closed = join(root, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  for (const directory of [join(root, 'long'.repeat(30), 'pg'), join(closed, 'pg')]) {
    t.after(() => stopServer(directory));
    const server = await startServer({ binaries: await testBinaries(), directory });
    const home = homeOf(directory);
    assert.equal((await ask(server, 'SELECT 1 AS one')).length, 1);
    // The step that stops it may have another temporary folder.
    const usual = process.env.TMPDIR;
    process.env.TMPDIR = root;
    await stopServer(directory).finally(() => {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
    });
    await assertGone(directory, home);
  }
});

test('programs that fail, and a setting that the server refuses, are told of by the log’s last lines', async (t) => {
  const { root, directory } = place(t);
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'initdb'), '#!/bin/sh\necho "first"\nprintf "no \\033[31mspace\\n" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const broken = { directory: bin, version: 18, source: 'given' } as const;
  const cases: readonly (readonly [Parameters<typeof startServer>[0], RegExp])[] = [
    [{ binaries: broken, directory }, /initdb failed[\s\S]*first\n {2}no \[31mspace/],
    [{ binaries: { ...broken, directory: join(root, 'none') }, directory }, /initdb/],
    [
      { binaries: await testBinaries(), directory, settings: { shared_buffers: 'banana' } },
      /did not start[\s\S]*invalid value for parameter "shared_buffers": "banana"/,
    ],
  ];
  for (const [request, expected] of cases) {
    await assert.rejects(startServer(request), (error) => {
      assert(error instanceof ProviderError, String(error));
      assert.match(error.message, expected);
      return true;
    });
    await assertGone(directory);
  }
  const unwritable = { binaries: await testBinaries(), directory, settings: { work_mem: "1'\nx = '2" } };
  await assert.rejects(startServer(unwritable), UserError);
  await assertGone(directory);
});

test('several at once get ports and folders of their own', async (t) => {
  const { root } = place(t);
  const directories = ['a', 'b', 'c'].map((name) => join(root, name));
  for (const directory of directories) t.after(() => stopServer(directory));
  const binaries = await testBinaries();
  const servers = await Promise.all(directories.map((directory) => startServer({ binaries, directory })));
  assert.equal(new Set(servers.map(({ facts }) => facts.port)).size, 3);
  assert.equal(new Set(servers.map(({ facts }) => facts.password.reveal())).size, 3);
  await Promise.all(servers.map(({ stop }) => stop()));
  for (const directory of directories) await assertGone(directory);
});
