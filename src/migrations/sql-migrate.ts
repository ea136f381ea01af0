import { UserError } from '../errors.ts';
import { versionTable } from './history-table.ts';
import type { History, Migration, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { sqlFiles } from './sql-files.ts';
import { byteRange } from './text.ts';

/** A marker stands at the very beginning of its line, with one blank after the dashes (sqlparse/sqlparse.go). */
const UP = /(?<![^\n])-- \+migrate[\t ]+Up\b([^\n]*)/;
const DOWN = /(?<![^\n])-- \+migrate[\t ]+Down\b([^\n]*)/;

function read({ path, text }: SourceFile): Reading {
  const up = UP.exec(text);
  if (up === null) {
    throw new UserError(`${path}: sql-migrate needs a line "-- +migrate Up".`, {
      hint: 'Add it before the first statement.',
    });
  }
  const down = DOWN.exec(text);
  const isSwapped = down !== null && down.index < up.index;
  const end = isSwapped ? up.index : undefined;
  return {
    up: byteRange(text, up.index, isSwapped ? undefined : down?.index),
    down: down
      ? { path, text, ...byteRange(text, down.index, end), transaction: transactionOf(down) }
      : undefined,
    transaction: transactionOf(up),
  };
}

function transactionOf([, options = '']: RegExpExecArray): Migration['transaction'] {
  return /(^|\s)notransaction(\s|$)/.test(options) ? 'none' : 'file';
}

/** The digits that a name begins with; names without any are ordered by their bytes, behind (migrate.go, Less). */
function number(name: string): bigint | undefined {
  const digits = /^(\d+).*$/.exec(name)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

const rows = versionTable({
  table: 'public.gorp_migrations',
  create:
    'create table public.gorp_migrations (id text not null primary key, applied_at timestamp with time zone)',
  column: 'id',
  order: 'applied_at, id',
  versionOf: ({ version }) => version,
});

/** The table as sql-migrate makes it (migrate.go, MigrationRecord and getMigrationDbMap), under its usual name. */
const history: History = {
  ...rows,
  record: async (db, { version }) => {
    await db.query('insert into public.gorp_migrations (id, applied_at) values ($1, clock_timestamp())', [
      version,
    ]);
  },
};

const files = sqlFiles({
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

/**
 * https://github.com/rubenv/sql-migrate, version 1: the file's name is the version, statement by statement in a
 * transaction with the row that notes it, or with `notransaction` each by itself; each direction says so for itself.
 */
export const sqlMigrate: RehearsableTool = { ...files, history };
