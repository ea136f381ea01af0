import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import { mentioned } from './manifest.ts';
import type { History, RehearsableTool } from './migration.ts';
import { byNumber, sqlFiles, wholeUp } from './sql-files.ts';

function refuseDirty(rows: readonly Record<string, unknown>[]): void {
  const dirty = rows.find((row) => row.success !== true);
  if (dirty === undefined) return;
  throw new UserError(
    `_sqlx_migrations says that version ${String(dirty.version)} began and never finished.`,
    {
      hint: 'Mend the database by hand and delete that row, or reset the branch.',
    },
  );
}

/** The table as sqlx makes it (sqlx-postgres/src/migrate.rs); the checksum is SHA-384 of the file. */
const history: History = {
  ensure: async (db) => {
    await db.query(
      `create table if not exists public._sqlx_migrations (
        version bigint primary key,
        description text not null,
        installed_on timestamptz not null default now(),
        success boolean not null,
        checksum bytea not null,
        execution_time bigint not null
      )`,
    );
  },
  applied: async (db) => {
    const there = await db.query(`select to_regclass('public._sqlx_migrations') is not null as there`);
    if (there.rows[0]?.there !== true) return [];
    const { rows } = await db.query('select version, success from public._sqlx_migrations order by version');
    refuseDirty(rows);
    return rows.map((row) => String(row.version));
  },
  record: async (db, { version, name, text }) => {
    await db.query(
      `insert into public._sqlx_migrations (version, description, success, checksum, execution_time)
       values ($1, $2, true, $3, 0)`,
      [version, description(name), createHash('sha384').update(text).digest()],
    );
  },
  remove: async (db, { version }) => {
    await db.query('delete from public._sqlx_migrations where version = $1', [version]);
  },
};

function description(name: string): string {
  return name.replace(/^\d+_/, '').replaceAll('_', ' ');
}

const files = sqlFiles({
  name: 'sqlx',
  directories: ['migrations', 'db/migrations', 'database/migrations'],
  named: (relative) => {
    const [, version, rest] = /^(\d+)_([^/]*)\.sql$/.exec(relative) ?? [];
    if (version === undefined || rest === undefined || BigInt(version) === 0n) return undefined;
    const name = `${version}_${rest.replace(/\.(up|down)$/, '')}`;
    return { version: String(BigInt(version)), name, direction: rest.endsWith('.down') ? 'down' : 'up' };
  },
  order: (a, b) => byNumber(a.version, b.version),
  read: (source) => wholeUp(source, source.text.startsWith('-- no-transaction') ? 'implicit' : 'file'),
  fits: ({ tree, directory }) =>
    mentioned(tree, directory, 'Cargo.toml', /^\s*(sqlx\b|\[.*dependencies\.sqlx\])/m),
});

/**
 * https://github.com/launchbadge/sqlx, version 0.8 and later: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`, as
 * one message in a transaction. A file whose very first bytes are `-- no-transaction` goes as one simple query alone
 * (sqlx-core/src/migrate/source.rs, sqlx-postgres/src/migrate.rs). Plain names, so a Cargo.toml must name it.
 */
export const sqlx: RehearsableTool = { ...files, history };
