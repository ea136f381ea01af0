import type { Connection } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import type { Table } from './preflight-count.ts';
import type { Named } from './preflight-demand.ts';

type Row = Readonly<Record<string, unknown>>;

/** Relations as `toTable` reads them; a condition follows. */
export const TABLE = `SELECT c.oid::bigint::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
/** As the session would find it along its path. `to_regclass` takes no lock and knows of no error for a name that is not there. */
const NAMED_TABLE = `${TABLE} WHERE c.oid = pg_catalog.to_regclass($1)::oid`;

export function toTable(row: Row): Table {
  return { oid: Number(row.oid), schema: String(row.schema), name: String(row.name), kind: String(row.kind) };
}

/** The relation that a name stands for in the session, undefined when there is none. */
export async function readTable(connection: Connection, { schema, name }: Named): Promise<Table | undefined> {
  const text = schema === undefined ? identifier(name) : qualified(schema, name);
  const { rows } = await connection.query(NAMED_TABLE, [text]);
  return rows[0] && toTable(rows[0]);
}
