import type { Connection } from '../postgres/connection.ts';
import { type Count, orphans, type Pair } from './preflight-count.ts';
import type { Demand } from './preflight-demand.ts';
import { readTable } from './preflight-tables.ts';

/**
 * The unique indexes of a table: columns, the equality of each one's operator class (strategy 3 of a B-tree, docs:
 * 36.16.2), and the collations. The foreign key's own operator is that one, or its sibling for two types.
 */
const UNIQUE_KEYS = `SELECT i.indisprimary AS is_primary, pg_catalog.array_agg(a.attname::text ORDER BY k.place) AS columns,
    pg_catalog.array_agg('OPERATOR(' || pg_catalog.quote_ident(s.nspname) || '.' || o.oprname || ')' ORDER BY k.place) AS operators,
    pg_catalog.array_agg(CASE WHEN t.oid IS NOT NULL THEN pg_catalog.quote_ident(ts.nspname) || '.' || pg_catalog.quote_ident(t.collname) END ORDER BY k.place) AS collations
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::smallint[], i.indclass::oid[]) WITH ORDINALITY k(number, class, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
  JOIN pg_catalog.pg_opclass c ON c.oid = k.class
  JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
  JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr
  JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
  LEFT JOIN pg_catalog.pg_collation t ON t.oid = a.attcollation AND a.attcollation <> 0
  LEFT JOIN pg_catalog.pg_namespace ts ON ts.oid = t.collnamespace
  WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indisprimary, i.indnkeyatts HAVING count(*) = i.indnkeyatts`;

type UniqueKey = {
  readonly isPrimary: boolean;
  readonly columns: readonly string[];
  readonly operators: readonly string[];
  readonly collations: readonly (string | null)[];
};

/** The count of a foreign key's orphans; none where the referenced columns have no unique index, which the server refuses. */
export async function askReferring(
  connection: Connection,
  demand: Extract<Demand, { kind: 'referring' }>,
): Promise<readonly Count[]> {
  const table = await readTable(connection, demand.table);
  const referenced = await readTable(connection, demand.referenced);
  if (table === undefined || referenced === undefined) return [];
  const { rows } = await connection.query(UNIQUE_KEYS, [referenced.oid]);
  const keys = rows.map((row) => ({ ...row, isPrimary: row.is_primary === true }) as unknown as UniqueKey);
  const { columns, full } = demand;
  const wanted = demand.referencedColumns;
  const key = keys.find((each) => (wanted.length === 0 ? each.isPrimary : sameSet(each.columns, wanted)));
  const order = wanted.length === 0 ? (key?.columns ?? []) : wanted;
  if (key === undefined || order.length !== columns.length) return [];
  const pairs = columns.map((column, at): Pair => {
    const name = order[at] ?? '';
    const place = key.columns.indexOf(name);
    return {
      column,
      referenced: name,
      operator: key.operators[place] ?? '=',
      collation: key.collations[place] ?? undefined,
    };
  });
  return [orphans(table, referenced, pairs, full)];
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
