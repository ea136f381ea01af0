import { versionTable } from './history-table.ts';
import { mentioned } from './manifest.ts';
import type { History, RehearsableTool } from './migration.ts';
import { sqlFiles, wholeUp } from './sql-files.ts';

/** The table as Diesel makes it (diesel/src/migration, setup_database). */
const history: History = versionTable({
  table: 'public.__diesel_schema_migrations',
  create: `create table public.__diesel_schema_migrations (
    version varchar(50) primary key not null,
    run_on timestamp not null default current_timestamp
  )`,
  column: 'version',
  order: 'version',
  versionOf: ({ version }) => version,
});

const files = sqlFiles({
  name: 'diesel',
  directories: ['migrations', 'db/migrations', 'database/migrations'],
  named: (relative) => {
    const [, folder, version, direction] = /^((\d[\d-]*)_[^/]*)\/(up|down)\.sql$/.exec(relative) ?? [];
    if (folder === undefined || version === undefined) return undefined;
    return {
      version: version.replaceAll('-', ''),
      name: folder,
      direction: direction === 'down' ? 'down' : 'up',
    };
  },
  settingsOf: (relative) => relative.replace(/[^/]*$/, 'metadata.toml'),
  read: (source, beside = '') =>
    wholeUp(source, /^\s*run_in_transaction\s*=\s*false\b/m.test(beside) ? 'implicit' : 'file'),
  fits: async ({ tree, directory }) =>
    (await mentioned(tree, directory, 'diesel.toml', /^/)) ||
    (await mentioned(
      tree,
      directory,
      'Cargo.toml',
      /^\s*(diesel\b|diesel_migrations\b|\[.*dependencies\.diesel)/m,
    )),
});

/**
 * https://diesel.rs, version 2: a folder with up.sql and down.sql; the version is what stands before the first `_`,
 * without hyphens (migrations_internals). The file goes as one message in a transaction, and without it when
 * `run_in_transaction = false` stands in its metadata.toml (migration_harness.rs). A diesel.toml or Cargo.toml names it.
 */
export const diesel: RehearsableTool = { ...files, history };
