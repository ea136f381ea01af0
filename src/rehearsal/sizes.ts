import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';

/** What a relation holds. `bytes` with its TOAST, without indexes; `rows` as the planner knows them, undefined before the first ANALYZE. */
export type Size = {
  readonly rows: number | undefined;
  readonly bytes: number;
  readonly indexBytes: number;
};

/** By schema-qualified name. */
export type Sizes = ReadonlyMap<string, Size>;

/** A partitioned table is as large as its leaves. Before 14 a table that was never analyzed has 0 rows and 0 pages, later -1 rows (docs: 52.11, pg_class). */
const SIZES = `
  select n.nspname || '.' || c.relname as relation,
         case when bool_or(l.reltuples < 0 or (l.relpages = 0 and l.reltuples = 0)) then null else sum(l.reltuples) end::float8 as rows,
         coalesce(sum(pg_catalog.pg_table_size(l.oid)), 0)::float8 as bytes,
         coalesce(sum(pg_catalog.pg_indexes_size(l.oid)), 0)::float8 as index_bytes
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join lateral (
      select l.* from pg_catalog.pg_class l
       where c.relkind <> 'p' and l.oid = c.oid
          or c.relkind = 'p' and l.oid in (select t.relid from pg_catalog.pg_partition_tree(c.oid) t where t.isleaf)
    ) l on l.relkind in ('r', 'm')
   where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   group by c.oid, n.nspname, c.relname`;

/** The sizes of all tables and materialized views of a database. Waits for tables that somebody holds under ACCESS EXCLUSIVE. Throws as openConnection does. */
export async function readSizes(facts: ConnectionFacts): Promise<Sizes> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    const { rows } = await connection.query(SIZES);
    return new Map(rows.map((row) => [String(row.relation), toSize(row)]));
  } finally {
    await connection.close();
  }
}

function toSize({ rows, bytes, index_bytes }: Record<string, unknown>): Size {
  return {
    rows: rows === null ? undefined : Number(rows),
    bytes: Number(bytes),
    indexBytes: Number(index_bytes),
  };
}
