import { safePath } from './file-tree.ts';
import type { History, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { sqlFiles, wholeUp } from './sql-files.ts';
import { statementsThat } from './statement-scan.ts';

/** What the command line runs by itself, between the others (supabase/cli, pull requests 5671 and 6276). */
const BY_ITSELF =
  /^(create\s+(unique\s+)?index\s+concurrently|drop\s+index\s+concurrently|reindex\b[^;]*\bconcurrently|vacuum|alter\s+system|cluster)\b/i;

/** A file with such a statement is no longer one transaction; what stands between them is, and is judged one by one. */
async function read(source: SourceFile): Promise<Reading> {
  return wholeUp(source, (await statementsThat(BY_ITSELF, source)) === 'none' ? 'file' : 'none');
}

/** The table as the command line makes it (pkg/migration/history.go). */
const history: History = {
  ensure: async (db) => {
    await db.query('create schema if not exists supabase_migrations');
    await db.query(
      'create table if not exists supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text)',
    );
  },
  applied: async (db) => {
    const there = await db.query(
      `select to_regclass('supabase_migrations.schema_migrations') is not null as there`,
    );
    if (there.rows[0]?.there !== true) return [];
    const { rows } = await db.query(
      'select version from supabase_migrations.schema_migrations order by version',
    );
    return rows.map((row) => String(row.version));
  },
  record: async (db, { version, name }) => {
    await db.query('insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)', [
      version,
      name.slice(version.length + 1),
    ]);
  },
};

const files = sqlFiles({
  name: 'supabase',
  directories: ['supabase/migrations'],
  named: (relative) => {
    const version = /^(\d+)_[^/]*\.sql$/.exec(relative)?.[1];
    return version === undefined
      ? undefined
      : { version, name: relative.replace(/\.sql$/, ''), direction: 'up' };
  },
  read,
  fits: ({ directory }) => /(^|\/)supabase\/migrations$/.test(safePath(directory)),
});

/**
 * https://supabase.com/docs/guides/cli: `20240131120000_name.sql`, the statements and the note of them in one implicit
 * transaction (supabase/cli, pkg/migration/file.go, ExecBatch), save those that refuse one, from version 2.109 on.
 */
export const supabase: RehearsableTool = { ...files, history };
