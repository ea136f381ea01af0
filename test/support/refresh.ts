import { randomBytes } from 'node:crypto';
import { maskKeys } from '../../src/masking/keys.ts';
import type { ColumnMask, MaskPlan, TablePlan } from '../../src/masking/mask-plan.ts';
import {
  type SourceForeignKey,
  type SourceSchema,
  type SourceTable,
  tableKey,
} from '../../src/masking/source.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import type { RefreshSource } from '../../src/refresh/source.ts';
import { domainsOf } from '../../src/refresh/subset.ts';
import { Secret } from '../../src/secret.ts';

/** A plan's deviations from "every table whole, every column clear", by `schema.table`. */
export type Wishes = Readonly<
  Record<
    string,
    Partial<Pick<TablePlan, 'rows' | 'subset' | 'sample'>> & {
      /** SQL by column. */
      readonly masks?: Readonly<Record<string, string>>;
      readonly links?: readonly SourceForeignKey[];
    }
  >
>;

const TABLES = `
  select n.nspname as schema, c.relname as name, c.relkind::text as kind, c.relpersistence::text as persistence,
    (select json_build_array(pn.nspname, p.relname) from pg_inherits h join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = c.oid and c.relispartition) as parent,
    case when c.relkind = 'r' then pg_relation_size(c.oid)::float8 else 0 end as bytes,
    (select json_agg(json_build_object('name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod), 'base', t.typname,
       'baseSchema', tn.nspname, 'generated', nullif(a.attgenerated::text, ''), 'identity', nullif(a.attidentity::text, '')) order by a.attnum)
     from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_namespace tn on tn.oid = t.typnamespace where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select json_agg(k.attname order by x.at) from pg_constraint p, unnest(p.conkey) with ordinality x (n, at), pg_attribute k
     where p.conrelid = c.oid and p.contype = 'p' and k.attrelid = c.oid and k.attnum = x.n) as key,
    (select json_agg(json_build_object('name', f.conname, 'references', json_build_array(rn.nspname, r.relname), 'validated', f.convalidated,
       'columns', (select json_agg(a.attname order by x.at) from unnest(f.conkey) with ordinality x (n, at), pg_attribute a where a.attrelid = f.conrelid and a.attnum = x.n),
       'referenced', (select json_agg(a.attname order by x.at) from unnest(f.confkey) with ordinality x (n, at), pg_attribute a where a.attrelid = f.confrelid and a.attnum = x.n)))
     from pg_constraint f join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
     where f.conrelid = c.oid and f.contype = 'f') as "foreignKeys"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1, 2`;

/** The database as a source, its snapshot held until `close`. Reads no more of the schema than rows need. */
export async function openTestSource(facts: ConnectionFacts): Promise<RefreshSource> {
  const connection = await openConnection(facts, { applicationName: 'pullgres test source' });
  await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await connection.query('select pg_export_snapshot() as snapshot');
  return {
    facts,
    snapshot: String(rows[0]?.snapshot),
    schema: await readTestSchema(connection, facts.database),
    takenAt: '2026-11-22T00:00:00Z',
    description: 'a test',
    sections: async () => ({ preData: '', postData: '' }),
    close: () => connection.close(),
  };
}

async function readTestSchema(connection: Connection, database: string): Promise<SourceSchema> {
  const { rows } = await connection.query(TABLES);
  const tables = rows.map((row) => tableOf(row as TableRow));
  return {
    version: connection.serverVersion,
    database,
    extensions: [],
    tables: new Map(tables.map((table) => [tableKey(table.schema, table.name), table])),
  };
}

type TableRow = {
  schema: string;
  name: string;
  kind: 'r' | 'p';
  persistence: 'p' | 'u';
  parent: [string, string] | null;
  bytes: number;
  columns:
    | {
        name: string;
        number: number;
        type: string;
        base: string;
        baseSchema: string;
        generated: string | null;
      }[]
    | null;
  key: string[] | null;
  foreignKeys:
    | {
        name: string;
        references: [string, string];
        validated: boolean;
        columns: string[];
        referenced: string[];
      }[]
    | null;
};

function tableOf(row: TableRow): SourceTable {
  return {
    schema: row.schema,
    name: row.name,
    kind: row.kind === 'p' ? 'partitioned table' : 'table',
    partitionOf: row.parent === null ? undefined : tableKey(...row.parent),
    inherits: [],
    partitionColumns: [],
    columns: (row.columns ?? []).map(({ name, number, type, base, baseSchema, generated }) => ({
      name,
      number,
      type: { sql: type, base, baseSchema, category: base === 'citext' ? 'text' : 'other' },
      notNull: false,
      generated: generated === 's' ? 'stored' : generated === 'v' ? 'virtual' : undefined,
    })),
    keys:
      row.key === null
        ? []
        : [{ name: 'pk', kind: 'primary key', parts: row.key.map((column) => ({ column })), reads: row.key }],
    foreignKeys: (row.foreignKeys ?? []).map(({ name, references, validated, columns, referenced }) => ({
      name,
      columns,
      references: tableKey(...references),
      referencedColumns: referenced,
      validated,
      declared: true,
    })),
    checks: [],
    persistence: row.persistence === 'u' ? 'unlogged' : 'permanent',
    bytes: row.bytes,
    blocks: row.bytes / 8192,
  };
}

const DOMAIN = 'test';

export function testPlan(schema: SourceSchema, wishes: Wishes = {}): MaskPlan {
  const holding = [...schema.tables].filter(([, { kind }]) => kind === 'table');
  const tables = holding.map(([key, table]): [string, TablePlan] => {
    const { masks = {}, links = [], ...wish } = wishes[`${table.schema}.${table.name}`] ?? {};
    const maskOf = (name: string, generated: string | undefined): ColumnMask => {
      if (generated !== undefined) return { kind: 'computed' };
      const sql = masks[name];
      if (sql === undefined) return { kind: 'clear', reason: 'a test' };
      return { kind: 'masked', strategy: { as: 'sql', expression: sql }, domain: DOMAIN, sql };
    };
    const linked = { ...table, foreignKeys: [...table.foreignKeys, ...links] };
    const columns = table.columns.map(({ name, generated }) => ({ name, mask: maskOf(name, generated) }));
    return [key, { key, table: linked, rows: 'copy', columns, ...wish }];
  });
  return { tables: new Map(tables), domains: [DOMAIN], risks: [], notes: [] };
}

export const TEST_MASTER = new Secret(randomBytes(32).toString('hex'));

export function testKeys(plan: MaskPlan) {
  return maskKeys(TEST_MASTER, domainsOf(plan));
}

/** Keyed hash of a text in the domain that `testPlan` has, as hexadecimal. */
export function hashed(setting: string, text: string): string {
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.decode(pg_catalog.current_setting('${setting}'), 'hex') || pg_catalog.textsend(${text})), 'hex')`;
}

/** Runs SQL on a database by a connection of its own and gives the rows of a query. */
export async function onDatabase<T>(
  facts: ConnectionFacts,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Number and digest of a table's rows in the heap's order, written the same by every version. */
export function digest(facts: ConnectionFacts, table: string): Promise<unknown> {
  return onDatabase(facts, async (connection) => {
    await connection.script("set search_path = ''");
    const { rows } = await connection.query(
      `select count(*)::int as n, md5(string_agg(t::text, '|' order by ctid)) as sum from only ${table} t`,
    );
    return rows[0];
  });
}
