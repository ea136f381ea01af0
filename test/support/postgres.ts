import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Binaries, findBinaries } from '../../src/postgres/binaries.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { type Server, startServer, stopServer } from '../../src/postgres/server.ts';
import { logFile } from '../../src/postgres/server-record.ts';

/** Kept between runs, as npm's own cache is: only a package that node_modules lacks, or that our user may not read there, is put into it. */
const CACHE = join(tmpdir(), `pullgres-test-cache-${process.getuid?.() ?? 0}`);

let starting: Promise<Server> | undefined;
let directory: string | undefined;

/** The programs that tests run: PULLGRES_TEST_POSTGRES_BIN, else the package in node_modules, else a download. */
export async function testBinaries(): Promise<Binaries> {
  const chosen = process.env.PULLGRES_TEST_POSTGRES_BIN;
  return findBinaries({
    cacheDirectory: CACHE,
    sources: ['package', 'download'],
    ...(chosen === undefined || chosen === '' ? {} : { directory: chosen }),
  });
}

/** The newest version that came with the packages, whatever PULLGRES_TEST_POSTGRES_BIN says: for what only that one can do. */
export async function newestBinaries(): Promise<Binaries> {
  return findBinaries({ cacheDirectory: CACHE, sources: ['package', 'download'] });
}

/** The facts of the superuser on this test process' own server, which is started on the first call and stopped when the file's tests are over. */
export async function testServer(): Promise<ConnectionFacts> {
  starting ??= startOnce();
  return (await starting).facts;
}

/** Where that server writes its log. */
export async function testServerLog(): Promise<string> {
  await testServer();
  assert.ok(directory);
  return logFile(directory);
}

async function startOnce(): Promise<Server> {
  const binaries = await testBinaries();
  directory = mkdtempSync(join(tmpdir(), 'pullgres-test-server-'));
  stopWhenWeEnd(directory);
  return startServer({ binaries, directory });
}

/**
 * A process beside ours that stops the server as soon as we are gone, noticed by the end of its input. No handler in
 * our own process could: node:test ends without `exit` handlers on an uncaught error, and nothing survives SIGKILL.
 */
function stopWhenWeEnd(folder: string): void {
  const module = new URL('../../src/postgres/server.ts', import.meta.url).href;
  const program = `process.stdin.resume().on('end', async () => {
    const { stopServer } = await import(${JSON.stringify(module)});
    await stopServer(${JSON.stringify(folder)});
  });`;
  const watcher = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  (watcher.stdin as Socket).unref();
}

/** A new empty database on the test server. It goes with the server. */
export async function freshDatabase(): Promise<ConnectionFacts> {
  const facts = await testServer();
  const database = `test_${randomBytes(6).toString('hex')}`;
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await connection.query(`CREATE DATABASE ${identifier(database)}`);
  } finally {
    await connection.close();
  }
  return { ...facts, database };
}

after(async () => {
  await starting?.catch(() => undefined);
  if (directory !== undefined) await stopServer(directory);
});
