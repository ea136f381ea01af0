import { mentioned } from './manifest.ts';
import type { MigrationTool, Reading, SourceFile } from './migration.ts';
import { sqlFiles } from './sql-files.ts';
import { byteRange } from './text.ts';

const UP = /^\s*--[\s-]*up\s+migration/im;
const DOWN = /^\s*--[\s-]*down\s+migration/im;

/** The mark as its template writes it: a comment of a plain file may speak of an up migration too. */
const MARK = /^[\t ]*--[\t -]*up[\t ]+migration[\t\r ]*$/im;

/** Without an up marker all of the file is up, also what stands behind the down marker (src/sqlMigration.ts). */
function read({ path, text }: SourceFile): Reading {
  const [up, down] = [UP.exec(text)?.index, DOWN.exec(text)?.index];
  return {
    up: up === undefined ? byteRange(text, 0) : byteRange(text, up, endOf(up, down)),
    down: down === undefined ? undefined : { path, text, ...byteRange(text, down, endOf(down, up)) },
    // All pending migrations share one transaction: https://salsita.github.io/node-pg-migrate, --single-transaction.
    transaction: 'file',
  };
}

function endOf(start: number, other: number | undefined): number | undefined {
  return other !== undefined && other > start ? other : undefined;
}

/**
 * https://github.com/salsita/node-pg-migrate, its SQL files, also as `.up.sql` and `.down.sql`. Seen with 9.0.0 in the log
 * of a server: one BEGIN before the first pending file and one COMMIT after the last, each file as one message. A SQL
 * file cannot leave the transaction: `pgm.noTransaction()` needs JavaScript.
 */
export const nodePgMigrate: MigrationTool = sqlFiles({
  name: 'node-pg-migrate',
  directories: ['migrations', 'db/migrations', 'database/migrations'],
  named: (relative) => {
    const [, version, rest] = /^((\d+)[-_.][^/]*)\.sql$/.exec(relative) ?? [];
    if (version === undefined || rest === undefined) return undefined;
    const name = version.replace(/\.(up|down)$/, '');
    return { version: name, name, direction: version.endsWith('.down') ? 'down' : 'up' };
  },
  read,
  bears: (text) => MARK.test(text),
  fits: async ({ tree, directory, first }) =>
    UP.test(first) || (await mentioned(tree, directory, 'package.json', /"node-pg-migrate"\s*:/)),
});
