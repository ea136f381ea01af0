import { mentioned } from './manifest.ts';
import type { MigrationTool } from './migration.ts';
import { byNumber, sqlFiles, wholeUp } from './sql-files.ts';

/**
 * https://github.com/launchbadge/sqlx, version 0.8 and later: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`, as
 * one message in a transaction. A file whose very first bytes are `-- no-transaction` goes as one simple query alone
 * (sqlx-core/src/migrate/source.rs, sqlx-postgres/src/migrate.rs). Plain names, so a Cargo.toml must name it.
 */
export const sqlx: MigrationTool = sqlFiles({
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
