/**
 * `npm run replay -- FOLDER …`: runs a history of migrations on an empty server, statement by statement, and compares
 * every relation's lock, rewrite, scan and index build with what the model predicts.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../src/postgres/binaries.ts';
import { type Connection, openConnection, ServerError } from '../src/postgres/connection.ts';
import { startServer } from '../src/postgres/server.ts';
import { applyStatement } from '../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../src/sql/catalog.ts';
import type { PostgresVersion } from '../src/sql/effect.ts';
import { effects } from '../src/sql/effects.ts';
import { loadParser, parseSql } from '../src/sql/parse.ts';
import type { Statement } from '../src/sql/statement.ts';
import { refusesTransaction } from '../src/sql/transactions.ts';
import { measure } from './locks/measure.ts';
import { predicted } from './locks/predicted.ts';

type Tally = {
  files: number;
  unparsed: string[];
  statements: number;
  unseen: number;
  outside: number;
  refused: string[];
  agree: number;
  differences: string[];
};

/** Migrations in the order of their names: `*.sql`, or the `up.sql` or `migration.sql` of each folder. */
async function migrationsIn(folder: string): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const paths = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isFile()) return entry.name.endsWith('.sql') ? [join(folder, entry.name)] : [];
      const names = await readdir(join(folder, entry.name));
      const own = ['up.sql', 'migration.sql'].find((name) => names.includes(name));
      return own ? [join(folder, entry.name, own)] : [];
    }),
  );
  return paths.flat();
}

async function replay(folder: string, connection: Connection): Promise<Tally> {
  const tally: Tally = {
    files: 0,
    unparsed: [],
    statements: 0,
    unseen: 0,
    outside: 0,
    refused: [],
    agree: 0,
    differences: [],
  };
  let catalog: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
  for (const path of await migrationsIn(folder)) {
    tally.files += 1;
    const parsed = parseSql(await readFile(path, 'utf8'), path);
    if (!parsed.ok) {
      tally.unparsed.push(`${path}:${parsed.problem.line}: ${parsed.problem.message}`);
      continue;
    }
    for (const statement of parsed.statements) catalog = await step(statement, catalog, connection, tally);
  }
  return tally;
}

/** Runs one statement and compares; gives the schema after it. One that the server refuses changes nothing. */
async function step(
  statement: Statement,
  catalog: Catalog,
  connection: Connection,
  tally: Tally,
): Promise<Catalog> {
  if (statement.kind === 'TransactionStmt') return catalog;
  tally.statements += 1;
  const where = `${statement.place.file}:${statement.place.line}`;
  try {
    if (refusesTransaction(statement)) {
      await connection.script(statement.sql);
      tally.outside += 1;
      return applyStatement(catalog, statement);
    }
    const shown = await measure(connection, statement.sql);
    await connection.script(statement.sql);
    const version = connection.serverVersion as PostgresVersion;
    compare(where, predicted(effects(statement, catalog, version), catalog), shown, tally);
    return applyStatement(catalog, statement);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    tally.refused.push(`${where}: ${error.message}`);
    return catalog;
  }
}

function compare(
  where: string,
  { unseen, ...told }: ReturnType<typeof predicted>,
  shown: Awaited<ReturnType<typeof measure>>,
  tally: Tally,
): void {
  if (unseen) {
    tally.unseen += 1;
    return;
  }
  const differences = (['locks', 'rewrites', 'scans', 'builds'] as const).flatMap((what) => [
    ...told[what].filter((one) => !shown[what].includes(one)).map((one) => `${what}: predicted ${one}`),
    ...shown[what].filter((one) => !told[what].includes(one)).map((one) => `${what}: measured ${one}`),
  ]);
  if (differences.length === 0) tally.agree += 1;
  else tally.differences.push(`${where}: ${differences.join('; ')}`);
}

function report(folder: string, tally: Tally): void {
  const { files, unparsed, statements, agree, unseen, outside, refused, differences } = tally;
  const compared = agree + differences.length;
  console.log(`${folder}: ${files - unparsed.length} of ${files} files parse; ${statements} statements`);
  console.log(`  ${agree} of ${compared} compared statements agree in every relation`);
  console.log(
    `  ${unseen} not seen by design, ${outside} refuse a transaction, ${refused.length} refused here`,
  );
  for (const line of [...unparsed, ...differences].slice(0, 60)) console.log(`  ${line}`);
  if (process.env.PULLGRES_REPLAY_REFUSED) for (const line of refused) console.log(`  refused ${line}`);
}

await loadParser();
const root = await mkdtemp(join(tmpdir(), 'pullgres-replay-'));
const binaries = await findBinaries({
  directory: process.env.PULLGRES_TEST_POSTGRES_BIN,
  cacheDirectory: join(root, 'cache'),
});
const server = await startServer({ binaries, directory: join(root, 'server') });
try {
  const admin = await openConnection(server.facts, { applicationName: 'pullgres replay' });
  let differences = 0;
  for (const [index, folder] of process.argv.slice(2).entries()) {
    await admin.query(`CREATE DATABASE replay_${index}`);
    const facts = { ...server.facts, database: `replay_${index}` };
    const connection = await openConnection(facts, { applicationName: 'pullgres replay' });
    await connection.script("SET timezone = 'UTC'");
    const tally = await replay(folder, connection);
    differences += tally.differences.length;
    report(folder, tally);
    await connection.close();
  }
  await admin.close();
  process.exitCode = differences > 0 ? 1 : 0;
} finally {
  await server.stop();
  await rm(root, { recursive: true, force: true });
}
