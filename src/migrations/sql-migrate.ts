import { UserError } from '../errors.ts';
import type { MigrationTool, Reading, SourceFile } from './migration.ts';
import { sqlFiles } from './sql-files.ts';
import { byteRange } from './text.ts';

/** A marker stands at the very beginning of its line, with one blank after the dashes (sqlparse/sqlparse.go). */
const UP = /(?<![^\n])-- \+migrate[\t ]+Up\b([^\n]*)/;
const DOWN = /(?<![^\n])-- \+migrate[\t ]+Down\b/;

function read({ path, text }: SourceFile): Reading {
  const up = UP.exec(text);
  if (up === null) {
    throw new UserError(`${path}: sql-migrate needs a line "-- +migrate Up".`, {
      hint: 'Add it before the first statement.',
    });
  }
  const down = DOWN.exec(text)?.index;
  const isSwapped = down !== undefined && down < up.index;
  return {
    up: byteRange(text, up.index, isSwapped ? undefined : down),
    down:
      down === undefined
        ? undefined
        : { path, text, ...byteRange(text, down, isSwapped ? up.index : undefined) },
    transaction: /(^|\s)notransaction(\s|$)/.test(up[1] ?? '') ? 'none' : 'file',
  };
}

/** The digits that a name begins with; names without any are ordered by their bytes, behind (migrate.go, Less). */
function number(name: string): bigint | undefined {
  const digits = /^(\d+).*$/.exec(name)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

/**
 * https://github.com/rubenv/sql-migrate, version 1: the file's name is the version, statement by statement in a
 * transaction, or with `notransaction` each by itself.
 */
export const sqlMigrate: MigrationTool = sqlFiles({
  name: 'sql-migrate',
  directories: ['migrations', 'db/migrations', 'migrations/postgres', 'sql/migrations'],
  named: (relative) =>
    /^[^/]+\.sql$/.test(relative) ? { version: relative, name: relative, direction: 'up' } : undefined,
  order: ({ name: a }, { name: b }) => {
    const [left, right] = [number(a), number(b)];
    if (left === undefined || right === undefined || left === right) return 0;
    return left < right ? -1 : 1;
  },
  read,
  bears: (text) => UP.test(text) || DOWN.test(text),
  fits: ({ first }) => UP.test(first),
});
