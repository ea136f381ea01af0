import { mentioned } from './manifest.ts';
import type { MigrationTool } from './migration.ts';
import { byNumber, sqlFiles, wholeUp } from './sql-files.ts';

/**
 * https://github.com/golang-migrate/migrate, version 4: `1_name.up.sql` and `1_name.down.sql` (source/parse.go), the
 * file as one simple query without BEGIN (database/postgres/postgres.go, runStatement). `x-multi-statement` in the URL
 * sends each statement by itself, which no file tells. Its names are also those of other tools, so a go.mod must name it.
 */
export const golangMigrate: MigrationTool = sqlFiles({
  name: 'golang-migrate',
  directories: [
    'migrations',
    'db/migrations',
    'database/migrations',
    'internal/migrations',
    'internal/database/migrations',
    'sql/migrations',
    'db/migration',
  ],
  named: (relative) => {
    const [, version, name = '', direction] = /^(\d+)_([^/]*)\.(up|down)\.sql$/.exec(relative) ?? [];
    if (version === undefined) return undefined;
    return {
      version: String(BigInt(version)),
      name: `${version}_${name}`,
      direction: direction === 'down' ? 'down' : 'up',
    };
  },
  order: (a, b) => byNumber(a.version, b.version),
  read: (source) => wholeUp(source, 'implicit'),
  fits: ({ tree, directory }) => mentioned(tree, directory, 'go.mod', /golang-migrate\/migrate/),
});
