import type { Node, RawStmt } from '@pgsql/types';
import { loadEngine, parseBytes, type Refusal } from './engine.ts';
import { explainObstacle, explainRefusal } from './hints.ts';
import { type Locator, locate, skipCharacters } from './place.ts';
import { explainPlaceholder, placeholderAt } from './placeholder.ts';
import { type Obstacle, type Piece, splitStatements } from './split.ts';
import type { Parsed, SqlProblem, Statement } from './statement.ts';

/** A text whose places are told by `locator`, which may know that the bytes were made from others. */
export type Source = { readonly file: string; readonly bytes: Buffer; readonly locator: Locator };

/** Loads Postgres 18's grammar (WebAssembly, about 30 ms). Await it once before `parseSql`. */
export async function loadParser(): Promise<void> {
  await loadEngine();
}

/**
 * Reads the statements of a migration's text, or of the bytes of `range` in it; places are places in the whole text.
 * One refusal anywhere refuses the whole text, as a server would that gets it in one message.
 */
export function parseSql(
  text: string,
  file: string,
  range?: { readonly startByte: number; readonly endByte: number },
): Parsed {
  const bytes = Buffer.from(text);
  const source = { file, bytes, locator: locate(bytes) };
  const { pieces, obstacle } = splitStatements(bytes, range?.startByte ?? 0, range?.endByte ?? bytes.length);
  const statements: Statement[] = [];
  for (const piece of pieces) {
    const refused = readPiece(source, piece, statements);
    if (refused !== undefined) return { ok: false, problem: refused.problem };
  }
  if (obstacle !== undefined) return { ok: false, problem: obstacleProblem(source, obstacle) };
  return { ok: true, statements };
}

/** A piece that the grammar refuses, and the byte at which it does. */
export type RefusedPiece = { readonly problem: SqlProblem; readonly at: number };

/** The semicolon goes with the piece, so that the grammar's message is the one that a server would give. */
export function readPiece(source: Source, piece: Piece, into: Statement[]): RefusedPiece | undefined {
  const end = source.bytes[piece.end] === 0x3b ? piece.end + 1 : piece.end;
  const { tree, refusal } = parseBytes(source.bytes.subarray(piece.start, end));
  if (refusal !== undefined) return refusedPiece(source, piece, refusal);
  for (const raw of tree.stmts ?? []) {
    const statement = readStatement(source, piece, raw);
    if (statement !== undefined) into.push(statement);
  }
  return undefined;
}

function readStatement(source: Source, piece: Piece, raw: RawStmt): Statement | undefined {
  const kind = Object.keys(raw.stmt ?? {})[0];
  if (kind === undefined) return undefined;
  const start = piece.start + (raw.stmt_location ?? 0);
  const end = Math.min(piece.end, raw.stmt_len ? start + raw.stmt_len : piece.end);
  return {
    sql: source.bytes.toString('utf8', start, end),
    place: source.locator.place(source.file, start, end),
    kind,
    node: raw.stmt as Node,
  };
}

function refusedPiece({ file, bytes, locator }: Source, piece: Piece, refusal: Refusal): RefusedPiece {
  const at = skipCharacters(bytes, piece.start, refusal.position);
  // bison's word for a stack that is full.
  const message = refusal.message.replace(/^memory exhausted/, 'nested too deeply');
  const placeholder = placeholderAt(bytes, piece, at);
  if (placeholder !== undefined)
    return {
      at,
      problem: { file, ...locator.at(placeholder.start), ...explainPlaceholder(placeholder, message) },
    };
  const around = bytes.toString('utf8', at, Math.min(at + 40, bytes.length));
  return { at, problem: { file, ...locator.at(at), message, hint: explainRefusal(message, around) } };
}

function obstacleProblem(source: Source, obstacle: Obstacle): SqlProblem {
  return { file: source.file, ...source.locator.at(obstacle.at), ...explainObstacle(obstacle) };
}
