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
         pg_get_expr(d.adbin, d.adrelid) as "default"
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

const COMMENTS = `
  select c.oid::regclass::text as relation, d.objsubid as part, d.description as comment
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
   where c.oid = any ($1::regclass[]) order by 1, 2`;

/** Everything that tells one definition of these tables from another. */
export async function shapeOf(
  facts: ConnectionFacts,
  tables: readonly string[],
  withComments: boolean,
): Promise<readonly Rows[]> {
  const queries = [COLUMNS, CONSTRAINTS, INDEXES, ...(withComments ? [COMMENTS] : [])];
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
