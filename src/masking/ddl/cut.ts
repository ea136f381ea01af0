import type { Node } from '@pgsql/types';
import { parseBytes } from '../../sql/engine.ts';
import { FRESH, readToken, skipBlank } from '../../sql/split.ts';
import { treeText } from '../../sql/tree-text.ts';

/** Members that tell where something stood. */
export const PLACES: ReadonlySet<string> = new Set(['location', 'stmt_location', 'stmt_len']);

type Element = { readonly Constraint?: Found; readonly DefElem?: Found };
type Found = { readonly contype?: string; readonly location?: number; readonly raw_expr?: Node };

/** The one statement of a text; undefined when it is none. */
export function parseOne(sql: string): Node | undefined {
  const statements = parseBytes(Buffer.from(sql)).tree?.stmts ?? [];
  return statements.length === 1 ? statements[0]?.stmt : undefined;
}

/** Byte behind the expression or list that begins at `at`: a comma or a closing bracket of what is around it, or the end. */
function endOfPart(bytes: Buffer, at: number): number {
  const state = { ...FRESH };
  let place = at;
  while (place < bytes.length) {
    const byte = bytes[place];
    if (state.parens === 0 && (byte === 0x2c || byte === 0x29 || byte === 0x3b)) return place;
    const blank = skipBlank(bytes, place, bytes.length);
    place = blank > place ? blank : readToken(bytes, place, bytes.length, state);
  }
  return bytes.length;
}

/**
 * The statement without the DEFAULT that stands at this byte. Undefined unless what is left reads exactly as the
 * statement did but for it.
 */
export function withoutDefault(sql: string, node: Node, location: number): string | undefined {
  const bytes = Buffer.from(sql);
  const next = siblings(node, location).filter((place) => place > location);
  const end = Math.min(endOfPart(bytes, location), ...next);
  const cut = `${bytes.toString('utf8', 0, location).trimEnd()} ${bytes.toString('utf8', end)}`.trimEnd();
  const wanted = treeText(without(node, location), PLACES);
  const read = parseOne(cut);
  return read !== undefined && treeText(read, PLACES) === wanted ? cut : undefined;
}

/** Where the other clauses of the same column stand. */
function siblings(root: unknown, location: number): readonly number[] {
  const places: number[] = [];
  walk(root, (node) => {
    const { constraints, collClause } = node as {
      constraints?: readonly Element[];
      collClause?: { location?: number };
    };
    if (!constraints?.some(({ Constraint }) => Constraint?.location === location)) return;
    for (const { Constraint } of constraints)
      if (Constraint?.location !== undefined) places.push(Constraint.location);
    if (collClause?.location !== undefined) places.push(collClause.location);
  });
  return places;
}

function walk(root: unknown, visit: (node: object) => void): void {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    visit(node);
    for (const value of Object.values(node)) if (value !== undefined && value !== null) open.push(value);
  }
}

/** A copy of the tree without the DEFAULT at this place; a list that is empty then is gone, as the grammar has none. */
function without(root: Node, location: number): Node {
  const copy = structuredClone(root);
  walk(copy, (node) => {
    const holder = node as { constraints?: readonly Element[] };
    if (holder.constraints === undefined) return;
    const kept = holder.constraints.filter(
      ({ Constraint }) => Constraint?.contype !== 'CONSTR_DEFAULT' || Constraint.location !== location,
    );
    if (kept.length === 0) delete holder.constraints;
    else holder.constraints = kept;
  });
  return copy;
}

/** An OPTIONS list's entry: `filename '/x'`. */
export type Option = { readonly name: string; readonly text: string };

/**
 * The statement with another OPTIONS list at its end, or none. `first`: the byte of the list's first entry. Undefined
 * unless all else reads as before.
 */
export function withOptions(
  sql: string,
  node: Node,
  first: number,
  options: readonly Option[],
): string | undefined {
  const bytes = Buffer.from(sql);
  const start = /\bOPTIONS\s*\(\s*$/i.exec(bytes.toString('latin1', 0, first))?.index;
  if (start === undefined) return undefined;
  let end = endOfPart(bytes, first);
  while (bytes[end] === 0x2c) end = endOfPart(bytes, end + 1);
  const list = options.map(
    ({ name, text }) => `"${name.replaceAll('"', '""')}" '${text.replaceAll("'", "''")}'`,
  );
  const clause = list.length === 0 ? '' : ` OPTIONS (${list.join(', ')})`;
  const cut = `${bytes.toString('utf8', 0, start).trimEnd()}${clause}${bytes.toString('utf8', end + 1)}`;
  const read = parseOne(cut);
  const same = read !== undefined && bare(read) === bare(node);
  return same ? cut.trim() : undefined;
}

const OPTIONS: ReadonlySet<string> = new Set([...PLACES, 'options']);

function bare(node: Node): string {
  return treeText(node, OPTIONS);
}

/** The DEFAULT clauses below a node. */
export function defaultsIn(root: unknown): readonly { location: number; expression: Node; column: string }[] {
  const found: { location: number; expression: Node; column: string }[] = [];
  walk(root, (node) => {
    const { constraints, colname } = node as { constraints?: readonly Element[]; colname?: string };
    for (const { Constraint } of constraints ?? []) {
      if (Constraint?.contype !== 'CONSTR_DEFAULT' || Constraint.raw_expr === undefined) continue;
      found.push({
        location: Constraint.location ?? 0,
        expression: Constraint.raw_expr,
        column: colname ?? '',
      });
    }
  });
  return found;
}

/** The tree with its DEFAULT clauses taken out, for the rest to be looked at alone. */
export function withoutDefaults(root: Node): Node {
  return defaultsIn(root).reduce((node, { location }) => without(node, location), root);
}
