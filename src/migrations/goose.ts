import { UserError } from '../errors.ts';
import type { MigrationTool, Reading, SourceFile } from './migration.ts';
import { byNumber, sqlFiles } from './sql-files.ts';
import { byteRange } from './text.ts';

/** Lines that begin with `--`, and what stands on them; no blank before the dashes (internal/sqlparser/parser.go). */
const UP = /(?<![^\n])--[\t\r ]*\+goose Up[\t\r ]*(?![^\n])/g;
const DOWN = /(?<![^\n])--[\t\r ]*\+goose Down[\t\r ]*(?![^\n])/g;
const NO_TRANSACTION = /(?<![^\n])--[\t\r ]*\+goose NO TRANSACTION[\t\r ]*(?![^\n])/;

/** `NO TRANSACTION` anywhere switches the transaction off for both directions. */
function read(source: SourceFile): Reading {
  const { path, text } = source;
  const { up, down } = markers(source);
  return {
    up: byteRange(text, up, down),
    down: down === undefined ? undefined : { path, text, ...byteRange(text, down) },
    transaction: NO_TRANSACTION.test(text) ? 'none' : 'file',
  };
}

function markers({ path, text }: SourceFile): { readonly up: number; readonly down: number | undefined } {
  const [ups, downs] = [UP, DOWN].map((mark) => [...text.matchAll(mark)].map(({ index }) => index));
  const [up, secondUp] = ups ?? [];
  const [down] = downs ?? [];
  if (up === undefined)
    refuse(path, 'goose needs a line "-- +goose Up".', 'Add it before the first statement.');
  if (secondUp !== undefined)
    refuse(path, '"-- +goose Up" stands there twice.', 'Split it: one migration a file.');
  if (down !== undefined && down < up)
    refuse(path, '"-- +goose Up" must stand before "-- +goose Down".', 'Swap the two parts.');
  return { up, down };
}

function refuse(path: string, message: string, hint: string): never {
  throw new UserError(`${path}: ${message}`, { hint });
}

/**
 * https://github.com/pressly/goose, version 3: one file with an up and a down part, statement by statement in a
 * transaction (migration_sql.go), or with NO TRANSACTION each by itself.
 */
export const goose: MigrationTool = sqlFiles({
  name: 'goose',
  directories: ['migrations', 'db/migrations', 'sql/migrations', 'sql/schema', 'database/migrations'],
  named: (relative) => {
    const version = /^(\d+)_[^/]*\.sql$/.exec(relative)?.[1];
    if (version === undefined || BigInt(version) === 0n) return undefined;
    return { version: String(BigInt(version)), name: relative.replace(/\.sql$/, ''), direction: 'up' };
  },
  order: (a, b) => byNumber(a.version, b.version),
  read,
  bears: (text) => text.match(UP) !== null || text.match(DOWN) !== null,
  fits: ({ first }) => first.match(UP) !== null,
});
