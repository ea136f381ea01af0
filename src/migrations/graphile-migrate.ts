import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import { byBytes, relativeTo, safePath } from './file-tree.ts';
import { isThere } from './history-table.ts';
import type {
  FileTree,
  History,
  Migration,
  Reading,
  Refusal,
  RehearsableTool,
  SourceFile,
} from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { wholeUp } from './sql-files.ts';
import { readSource } from './text.ts';

const DIRECTORIES = ['migrations', 'db/migrations', 'packages/db/migrations', '@app/db/migrations'];

/** `000001.sql`, `000001-name.sql` (src/current.ts, VALID_FILE_REGEX). */
const COMMITTED = /^committed\/(\d+)(-[-\w]*)?\.sql$/;
const CURRENT = 'current.sql';
const CURRENT_PART = /^current\/(\d+)(-[-\w]*)?\.sql$/;

/** Lines of `--! Name: value`, and what stands below them (src/migration.ts, parseMigrationText). */
const HEADER = /^(--! [A-Z]\w*(:[^\n]*)?\n)*\s*/;

function bodyOf(text: string): string {
  return text.replace(HEADER, '');
}

/** The first line below the header decides. */
function read(source: SourceFile): Reading {
  const body = bodyOf(source.text);
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

type Header = { readonly hash: string; readonly previous: string | undefined; readonly isLoose: boolean };

/** What the header of a committed migration says; undefined for what is being written. */
function headerOf(text: string): Header | undefined {
  const header = HEADER.exec(text)?.[0] ?? '';
  const hash = /^--! Hash:(.*)$/m.exec(header)?.[1]?.trim();
  const previous = /^--! Previous:(.*)$/m.exec(header)?.[1]?.trim();
  if (!hash || previous === undefined) return undefined;
  return {
    hash,
    previous: previous === '-' ? undefined : previous,
    isLoose: /^--! AllowInvalidHash\b/m.test(header),
  };
}

/** The hash covers the one before it and the trimmed body (src/hash.ts). */
function hashOf(text: string, { hash, previous = '' }: Header): string {
  const [algorithm = 'sha1'] = hash.split(':', 1);
  const content = `${`${previous}\n${bodyOf(text).trim()}`.trim()}\n`;
  return `${algorithm}:${createHash(algorithm === 'sha1' ? 'sha1' : 'sha256')
    .update(content)
    .digest('hex')}`;
}

/** Throws UserError for a committed file whose text is not what its header's hash says, as the tool would. */
function checkedHeader({ path, text }: Migration): Header | undefined {
  const header = headerOf(text);
  if (header === undefined || header.isLoose || hashOf(text, header) === header.hash) return header;
  throw new UserError(
    `The hash in the header of ${path} is not that of its text, and graphile-migrate refuses it.`,
    {
      hint: 'Restore the committed file, and write the change as a migration of its own.',
    },
  );
}

const TABLE = 'graphile_migrate.migrations';

/** `000001.sql`, whatever the message in the file's name is. */
function filenameOf({ version }: Migration): string {
  return `${version}.sql`;
}

/**
 * The tables as graphile-migrate makes them (src/migration.ts, _migrateMigrationSchema). What is being written is kept
 * out of the history: `watch` runs it again and again, and `migrate` not at all.
 */
const history: History = {
  ensure: async (db) => {
    await db.query('create schema if not exists graphile_migrate');
    await db.query(
      `create table if not exists ${TABLE} (
        hash text primary key,
        previous_hash text references ${TABLE},
        filename text not null,
        date timestamptz not null default now()
      )`,
    );
    await db.query(
      `create table if not exists graphile_migrate.current (
        filename text primary key default 'current.sql',
        content text not null,
        date timestamptz not null default now()
      )`,
    );
  },
  applied: async (db) => {
    if (!(await isThere(db, TABLE))) return [];
    const { rows } = await db.query(`select filename from ${TABLE} order by filename`);
    return rows.map(({ filename }) => String(filename).replace(/\.sql$/, ''));
  },
  record: async (db, migration) => {
    const header = checkedHeader(migration);
    if (header === undefined) return;
    await db.query(`insert into ${TABLE} (hash, previous_hash, filename) values ($1, $2, $3)`, [
      header.hash,
      header.previous ?? null,
      filenameOf(migration),
    ]);
  },
};

/** Names that graphile-migrate or its settings put values to, and files that it puts in their place. */
async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  for (const { path, text } of await list(tree, directory)) {
    const placeholder = /(?<![\w:]):[A-Z][A-Z0-9_]*\b/.exec(text)?.[0];
    if (placeholder !== undefined) {
      return obstacleOf(
        `${path} takes ${placeholder} from the settings of graphile-migrate, which Pullgres does not read.`,
        'Write it without the placeholder',
      );
    }
    if (/^--![ \t]*include\b/m.test(text)) {
      return obstacleOf(
        `${path} includes another file, which graphile-migrate puts in its place.`,
        'Commit the migration, which writes it out',
      );
    }
  }
  return undefined;
}

/**
 * https://github.com/graphile/migrate, version 1 and 2: `committed/000001.sql` and, after them, the migration that is being
 * written (current.sql or the files of current/), up only. Seen with 1.4.1 in the log of a server: `begin`, the file as
 * one message, `commit`; with `--! no-transaction` the file alone as one message.
 */
export const graphileMigrate: RehearsableTool = {
  name: 'graphile-migrate',
  detect,
  list,
  read,
  bears,
  history,
  obstacle,
};
