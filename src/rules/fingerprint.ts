import { createHash } from 'node:crypto';
import type { Statement } from '../sql/statement.ts';

/** Members of the grammar's tree that say where something stands, not what it is. */
const PLACES = new Set(['location', 'stmt_location', 'stmt_len', 'name_location', 'list_start', 'list_end']);

/** A statement without its layout, its comments and its place: the same text for the same meaning. */
export function meaning({ node }: Pick<Statement, 'node'>): string {
  return JSON.stringify(node, (key, value) => (PLACES.has(key) ? undefined : value));
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
