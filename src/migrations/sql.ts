import { UserError } from '../errors.ts';
import { byBytes, relativeTo } from './file-tree.ts';
import type { FileTree, History, Migration, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { readSource } from './text.ts';

const DIRECTORIES = [
  'migrations',
  'db/migrations',
  'sql/migrations',
  'database/migrations',
  'supabase/migrations',
  'src/migrations',
  'schema/migrations',
  'postgres/migrations',
];

/** `0001_name.sql`, `20260131_name.up.sql`, `3.down.sql`, or a folder `2026-01-31-120000_name` with up.sql and down.sql. */
const FILE = /^(\d+(?:[-.]\d+)*)([-_.][^/]*)?\.sql$/i;
const FOLDER = /^((\d+(?:[-.]\d+)*)(?:[-_.][^/]*)?)\/(up|down)\.sql$/i;

/** Other tools' marks in a file; such a folder is not a plain one. */
const FOREIGN_MARK = /^--\s*(migrate:up|\+goose Up|\+migrate Up|Up Migration|liquibase formatted sql)/im;

type Entry = {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  readonly direction: 'up' | 'down';
};

function readEntry(directory: string, path: string): Entry | undefined {
  const relative = relativeTo(directory, path);
  const folder = FOLDER.exec(relative);
  if (folder !== null) {
    const [, name = '', version = '', direction] = folder;
    return { version, name, path, direction: direction?.toLowerCase() === 'down' ? 'down' : 'up' };
  }
  const file = FILE.exec(relative);
  if (file === null) return undefined;
  const [, version = ''] = file;
  const direction = /\.down\.sql$/i.test(relative) ? 'down' : 'up';
  return { version, name: relative.replace(/(\.up|\.down)?\.sql$/i, ''), path, direction };
}

function refuseUnnumbered(directory: string, path: string): void {
  const relative = relativeTo(directory, path);
  if (relative.includes('/') || !/\.sql$/i.test(relative)) return;
  throw new UserError(`${path} has no version: a migration's name begins with digits.`, {
    hint: 'Name it like 0007_add_orders.sql, or move it out of the migrations folder.',
  });
}

/** Versions compare number by number, so 9 stands before 10 and 007 equals 7. */
function numbers(version: string): readonly bigint[] {
  return version.split(/[-.]/).map(BigInt);
}

function versionKey(version: string): string {
  return numbers(version).join('.');
}

function byVersion(a: Entry, b: Entry): number {
  const [left, right] = [numbers(a.version), numbers(b.version)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? -1n) - (right[at] ?? -1n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return byBytes(a.path, b.path);
}

function wantsNoTransaction(text: string): boolean {
  for (const line of text.replace(/^\uFEFF/, '').split('\n', 200)) {
    const trimmed = line.trim();
    if (/^--\s*pullgres:no-transaction$/.test(trimmed)) return true;
    if (trimmed !== '' && !trimmed.startsWith('--')) return false;
  }
  return false;
}

function toMigration(entry: Entry, up: SourceFile, down: SourceFile | undefined): Migration {
  return {
    version: entry.version,
    name: entry.name,
    path: entry.path,
    text: up.text,
    checksum: up.checksum,
    ...read(up),
    down: down && { path: down.path, text: down.text, startByte: 0, endByte: down.bytes },
  };
}

function read({ text, bytes }: SourceFile): Reading {
  const transaction = wantsNoTransaction(text) ? 'none' : 'file';
  return { up: { startByte: 0, endByte: bytes }, down: undefined, transaction };
}

function entriesOf(directory: string, paths: readonly string[]): readonly Entry[] {
  return paths.flatMap((path) => {
    const entry = readEntry(directory, path);
    if (entry === undefined) refuseUnnumbered(directory, path);
    return entry ?? [];
  });
}

function refuseOrphans(ups: readonly Entry[], downs: ReadonlyMap<string, Entry>): void {
  const versions = new Set(ups.map((entry) => versionKey(entry.version)));
  for (const [version, entry] of downs) {
    if (versions.has(version)) continue;
    throw new UserError(`${entry.path} is a down migration without its up migration.`, {
      hint: 'Commit the up file with the same version, or remove this one.',
    });
  }
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const entries = entriesOf(directory, await tree.list(directory));
  const ups = entries.filter((entry) => entry.direction === 'up').sort(byVersion);
  const downEntries = entries.filter((entry) => entry.direction === 'down');
  const downs = new Map(downEntries.map((entry) => [versionKey(entry.version), entry]));
  refuseOrphans(ups, downs);
  return Promise.all(
    ups.map(async (entry) => {
      const down = downs.get(versionKey(entry.version));
      const [up, downSource] = await Promise.all([
        readSource(tree, entry.path),
        down && readSource(tree, down.path),
      ]);
      return toMigration(entry, up, downSource);
    }),
  );
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const first = (await tree.list(directory)).find((path) => readEntry(directory, path) !== undefined);
  if (first === undefined) return false;
  return !FOREIGN_MARK.test((await tree.read(first)).toString('utf8', 0, 65_536));
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

const history: History = {
  ensure: async (db) => {
    await db.query(
      `create table if not exists public.pullgres_migrations (
        version text primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`,
    );
  },
  applied: async (db) => {
    const there = await db.query(`select to_regclass('public.pullgres_migrations') is not null as there`);
    if (there.rows[0]?.there !== true) return [];
    const { rows } = await db.query(
      'select version from public.pullgres_migrations order by applied_at, version',
    );
    return rows.map((row) => String(row.version));
  },
  record: async (db, { version, name, checksum }) => {
    await db.query('insert into public.pullgres_migrations (version, name, checksum) values ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
  },
  remove: async (db, { version }) => {
    await db.query('delete from public.pullgres_migrations where version = $1', [version]);
  },
};

/**
 * A folder of ordered SQL files, applied one transaction a file (`-- pullgres:no-transaction` in the first comment
 * lines: each statement by itself), where no other tool's marks say more.
 */
export const sql: RehearsableTool = { name: 'sql', detect, list, read, versionKey, history };
