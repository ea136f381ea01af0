import { dbmate } from '../../src/migrations/dbmate.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import { prisma } from '../../src/migrations/prisma.ts';
import { sql } from '../../src/migrations/sql.ts';
import { memoryTree } from './memory-tree.ts';

/** The first comment line that makes a plain SQL migration run each statement by itself. */
export const NO_TRANSACTION = '-- pullgres:no-transaction\n';

/** Plain SQL migrations 1, 2, 3 … of these texts, at m/1.sql and so on. */
export async function sqlMigrations(...texts: readonly string[]): Promise<readonly Migration[]> {
  return sql.list(memoryTree(Object.fromEntries(texts.map((text, at) => [`m/${at + 1}.sql`, text]))), 'm');
}

/** dbmate migrations of these up parts, at m/1.sql and so on. */
export async function dbmateMigrations(...ups: readonly string[]): Promise<readonly Migration[]> {
  const files = ups.map((up, at) => [`m/${at + 1}.sql`, `-- migrate:up${up}\n-- migrate:down\n`]);
  return dbmate.list(memoryTree(Object.fromEntries(files)), 'm');
}

/** Prisma migrations of these scripts, at m/1_step/migration.sql and so on. */
export async function prismaMigrations(...texts: readonly string[]): Promise<readonly Migration[]> {
  const files = texts.map((text, at) => [`m/${at + 1}_step/migration.sql`, text]);
  return prisma.list(memoryTree(Object.fromEntries(files)), 'm');
}
