import { randomUUID } from 'node:crypto';
import { UserError } from '../errors.ts';
import { byBytes, relativeTo, safePath } from './file-tree.ts';
import type { FileTree, History, Migration, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { readSource } from './text.ts';

const DIRECTORIES = [
  'prisma/migrations',
  'prisma/schema/migrations',
  'migrations',
  'db/migrations',
  'src/prisma/migrations',
  'packages/db/prisma/migrations',
  'packages/database/prisma/migrations',
];
const LOCK = 'migration_lock.toml';

function below(directory: string, path: string): string {
  const top = safePath(directory);
  return top === '' ? path : `${top}/${path}`;
}

/** Prisma reads the first line that begins with `provider` (schema-engine, migrations_directory.rs). */
async function checkProvider(tree: FileTree, directory: string, paths: readonly string[]): Promise<void> {
  const path = below(directory, LOCK);
  if (!paths.includes(path)) return;
  const { text } = await readSource(tree, path);
  const line = text.split(/\r?\n/).find((candidate) => candidate.startsWith('provider'));
  const provider = line
    ?.replace(/^provider\s*=\s*/, '')
    .replaceAll('"', '')
    .trim();
  if (provider === 'postgresql') return;
  throw new UserError(`${path} says provider ${JSON.stringify(provider ?? 'nothing')}, not "postgresql".`, {
    hint: 'Pullgres rehearses Postgres migrations; name another folder with migrations.directory in the policy.',
  });
}

function foldersOf(directory: string, paths: readonly string[]): readonly string[] {
  const names = paths
    .map((path) => relativeTo(directory, path))
    .filter((relative) => relative.includes('/'))
    .map((relative) => relative.split('/', 1)[0] ?? '');
  return [...new Set(names)].sort(byBytes);
}

async function toMigration(tree: FileTree, directory: string, folder: string): Promise<Migration> {
  const path = below(directory, `${folder}/migration.sql`);
  const source = await readSource(tree, path);
  const { text, checksum } = source;
  return { version: folder, name: folder, path, text, checksum, ...read(source) };
}

/** One simple query for the whole script (schema-engine, flavour/postgres/native/mod.rs, apply_migration_script). */
function read({ bytes }: SourceFile): Reading {
  return { up: { startByte: 0, endByte: bytes }, down: undefined, transaction: 'implicit' };
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const paths = await tree.list(directory);
  await checkProvider(tree, directory, paths);
  const folders = foldersOf(directory, paths);
  const empty = folders.find((folder) => !paths.includes(below(directory, `${folder}/migration.sql`)));
  if (empty !== undefined) {
    throw new UserError(`${below(directory, empty)} holds no migration.sql, and Prisma refuses it.`, {
      hint: 'Restore the file, or remove the folder if the migration never ran anywhere.',
    });
  }
  return Promise.all(folders.map((folder) => toMigration(tree, directory, folder)));
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const relative = (await tree.list(directory)).map((path) => relativeTo(directory, path));
  return relative.some((path) => path === LOCK || /^\d+[^/]*\/migration\.sql$/.test(path));
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

function refuseFailed(rows: readonly Record<string, unknown>[]): void {
  const failed = rows.find((row) => row.finished === false);
  if (failed === undefined) return;
  throw new UserError(`_prisma_migrations says that ${String(failed.name)} began and never finished.`, {
    hint: 'Resolve it with `prisma migrate resolve`, or reset the branch.',
  });
}

/** The table as Prisma makes it (schema-engine, flavour/postgres.rs, create_migrations_table), in the schema `public`. */
const history: History = {
  ensure: async (db) => {
    await db.query(
      `create table if not exists public._prisma_migrations (
        id                  varchar(36) primary key not null,
        checksum            varchar(64) not null,
        finished_at         timestamptz,
        migration_name      varchar(255) not null,
        logs                text,
        rolled_back_at      timestamptz,
        started_at          timestamptz not null default now(),
        applied_steps_count integer not null default 0
      )`,
    );
  },
  applied: async (db) => {
    const there = await db.query(`select to_regclass('public._prisma_migrations') is not null as there`);
    if (there.rows[0]?.there !== true) return [];
    const { rows } = await db.query(
      `select migration_name as name, finished_at is not null as finished
         from public._prisma_migrations where rolled_back_at is null order by started_at, migration_name`,
    );
    refuseFailed(rows);
    return rows.map((row) => String(row.name));
  },
  record: async (db, { name, checksum }) => {
    await db.query(
      `insert into public._prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       values ($1, $2, clock_timestamp(), $3, 1)`,
      [randomUUID(), checksum, name],
    );
  },
};

/** https://www.prisma.io/docs/orm/prisma-migrate: one folder a migration, up only. */
export const prisma: RehearsableTool = { name: 'prisma', detect, list, read, history };
