/**
 * `npm run replay -- FOLDER …`: runs histories of migrations on an empty server, statement by statement, and compares
 * every relation's lock, rewrite, scan and index build with what the model predicts. PULLGRES_TEST_POSTGRES_BIN chooses
 * another server than Postgres 18; `--all` prints more than the first differences, and what was refused or not seen.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findBinaries } from '../src/postgres/binaries.ts';
import { type Connection, openConnection } from '../src/postgres/connection.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer } from '../src/postgres/server.ts';
import { loadParser } from '../src/sql/parse.ts';
import { gateServer } from './locks/watch.ts';
import { replay, type Tally } from './replay/run.ts';
import { table } from './replay/table.ts';

const open = (facts: ConnectionFacts): Promise<Connection> =>
  openConnection(facts, { applicationName: 'pullgres replay' });

async function replayAll(folders: readonly string[], server: ConnectionFacts) {
  const admin = await open(server);
  const sibling = await open(server);
  await gateServer(admin, sibling);
  await sibling.close();
  const histories: { name: string; tally: Tally }[] = [];
  for (const [index, folder] of folders.entries()) {
    const database = `replay_${index}`;
    await admin.query(`CREATE DATABASE ${database}`);
    await admin.query(`ALTER DATABASE ${database} SET timezone = 'UTC'`);
    const connection = await open({ ...server, database });
    const observer = await open({ ...server, database });
    histories.push({ name: nameOf(folder), tally: await replay(folder, { connection, observer }) });
    await connection.close();
    await observer.close();
  }
  await admin.close();
  return histories;
}

/** `…/shared/prisma/migrations` says less than the folders above it. */
function nameOf(folder: string): string {
  return resolve(folder).split('/').slice(-3).join('/');
}

function print({ unparsed, differences, unseen, refused, schema }: Tally, all: boolean): void {
  const lines = [...unparsed, ...differences];
  for (const line of all ? lines : lines.slice(0, 20)) console.log(line);
  if (!all && lines.length > 20) console.log(`and ${lines.length - 20} more`);
  if (!all) return;
  for (const [name, where] of schema) console.log(`schema of ${name} after ${where}`);
  for (const line of unseen) console.log(`not seen: ${line}`);
  for (const line of refused) console.log(`refused: ${line}`);
}

await loadParser();
const folders = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const root = await mkdtemp(join(tmpdir(), 'pullgres-replay-'));
const directory = process.env.PULLGRES_TEST_POSTGRES_BIN;
const binaries = await findBinaries({
  ...(directory === undefined ? { version: 18 } : { directory }),
  cacheDirectory: join(root, 'cache'),
});
const server = await startServer({ binaries, directory: join(root, 'server') });
try {
  const histories = await replayAll(folders, server.facts);
  for (const { tally } of histories) print(tally, process.argv.includes('--all'));
  console.log(`Postgres ${binaries.version}`);
  console.log(table(histories));
  process.exitCode = histories.some(({ tally }) => tally.differences.length > 0) ? 1 : 0;
} finally {
  await server.stop();
  await rm(root, { recursive: true, force: true });
}
