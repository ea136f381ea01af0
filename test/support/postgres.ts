import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Binaries, findBinaries } from '../../src/postgres/binaries.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { type Server, startServer } from '../../src/postgres/server.ts';

/** Kept between runs, as npm's own cache is: only a package that node_modules lacks, or that our user may not read there, is put into it. */
const CACHE = join(tmpdir(), `pullgres-test-cache-${process.getuid?.() ?? 0}`);

let starting: Promise<Server> | undefined;

/** The programs that tests run: PULLGRES_TEST_POSTGRES_BIN, else the package in node_modules, else a download. */
export async function testBinaries(): Promise<Binaries> {
  const directory = process.env.PULLGRES_TEST_POSTGRES_BIN;
  return findBinaries({
    cacheDirectory: CACHE,
    sources: ['package', 'download'],
    ...(directory === undefined || directory === '' ? {} : { directory }),
  });
}

/** The facts of the superuser on this test process' own server, which is started on the first call and stopped when the file's tests are over. */
export async function testServer(): Promise<ConnectionFacts> {
  starting ??= startOnce();
  return (await starting).facts;
}

async function startOnce(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'pullgres-test-server-'));
  return startServer({ binaries: await testBinaries(), directory });
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
  const server = await starting?.catch(() => undefined);
  await server?.stop();
});
