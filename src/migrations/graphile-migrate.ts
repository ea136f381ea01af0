import { createHash } from 'node:crypto';
import { byBytes, relativeTo, safePath } from './file-tree.ts';
import { insertRow, isThere } from './history-table.ts';
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

const TABLE = 'graphile_migrate.migrations';

/** `000001.sql`, whatever the message in the file's name is. */
function filenameOf({ version }: Migration): string {
  return `${version}.sql`;
}

/**
 * The tables as graphile-migrate makes them (src/migration.ts, _migrateMigrationSchema). What is being written is noted
 * beside the history, with its text, as `graphile-migrate watch` does; `migrate` does not run it.
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
  applied: async (db, migrations) => {
    if (!(await isThere(db, TABLE))) return [];
    const { rows } = await db.query(`select filename from ${TABLE} order by filename`);
    const committed = rows.map(({ filename }) => String(filename).replace(/\.sql$/, ''));
    const { rows: written } = await db.query('select filename, content from graphile_migrate.current');
    const texts = new Map(written.map(({ filename, content }) => [filename, content]));
    const current = migrations.filter((migration) => texts.get(filenameOf(migration)) === migration.text);
    return [...committed, ...current.map(({ version }) => version)];
  },
  record: async (db, migration) => {
    const header = headerOf(migration.text);
    const filename = filenameOf(migration);
    if (header) {
      const { hash, previous = null } = header;
      return insertRow(db, { table: TABLE, values: { hash, previous_hash: previous, filename } });
    }
    await db.query(
      `insert into graphile_migrate.current (filename, content) values ($1, $2)
       on conflict (filename) do update set content = excluded.content, date = excluded.date`,
      [filename, migration.text],
    );
  },
};

/** What graphile-migrate itself refuses: a text that is not its hash's, a file that does not name the one before it. */
function brokenChain(committed: readonly Migration[]): Refusal | undefined {
  let before: string | undefined;
  for (const { path, text } of committed) {
    const header = headerOf(text);
    if (!header) return { message: `${path} has no header with Previous and Hash.`, hint: RESTORE };
    if (!header.isLoose && hashOf(text, header) !== header.hash) {
      return { message: `The hash in the header of ${path} is not that of its text.`, hint: RESTORE };
    }
    if (header.previous !== before) {
      return { message: `${path} does not name the hash of the migration before it.`, hint: RECOMMIT };
    }
    before = header.hash;
  }
  return undefined;
}

const RESTORE =
  'graphile-migrate refuses it: restore the committed file, and write the change as a migration of its own.';
const RECOMMIT =
  'graphile-migrate refuses it: bring it back with `graphile-migrate uncommit`, and commit it again.';

/** What it would refuse; names that it or its settings put values to; lines in whose place it puts other files. */
async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const migrations = await list(tree, directory);
  const broken = brokenChain(migrations.filter(({ repeatable }) => !repeatable));
  if (broken) return broken;
  for (const { path, text } of migrations) {
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
