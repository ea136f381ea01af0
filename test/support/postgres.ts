import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Binaries, findBinaries } from '../../src/postgres/binaries.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { type Server, startServer, stopServer } from '../../src/postgres/server.ts';

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

/** The facts of the superuser on this test process' own server, which is started on the first call and stopped when the file's tests are over. */
export async function testServer(): Promise<ConnectionFacts> {
  starting ??= startOnce();
  return (await starting).facts;
}

async function startOnce(): Promise<Server> {
  const binaries = await testBinaries();
  directory = mkdtempSync(join(tmpdir(), 'pullgres-test-server-'));
  process.once('exit', stopAtExit);
  for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(status));
  }
  return startServer({ binaries, directory });
}

/** For ends that run no `after`: a crash, a signal, process.exit. Nothing asynchronous runs any more then. */
function stopAtExit(): void {
  if (directory === undefined) return;
  const module = new URL('../../src/postgres/server.ts', import.meta.url).href;
  const program = `const { stopServer } = await import(${JSON.stringify(module)}); await stopServer(${JSON.stringify(directory)});`;
  spawnSync(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
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
  directory = undefined;
});
