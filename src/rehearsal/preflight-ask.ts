import type { PartitionBoundSpec } from '@pgsql/types';
import type { Connection } from '../postgres/connection.ts';
import { identifier } from '../postgres/quote.ts';
import { newRelation } from '../sql/catalog-edit.ts';
import { boundConditions } from '../sql/partition-bound.ts';
import {
  type Count,
  domainViolations,
  duplicates,
  empty,
  misplaced,
  nulls,
  type Table,
  unconvertible,
  violations,
} from './preflight-count.ts';
import type { Demand, Named } from './preflight-demand.ts';
import { askReferring } from './preflight-references.ts';
import { readTable, TABLE, toTable } from './preflight-tables.ts';

type Of<Kind extends Demand['kind']> = Extract<Demand, { kind: Kind }>;

/** The counts that a demand comes to in the schema as the session sees it; none where it names what is not there. */
export async function countsOf(connection: Connection, demand: Demand): Promise<readonly Count[]> {
  return (ASKS[demand.kind] as (connection: Connection, demand: Demand) => Promise<readonly Count[]>)(
    connection,
    demand,
  );
}

const ASKS: {
  readonly [Kind in Demand['kind']]: (connection: Connection, demand: Of<Kind>) => Promise<readonly Count[]>;
} = {
  filled: onTable(({ only }, table, { columns }) => columns.map((column) => nulls(table, only, column))),
  empty: async (connection, { table: name, column, type }) => {
    const table = await readTable(connection, name);
    if (table === undefined || (await hasDefault(connection, type))) return [];
    return [empty(table, name.only, column)];
  },
  unique: async (connection, demand) => {
    const table = await readTable(connection, demand.table);
    if (table === undefined) return [];
    const { unless } = demand;
    if (
      unless !== undefined &&
      (await readTable(connection, { schema: table.schema, name: unless, only: false }))
    )
      return [];
    return [duplicates(table, demand.table.only, demand)];
  },
  referring: askReferring,
  true: onTable(({ only }, table, { condition, subject }) => [violations(table, only, condition, subject)]),
  constraint: askConstraint,
  'primary index': async (connection, demand) => {
    const table = await readTable(connection, demand.table);
    if (table === undefined) return [];
    const { rows } = await connection.query(KEY_COLUMNS, [table.oid, demand.index]);
    return rows.map(({ name }) => nulls(table, false, String(name)));
  },
  domain: askDomain,
  within: async (connection, { parent, table: name, bound }) => {
    const table = await readTable(connection, name);
    const condition = await partitionCondition(connection, parent, bound);
    if (table === undefined || condition === undefined) return [];
    return [violations(table, false, condition, 'the partition bound')];
  },
  outside: async (connection, { parent, bound }) => {
    const whole = await readTable(connection, parent);
    const condition = await partitionCondition(connection, parent, bound);
    if (whole === undefined || condition === undefined) return [];
    const { rows } = await connection.query(DEFAULT_PARTITION, [whole.oid]);
    return rows.map((row) => misplaced(toTable(row), condition, 'the bound of the new partition'));
  },
  type: async (connection, demand) => {
    const { table: name, column, type, modifiers, cast } = demand;
    const table = await readTable(connection, name);
    if (table === undefined) return [];
    const { rows } = await connection.query(COLUMN_TYPE, [table.oid, column, type]);
    const [row] = rows;
    if (row === undefined || typeof row.next !== 'string') return [];
    const { serverVersion } = connection;
    const facts = { column, from: String(row.now), to: row.next, modifiers, sql: type, cast, serverVersion };
    const count = unconvertible(table, name.only, facts);
    return count === undefined ? [] : [count];
  },
};

function onTable<Asked extends Demand & { readonly table: Named }>(
  counts: (name: Named, table: Table, demand: Asked) => readonly Count[],
) {
  return async (connection: Connection, demand: Asked): Promise<readonly Count[]> => {
    const table = await readTable(connection, demand.table);
    return table === undefined ? [] : counts(demand.table, table, demand);
  };
}

const DEFAULT_PARTITION = `${TABLE} JOIN pg_catalog.pg_partitioned_table p ON p.partdefid = c.oid WHERE p.partrelid = $1::oid`;

const DEFAULT_OF_TYPE =
  'SELECT typdefault IS NOT NULL AS has FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype($1)::oid';

async function hasDefault(connection: Connection, type: string | undefined): Promise<boolean> {
  if (type === undefined) return false;
  return (await connection.query(DEFAULT_OF_TYPE, [type])).rows[0]?.has === true;
}

const KEY_COLUMNS = `SELECT a.attname AS name FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
  WHERE i.indrelid = $1::oid AND c.relname = $2 ORDER BY a.attnum`;

const COLUMN_TYPE = `SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) AS now,
    pg_catalog.format_type(pg_catalog.to_regtype($3)::oid, NULL) AS next
  FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`;

/** A constraint that waits for its validation, as the catalog has it. */
const WAITING = `SELECT o.contype::text AS kind, o.connoinherit AS no_inherit, pg_catalog.pg_get_expr(o.conbin, o.conrelid) AS condition,
    o.confmatchtype = 'f' AS match_full, n.nspname AS schema, c.relname AS name,
    ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY k(number, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
    ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(o.confkey) WITH ORDINALITY k(number, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.place) AS referenced
  FROM pg_catalog.pg_constraint o
  LEFT JOIN pg_catalog.pg_class c ON c.oid = o.confrelid AND o.contype = 'f'
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE o.conrelid = $1::oid AND o.conname = $2 AND NOT o.convalidated`;

async function askConstraint(connection: Connection, demand: Of<'constraint'>): Promise<readonly Count[]> {
  const table = await readTable(connection, demand.table);
  if (table === undefined) return [];
  const row = (await connection.query(WAITING, [table.oid, demand.name])).rows[0];
  if (row === undefined) return [];
  const columns = row.columns as string[];
  if (row.kind === 'n') return columns.map((column) => nulls(table, row.no_inherit === true, column));
  if (row.kind === 'c' && typeof row.condition === 'string')
    return [violations(table, row.no_inherit === true, row.condition, demand.name)];
  if (row.kind !== 'f') return [];
  const referenced = { schema: String(row.schema), name: String(row.name), only: false };
  const own = { schema: table.schema, name: table.name, only: false };
  const referencedColumns = row.referenced as string[];
  const full = row.match_full === true;
  return askReferring(connection, {
    kind: 'referring',
    table: own,
    columns,
    referenced,
    referencedColumns,
    full,
  });
}

/** Of the domain's own columns; a domain over it, an array or a composite type of it are left out. */
const OF_DOMAIN = `${TABLE.replace('SELECT ', 'SELECT a.attname AS attribute, ')}
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE a.atttypid = pg_catalog.to_regtype($1)::oid AND c.relkind IN ('r', 'p', 'm') AND a.attinhcount = 0
  ORDER BY schema, name, attribute LIMIT 50`;
const DOMAIN_CONDITION = `SELECT pg_catalog.pg_get_expr(conbin, 0) AS condition FROM pg_catalog.pg_constraint
  WHERE contypid = pg_catalog.to_regtype($1)::oid AND conname = $2 AND NOT convalidated AND conbin IS NOT NULL`;

async function askDomain(connection: Connection, { type, asks }: Of<'domain'>): Promise<readonly Count[]> {
  const { rows } = await connection.query(OF_DOMAIN, [type]);
  if (asks === 'filled') return rows.map((row) => nulls(toTable(row), false, String(row.attribute)));
  const asked = 'validate' in asks ? await readDomainCondition(connection, type, asks.validate) : asks;
  if (asked === undefined) return [];
  return rows.map((row) =>
    domainViolations(toTable(row), String(row.attribute), asked.condition, asked.subject),
  );
}

async function readDomainCondition(connection: Connection, type: string, name: string) {
  const condition = (await connection.query(DOMAIN_CONDITION, [type, name])).rows[0]?.condition;
  return typeof condition === 'string' ? { condition, subject: name } : undefined;
}

const PARTITION_KEY = `SELECT p.partstrat::text AS strategy, p.partexprs IS NOT NULL AS computed,
    ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(p.partattrs::smallint[]) WITH ORDINALITY k(number, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number ORDER BY k.place) AS columns
  FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = $1::oid`;

/** What each row of the partition must meet. Undefined for DEFAULT, and for a key with an expression. */
async function partitionCondition(
  connection: Connection,
  parent: Named,
  bound: PartitionBoundSpec,
): Promise<string | undefined> {
  const table = await readTable(connection, parent);
  const row = table && (await connection.query(PARTITION_KEY, [table.oid])).rows[0];
  if (table === undefined || row === undefined || row.computed === true) return undefined;
  const keys = row.columns as string[];
  if (bound.strategy === 'h') {
    const list = keys.map(identifier).join(', ');
    return `pg_catalog.satisfies_hash_partition(${table.oid}::oid, ${bound.modulus ?? 0}, ${bound.remainder ?? 0}, ${list})`;
  }
  const columns = keys.map((name) => ({
    name,
    type: '',
    notNull: false,
    default: undefined,
    generated: undefined,
  }));
  const model = newRelation(`${table.schema}.${table.name}`, 'partitioned table', {
    columns,
    partitionKey: keys,
  });
  return boundConditions(model, bound)
    ?.map((condition) => `(${condition})`)
    .join(' AND ');
}
