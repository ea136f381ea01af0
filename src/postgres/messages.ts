/**
 * What the server says that it does. Relations, indexes and constraints are named without their schema.
 * `proved`: a scan was left out because existing constraints prove its result.
 */
export type ServerMessage =
  | { readonly kind: 'rewrite'; readonly relation: string }
  | { readonly kind: 'verify'; readonly relation: string }
  | { readonly kind: 'validate'; readonly relation: undefined; readonly constraint: string }
  | {
      readonly kind: 'build';
      readonly relation: string;
      readonly index: string;
      /** Parallel workers asked for, besides the session itself. */
      readonly workers: number;
    }
  | { readonly kind: 'proved'; readonly relation: string; readonly column: string | undefined };

type Reader = { readonly pattern: RegExp; readonly read: (found: readonly string[]) => ServerMessage };

/** The texts of Postgres 13 to 18 (tablecmds.c, index.c, partbounds.c); names stand in them raw, with quotes inside not doubled. */
const READERS: readonly Reader[] = [
  {
    pattern: /^rewriting table "(.+)"$/s,
    read: ([relation = '']) => ({ kind: 'rewrite', relation }),
  },
  {
    pattern: /^verifying table "(.+)"$/s,
    read: ([relation = '']) => ({ kind: 'verify', relation }),
  },
  {
    pattern: /^validating foreign key constraint "(.+)"$/s,
    read: ([constraint = '']) => ({ kind: 'validate', relation: undefined, constraint }),
  },
  {
    pattern: /^building index "(.+)" on table "(.+)" (?:serially|with request for (\d+) parallel workers?)$/s,
    read: ([index = '', relation = '', workers]) => ({
      kind: 'build',
      relation,
      index,
      workers: Number(workers ?? 0),
    }),
  },
  {
    pattern:
      /^existing constraints on column "(.+)\.(.+)" are sufficient to prove that it does not contain nulls$/s,
    read: ([relation = '', column]) => ({ kind: 'proved', relation, column }),
  },
  {
    pattern:
      /^(?:updated )?partition constraint for (?:table|default partition) "(.+)" is implied by existing constraints$/s,
    read: ([relation = '']) => ({ kind: 'proved', relation, column: undefined }),
  },
];

/**
 * Reads a message of level DEBUG1 (`SET client_min_messages = debug1`). Undefined for one that tells of no work on a
 * user's relation: TOAST indexes are built along with their table, whose own message comes as well.
 */
export function readServerMessage(text: string): ServerMessage | undefined {
  for (const { pattern, read } of READERS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const message = read(found.slice(1));
    return message.kind === 'build' && /^pg_toast_\d+$/.test(message.relation) ? undefined : message;
  }
  return undefined;
}
