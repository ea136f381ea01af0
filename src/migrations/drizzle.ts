import { UserError } from '../errors.ts';
import { relativeTo, safePath } from './file-tree.ts';
import { insertRow, isThere, rowsFor } from './history-table.ts';
import type {
  FileTree,
  History,
  Migration,
  Queryable,
  Reading,
  RehearsableTool,
  SourceFile,
} from './migration.ts';
import { wholeUp } from './sql-files.ts';
import { readSource } from './text.ts';

const DIRECTORIES = [
  'drizzle',
  'drizzle/migrations',
  'migrations',
  'db/migrations',
  'src/db/migrations',
  'src/drizzle',
];
const JOURNAL = 'meta/_journal.json';

/** Where the pieces are cut (`cutsAt`) changes nothing in which bytes are the migration. */
function read(source: SourceFile): Reading {
  return wholeUp(source, 'file');
}

type JournalEntry = { readonly tag: string; readonly when: number };

function below(directory: string, path: string): string {
  const top = safePath(directory);
  return top === '' ? path : `${top}/${path}`;
}

/** Throws UserError when it is no journal. */
async function journal(tree: FileTree, directory: string): Promise<readonly JournalEntry[]> {
  const path = below(directory, JOURNAL);
  const { text } = await readSource(tree, path);
  const entries: unknown = parsed(text)?.entries;
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw new UserError(`${path} is no journal of drizzle-kit.`, {
    hint: 'Restore it from git, or make it anew with drizzle-kit generate.',
  });
}

function parsed(text: string): { readonly entries?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { tag, when } = value as Partial<JournalEntry>;
  return typeof tag === 'string' && typeof when === 'number';
}

const TABLE = 'drizzle.__drizzle_migrations';

/** The journal's time, in milliseconds, is what drizzle knows a migration by; the hash is the SHA-256 of the file. */
async function toMigration(tree: FileTree, path: string, { tag, when }: JournalEntry): Promise<Migration> {
  const source = await readSource(tree, path);
  const { text, checksum } = source;
  const historyRows = [{ table: TABLE, values: { hash: checksum, created_at: when } }];
  return { version: tag, name: tag, path, text, checksum, historyRows, ...read(source) };
}

/** In the journal's order, which is that of application (drizzle-orm/migrator.js); a file that it does not name is passed over. */
async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const entries = await journal(tree, directory);
  const files = new Set((await tree.list(directory)).map((path) => relativeTo(directory, path)));
  const missing = entries.find(({ tag }) => !files.has(`${tag}.sql`));
  if (missing !== undefined) {
    throw new UserError(`${below(directory, `${missing.tag}.sql`)} is missing, and the journal names it.`, {
      hint: 'Restore the file; drizzle stops without it.',
    });
  }
  return Promise.all(entries.map((entry) => toMigration(tree, below(directory, `${entry.tag}.sql`), entry)));
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const path = below(directory, JOURNAL);
  if (!(await tree.list(directory)).includes(path)) return false;
  return /"dialect"\s*:\s*"(postgresql|pg)"/.test((await tree.read(path)).toString('utf8'));
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

function whenOf(migration: Migration): number {
  return Number(rowsFor(migration, TABLE)[0]?.values.created_at);
}

/** Only what is younger than the youngest row is ever run: an older one is passed over without a word. */
function refusePassedOver(migrations: readonly Migration[], done: ReadonlySet<number>): void {
  const last = Math.max(...done);
  const passed = migrations.find((migration) => !done.has(whenOf(migration)) && whenOf(migration) <= last);
  if (passed === undefined) return;
  throw new UserError(
    `drizzle passes over ${passed.path}: the journal's time of it is before that of one that ran already.`,
    { hint: 'Make it anew with drizzle-kit generate, or drop it and generate after the merge.' },
  );
}

async function times(db: Queryable): Promise<readonly number[]> {
  if (!(await isThere(db, TABLE))) return [];
  const { rows } = await db.query(`select created_at from ${TABLE} order by created_at`);
  return rows.map(({ created_at }) => Number(created_at));
}

/** The table as drizzle makes it (drizzle-orm, pg-core/dialect.js, migrate), under its usual name. */
const history: History = {
  ensure: async (db) => {
    await db.query('create schema if not exists drizzle');
    await db.query(
      `create table if not exists ${TABLE} (id serial primary key, hash text not null, created_at bigint)`,
    );
  },
  applied: async (db, migrations) => {
    const found = await times(db);
    refusePassedOver(migrations, new Set(found));
    const tags = new Map(migrations.map((migration) => [whenOf(migration), migration.version]));
    return found.map((when) => tags.get(when) ?? String(when));
  },
  record: async (db, migration) => {
    for (const row of rowsFor(migration, TABLE)) await insertRow(db, row);
  },
};

/**
 * https://orm.drizzle.team/docs/migrations: files in the order of meta/_journal.json, up only. Seen with drizzle-orm 0.45.4
 * in the log of a server: one `begin` before the first pending file, one message for each piece between breakpoints,
 * one `commit` after the last file. There is no way out of the transaction, and no way back.
 */
export const drizzle: RehearsableTool = { name: 'drizzle', detect, list, read, history };
