import { byBytes, relativeTo, safePath } from './file-tree.ts';
import type { FileTree, Migration, MigrationTool, Reading, SourceFile } from './migration.ts';
import { wholeUp } from './sql-files.ts';
import { readSource } from './text.ts';

const DIRECTORIES = ['migrations', 'db/migrations', 'packages/db/migrations', '@app/db/migrations'];

/** `000001.sql`, `000001-name.sql` (src/current.ts, VALID_FILE_REGEX). */
const COMMITTED = /^committed\/(\d+)(-[-\w]*)?\.sql$/;
const CURRENT = 'current.sql';
const CURRENT_PART = /^current\/(\d+)(-[-\w]*)?\.sql$/;

/** The first line below the header of `--! Name: value` lines. */
function read(source: SourceFile): Reading {
  const body = source.text.replace(/^(--! [A-Z]\w*(:[^\n]*)?\n)*\s*/, '');
  return wholeUp(source, /^--!\s*no-transaction\b/.test(body) ? 'implicit' : 'file');
}

async function toMigration(tree: FileTree, path: string, version: string, name: string): Promise<Migration> {
  const source = await readSource(tree, path);
  const { text, checksum } = source;
  return { version, name, path, text, checksum, repeatable: version.startsWith('current'), ...read(source) };
}

type Entry = { readonly path: string; readonly version: string; readonly rank: string };

/** Committed ones by their number, then what is worked on now. */
function entryOf(directory: string, path: string): Entry | undefined {
  const relative = relativeTo(directory, path);
  const committed = COMMITTED.exec(relative)?.[1];
  if (committed !== undefined) return { path, version: committed, rank: `0${committed.padStart(20, '0')}` };
  if (relative === CURRENT) return { path, version: 'current', rank: '1' };
  const part = CURRENT_PART.exec(relative)?.[1];
  return part === undefined
    ? undefined
    : { path, version: `current/${part}`, rank: `1${part.padStart(20, '0')}` };
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const entries = (await tree.list(directory)).flatMap((path) => entryOf(directory, path) ?? []);
  const ordered = entries.toSorted((a, b) => byBytes(a.rank, b.rank) || byBytes(a.path, b.path));
  const top = safePath(directory).length;
  return Promise.all(
    ordered.map(({ path, version }) =>
      toMigration(tree, path, version, path.slice(top === 0 ? 0 : top + 1).replace(/\.sql$/, '')),
    ),
  );
}

/** The header of what was committed. */
function bears(text: string): boolean {
  return text.startsWith('--! Previous:');
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const paths = await tree.list(directory);
  const first = paths.find((path) => COMMITTED.test(relativeTo(directory, path)));
  if (first === undefined) return false;
  return bears((await tree.read(first)).toString('utf8', 0, 200));
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

/**
 * https://github.com/graphile/migrate, version 1 and 2: `committed/000001.sql` and, after them, the migration that is being
 * written (current.sql or the files of current/), up only. Seen with 1.4.1 in the log of a server: `begin`, the file as
 * one message, `commit`; with `--! no-transaction` the file alone as one message.
 */
export const graphileMigrate: MigrationTool = { name: 'graphile-migrate', detect, list, read, bears };
