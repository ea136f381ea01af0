import type { SourceType } from '../source.ts';

/** Members of a JSON document that are text or a number, at any depth. */
const JSON_LEAVES = `'lax $.** ? (@.type() == "string" || @.type() == "number")'`;

/**
 * A query of one column of type text: the values that stand in `expression`. Of a JSON document its leaves; of an array,
 * a composite and an hstore those that it has as JSON (documentation 9.16, to_jsonb: a cast to JSON is used where there
 * is one); of bytes hexadecimal digits, of at most 64 from the middle. Built-in functions only.
 */
export function leavesOf(expression: string, type: SourceType): string {
  switch (type.category) {
    case 'json':
      return jsonLeaves(`(${expression})::pg_catalog.jsonb`);
    case 'array':
    case 'composite':
    case 'hstore':
      return jsonLeaves(`pg_catalog.to_jsonb(${expression})`);
    case 'bytes':
      return `SELECT pg_catalog.encode(pg_catalog.substr(${expression}, greatest(1, pg_catalog.length(${expression}) / 2 - 31), 64), 'hex')`;
    default:
      return `SELECT (${expression})::pg_catalog.text`;
  }
}

function jsonLeaves(document: string): string {
  return `SELECT pullgres_j OPERATOR(pg_catalog.#>>) '{}' FROM pg_catalog.jsonb_path_query(${document}, ${JSON_LEAVES}) AS pullgres_q(pullgres_j)`;
}
