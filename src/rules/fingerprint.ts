import { createHash } from 'node:crypto';
import type { Statement } from '../sql/statement.ts';
import { treeText } from '../sql/tree-text.ts';

/** Members of the grammar's tree that say where something stands, not what it is. */
const PLACES = new Set(['location', 'stmt_location', 'stmt_len', 'name_location', 'list_start', 'list_end']);

/** Each of a statement's complaints asks for it. */
const meanings = new WeakMap<Statement['node'], string>();
const LONGEST = 2000;

/** A statement without its layout, its comments and its place: the same text for the same meaning, or a digest of it. */
export function meaning({ node }: Pick<Statement, 'node'>): string {
  const known = meanings.get(node);
  if (known !== undefined) return known;
  const text = treeText(node, PLACES);
  const short = text.length > LONGEST ? createHash('sha256').update(text).digest('hex') : text;
  meanings.set(node, short);
  return short;
}

/** Names a complaint by its rule, relation, part and what it is about (a statement's meaning): 16 hex digits. */
export function fingerprint(
  rule: string,
  relation: string | undefined,
  part: string | undefined,
  about: string,
): string {
  const text = JSON.stringify([rule, relation ?? '', part ?? '', about]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
