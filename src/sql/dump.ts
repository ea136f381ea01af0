import { UserError } from '../errors.ts';
import { applyStatement } from './apply.ts';
import { type Catalog, EMPTY_CATALOG } from './catalog.ts';
import { settled } from './catalog-edit.ts';
import { explainObstacle } from './hints.ts';
import { parsePieces } from './parse.ts';
import { locate } from './place.ts';
import { type Obstacle, type Piece, splitStatements } from './split.ts';
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
  const { pieces, obstacles } = cut(bytes);
  const { statements, problems } = parsePieces(bytes, file, pieces);
  const { at } = locate(bytes);
  const unread = obstacles.map((obstacle) => ({ file, ...at(obstacle.at), ...explainObstacle(obstacle) }));
  const all = [...problems, ...unread].toSorted((a, b) => a.line - b.line || a.column - b.column);
  const catalog = statements.reduce<Catalog>(applyStatement, { ...EMPTY_CATALOG, complete: true });
  const { searchPath } = EMPTY_CATALOG;
  const { timeZone: _, ...rest } = settled(catalog);
  return {
    catalog: { ...rest, searchPath, complete: all.length === 0 },
    problems: all,
    serverVersion: dumpedFrom(bytes),
  };
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

/** Meta-commands after which the following statements mean the same. */
const HARMLESS = new Set([
  'restrict',
  'unrestrict',
  'connect',
  'c',
  'echo',
  'encoding',
  'pset',
  'set',
  'timing',
]);

/** Every statement's bytes, COPY data and meta-commands left out, and what was left out that may have mattered. */
function cut(bytes: Buffer): { readonly pieces: readonly Piece[]; readonly obstacles: readonly Obstacle[] } {
  const pieces: Piece[] = [];
  const obstacles: Obstacle[] = [];
  let from = 0;
  while (from < bytes.length) {
    const { pieces: read, obstacle } = splitStatements(bytes, from, bytes.length);
    if (obstacle === undefined) {
      pieces.push(...read);
      break;
    }
    // Asked again up to the obstacle, the splitter also gives a statement that the obstacle broke off.
    pieces.push(...splitStatements(bytes, from, obstacle.at).pieces);
    if (obstacle.kind === 'meta-command' && !HARMLESS.has(obstacle.name)) obstacles.push(obstacle);
    from = obstacle.kind === 'copy data' ? behindData(bytes, obstacle.at) : lineEnd(bytes, obstacle.at);
  }
  return { pieces, obstacles };
}

function lineEnd(bytes: Buffer, at: number): number {
  const found = bytes.indexOf(0x0a, at);
  return found < 0 ? bytes.length : found + 1;
}

/** Behind the line `\.` that ends the rows (documentation, COPY, File Formats), or the text's end when it is missing. */
function behindData(bytes: Buffer, copy: number): number {
  let at = lineEnd(bytes, copy);
  while (at < bytes.length) {
    const end = lineEnd(bytes, at);
    if (bytes[at] === 0x5c && /^\\\.\r?\n?$/.test(bytes.toString('latin1', at, Math.min(end, at + 5))))
      return end;
    at = end;
  }
  return at;
}
