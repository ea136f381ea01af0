import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';

export type Rows = readonly Record<string, unknown>[];

export async function rows(
  facts: ConnectionFacts,
  query: string,
  values?: readonly unknown[],
): Promise<Rows> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return (await connection.query(query, values)).rows;
  } finally {
    await connection.close();
  }
}

const COLUMNS = `
  select a.attrelid::regclass::text as relation, a.attname as name,
         format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull", a.attidentity as identity,
         pg_get_expr(d.adbin, d.adrelid) as "default", col_description(a.attrelid, a.attnum) as comment
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = any ($1::regclass[]) and a.attnum > 0 and not a.attisdropped
   order by a.attrelid::regclass::text, a.attnum`;

const CONSTRAINTS = `
  select conrelid::regclass::text as relation, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid = any ($1::regclass[]) order by 1, 2`;

const INDEXES = `
  select pg_get_indexdef(indexrelid) as definition from pg_index
   where indrelid = any ($1::regclass[]) order by 1`;

const SCHEMAS = `
  select distinct n.nspname as name, obj_description(n.oid, 'pg_namespace') as comment
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.oid = any ($1::regclass[]) and n.nspname <> 'public' order by 1`;

const COMMENTS = `
  select oid::regclass::text as relation, obj_description(oid, 'pg_class') as comment
    from pg_class where oid = any ($1::regclass[]) order by 1`;

/** Everything that tells one definition of these tables from another. */
export async function shapeOf(facts: ConnectionFacts, tables: readonly string[]): Promise<readonly Rows[]> {
  const queries = [COLUMNS, CONSTRAINTS, INDEXES, SCHEMAS, COMMENTS];
  return Promise.all(queries.map((query) => rows(facts, query, [tables])));
}

/** Their rows without the columns that no two runs share, as times, each table's sorted as text. */
export async function contentOf(
  facts: ConnectionFacts,
  tables: readonly string[],
  apart: readonly string[],
): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    tables.map(async (table) => {
      const found = await rows(
        facts,
        `select (to_jsonb(t) - $1::text[])::text as row from ${table} t order by 1`,
        [apart],
      );
      return found.map(({ row }) => String(row));
    }),
  );
}
