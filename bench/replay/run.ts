import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, ServerError } from '../../src/postgres/connection.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { refusesTransaction } from '../../src/sql/transactions.ts';
import { measure } from '../locks/measure.ts';
import type { Measured } from '../locks/measured.ts';
import { measureAlone } from '../locks/watch.ts';
import { compare } from './compare.ts';
import { schemaDifferences } from './schema.ts';

/** What a replay found. The texts begin with `file:line`. */
export type Tally = {
  files: number;
  readonly unparsed: string[];
  statements: number;
  agree: number;
  readonly differences: string[];
  readonly unseen: string[];
  /** Relations whose lock depends on rows that an empty server does not have. */
  notShown: number;
  /** Statements that refuse a transaction, watched from a second session. */
  outside: number;
  /** Statements that this server refuses; the schema stays as it was. */
  readonly refused: string[];
  /** Relations and routines of which the schema made of the statements came to say something else than the server. */
  readonly schema: Map<string, string>;
};

/** A database with nothing in it: the session that the history runs in, and one that watches. */
export type Place = { readonly connection: Connection; readonly observer: Connection };

/** Runs a history of migrations, each statement in a transaction of its own, and compares what each did with the model. */
export async function replay(folder: string, place: Place): Promise<Tally> {
  const tally: Tally = {
    files: 0,
    unparsed: [],
    statements: 0,
    agree: 0,
    differences: [],
    unseen: [],
    notShown: 0,
    outside: 0,
    refused: [],
    schema: new Map(),
  };
  let catalog = await begin(place);
  for (const path of await migrationsIn(folder)) {
    tally.files += 1;
    const parsed = parseSql(await readFile(path, 'utf8'), path);
    if (!parsed.ok) {
      tally.unparsed.push(`${path}:${parsed.problem.line}: ${parsed.problem.message}`);
      continue;
    }
    const file = [...parsed.statements, ...temporaryDrops(parsed.statements)];
    for (const statement of file) catalog = await step(statement, catalog, place, tally);
    for (const [name, difference] of await schemaDifferences(catalog, place.connection))
      if (!tally.schema.has(name)) tally.schema.set(name, `${path}: ${difference}`);
  }
  return tally;
}

/** Diesel makes it before its first migration, and a history may name it. */
const LEDGER = `CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)`;

async function begin({ connection }: Place): Promise<Catalog> {
  await connection.script(LEDGER);
  const parsed = parseSql(LEDGER, 'the ledger');
  const empty = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
  return parsed.ok ? parsed.statements.reduce<Catalog>(applyStatement, empty) : empty;
}

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

/** Runs one statement and compares; gives the schema after it. One that the server refuses changes nothing. */
async function step(statement: Statement, catalog: Catalog, place: Place, tally: Tally): Promise<Catalog> {
  if (isTransactionControl(statement)) return catalog;
  tally.statements += 1;
  const where = `${statement.place.file}:${statement.place.line}`;
  try {
    const shown = await run(statement, catalog, place, tally);
    const version = place.connection.serverVersion as PostgresVersion;
    const told = effects(statement, catalog, version);
    const { differences, notShown } = compare(told, catalog, shown);
    tally.notShown += notShown;
    if (!told.seen) tally.unseen.push(where);
    else if (differences.length > 0) tally.differences.push(`${where}: ${differences.join('; ')}`);
    else tally.agree += 1;
    return applyStatement(catalog, statement);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    tally.refused.push(`${where}: ${error.message}`);
    return catalog;
  }
}

async function run(statement: Statement, catalog: Catalog, place: Place, tally: Tally): Promise<Measured> {
  const { connection, observer } = place;
  const version = connection.serverVersion as PostgresVersion;
  if (!refusesTransaction(statement, { catalog, version }))
    return measure(connection, kept(statement.sql), 'COMMIT');
  const shown = await measureAlone(connection, observer, statement.sql);
  tally.outside += 1;
  return shown;
}

/** Each statement has a transaction of its own here. */
function isTransactionControl({ kind, node }: Statement): boolean {
  return (
    kind === 'TransactionStmt' || ('VariableSetStmt' in node && node.VariableSetStmt.name === 'TRANSACTION')
  );
}

const ON_COMMIT_DROP = /\bON\s+COMMIT\s+DROP\b/gi;

/** What would be dropped with the file's transaction stays until the file's end. */
function kept(sql: string): string {
  return sql.replace(ON_COMMIT_DROP, 'ON COMMIT PRESERVE ROWS');
}

function temporaryDrops(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap(({ node, sql }) => {
    const made = Object.values(node)[0] as {
      relation?: { relname?: string };
      into?: { rel?: { relname?: string } };
    };
    const name = made.relation?.relname ?? made.into?.rel?.relname;
    if (name === undefined || sql.search(ON_COMMIT_DROP) < 0) return [];
    const parsed = parseSql(
      `DROP TABLE IF EXISTS pg_temp."${name.replaceAll('"', '""')}"`,
      'the end of the file',
    );
    return parsed.ok ? parsed.statements : [];
  });
}
