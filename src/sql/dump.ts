import { isUtf8 } from 'node:buffer';
import { UserError } from '../errors.ts';
import { applyStatement } from './apply.ts';
import { type Catalog, EMPTY_CATALOG } from './catalog.ts';
import { settled } from './catalog-edit.ts';
import { readScript } from './script.ts';
import type { SqlProblem } from './statement.ts';

/** A schema read from text, and the statements of it that could not be read: with one, `catalog.complete` is false. */
export type SchemaText = {
  readonly catalog: Catalog;
  readonly problems: readonly SqlProblem[];
  /** Major version of the server that pg_dump says it read, when it says so. */
  readonly serverVersion: number | undefined;
};

/**
 * Reads what `pg_dump` writes as plain text, or any DDL, as the schema before a change. Data of COPY and psql's
 * meta-commands that change nothing are passed over; what else cannot be read is a problem. A search_path that the text
 * sets serves the text alone. `loadParser` must have run.
 * @throws UserError for what is no text: pg_dump's custom format, UTF-16.
 */
export function readSchemaText(bytes: Buffer, file: string): SchemaText {
  refuseBinary(bytes, file);
  const { statements, problems: refused } = readScript(bytes.toString(), file, {
    psql: true,
    connectsToTheSame: true,
  });
  const problems = [...notUtf8(bytes, file), ...refused];
  const catalog = statements.reduce<Catalog>(applyStatement, { ...EMPTY_CATALOG, complete: true });
  const { searchPath } = EMPTY_CATALOG;
  const { timeZone: _, ...rest } = settled(catalog);
  return {
    catalog: { ...rest, searchPath, complete: problems.length === 0 },
    problems,
    serverVersion: dumpedFrom(bytes),
  };
}

/** Names in it may have been read as others. */
function notUtf8(bytes: Buffer, file: string): readonly SqlProblem[] {
  if (isUtf8(bytes)) return [];
  const message = 'the text is not UTF-8, and names in it may be read wrong';
  return [
    { file, line: 1, column: 1, message, hint: 'Write it with: pg_dump --schema-only --encoding=UTF8' },
  ];
}

/** The line that pg_dump begins with: `-- Dumped from database version 17.2 (Debian 17.2-1)`. */
function dumpedFrom(bytes: Buffer): number | undefined {
  const head = bytes.toString('utf8', 0, 4096);
  const version = /^-- Dumped from database version (\d+)/m.exec(head)?.[1];
  return version === undefined ? undefined : Number(version);
}

function refuseBinary(bytes: Buffer, file: string): void {
  if (bytes.toString('latin1', 0, 5) === 'PGDMP') {
    throw new UserError(`${file} is a dump in pg_dump's custom format, not SQL.`, {
      hint: 'Write it as text: pg_restore --schema-only --file=schema.sql DUMP, or pg_dump --schema-only.',
    });
  }
  if (bytes.includes(0)) {
    throw new UserError(`${file} holds NUL bytes, so it is not SQL in UTF-8.`, {
      hint: 'A shell may have written it as UTF-16: let pg_dump write it itself, with --file=schema.sql.',
    });
  }
}
