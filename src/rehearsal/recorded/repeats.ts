import type { FuncCall } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { collect } from '../../sql/walk.ts';
import type { Draft } from '../ledger.ts';
import { weighCall } from './statement-weight.ts';

/** As often is a statement watched before the same again, with other values, is only counted and timed. */
const WATCHED_TIMES = 3;
/** Shapes of one session; more are no repeats. */
const MOST_SHAPES = 1_000;
const LONGEST_SHAPE = 4_096;

/** Rows in and out of tables. What these lock is told by their text, but for partitions and triggers. */
const ROW_KINDS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'SelectStmt']);
const ROW_WORDS = /^\s*(?:insert|update|delete|select)\b/i;
/** Where a string or a comment could end elsewhere than a plain pattern thinks. */
const TRICKY = /[\\$]|--|\/\*/;

/**
 * A text without its values: two statements of one shape are parsed to the same tree but for constants. Undefined for
 * one that is long, no work on rows, or too tricky to be read by a pattern.
 */
export function shapeOf(sql: string): string | undefined {
  if (sql.length > LONGEST_SHAPE || !ROW_WORDS.test(sql) || TRICKY.test(sql)) return undefined;
  const shape = sql.replaceAll(/'(?:[^']|'')*'/g, '?').replaceAll(/(?<![\w"])\d+(?:\.\d+)?(?![\w"])/g, '?');
  // More than one statement.
  return /;\s*\S/.test(shape) ? undefined : shape;
}

/** A function of the user's may do anything, and other things with other values. */
function isPlain({ kind, node }: Statement): boolean {
  if (!ROW_KINDS.has(kind)) return false;
  return collect<FuncCall>(node, 'FuncCall').every((call) => weighCall(call) === 'read');
}

/** What stands for all further statements of a shape: the last draft that was watched, or that it only reads catalogs. */
export type Standing = { readonly draft: Draft | 'read' };

/** Which statements of a session are repeats of watched ones. */
export type Repeats = {
  readonly of: (shape: string | undefined) => Standing | undefined;
  /** A statement that reads nothing but catalogs. */
  readonly noteRead: (shape: string | undefined) => void;
  /** A statement was watched to its end. One that is no plain work on rows may have changed what the others lock. */
  readonly note: (statement: Statement, shape: string | undefined, draft: Draft) => void;
};

/** `generation` changes when what seems to read catalogs alone may do something else. */
export function createRepeats(generation: () => number = () => 0): Repeats {
  const seen = new Map<string, Standing & { readonly times: number; readonly generation?: number }>();
  return {
    of: (shape) => {
      const known = shape === undefined ? undefined : seen.get(shape);
      if (known?.draft === 'read' && known.generation !== generation()) return undefined;
      return known !== undefined && known.times >= WATCHED_TIMES ? known : undefined;
    },
    noteRead: (shape) => {
      if (shape !== undefined && seen.size < MOST_SHAPES)
        seen.set(shape, { times: WATCHED_TIMES, draft: 'read', generation: generation() });
    },
    note: (statement, shape, draft) => {
      const plain = isPlain(statement);
      if (!plain) seen.clear();
      if (shape === undefined || !plain) return;
      const times = (seen.get(shape)?.times ?? 0) + 1;
      if (times > 1 || seen.size < MOST_SHAPES) seen.set(shape, { times, draft });
    },
  };
}
