import { UserError } from '../errors.ts';
import { relativeTo, safePath } from './file-tree.ts';
import type { FileTree, Migration, MigrationTool, Reading, SourceFile } from './migration.ts';
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

async function toMigration(tree: FileTree, path: string, tag: string): Promise<Migration> {
  const source = await readSource(tree, path);
  const { text, checksum } = source;
  return { version: tag, name: tag, path, text, checksum, ...read(source) };
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
  return Promise.all(entries.map(({ tag }) => toMigration(tree, below(directory, `${tag}.sql`), tag)));
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

/**
 * https://orm.drizzle.team/docs/migrations: files in the order of meta/_journal.json, up only. Seen with drizzle-orm 0.45.4
 * in the log of a server: one `begin` before the first pending file, one message for each piece between breakpoints,
 * one `commit` after the last file. There is no way out of the transaction.
 */
export const drizzle: MigrationTool = { name: 'drizzle', detect, list, read };
