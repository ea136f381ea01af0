import type { Connection } from '../postgres/connection.ts';
import { askAgain } from './asked-again.ts';

export type RelationFact = {
  readonly relation: string;
  readonly kind: string;
  readonly filenode: number;
};

/** Sequential scans of a relation, and the rows that they read. */
export type ScanCount = { readonly relation: string; readonly scans: number; readonly rows: number };

/** What a session sees of a relation that it has locked itself. */
export type OwnRelation = RelationFact & ScanCount;

/** The server's first version whose sessions can be told to hand in their counters (release notes of 15: pg_stat_force_next_flush). */
export const FLUSH_SINCE = 15;

/** A migration may set a search_path on which operators and types of its own stand before the server's. */
const EQ = 'operator(pg_catalog.=)';
const TEXT = 'pg_catalog.text';
const NUMBER = `pg_catalog.int8::${TEXT}`;

const OF_USERS =
  "n.nspname operator(pg_catalog.!~) '^pg_' and n.nspname operator(pg_catalog.<>) 'information_schema'";
const FACTS = `c.oid::${NUMBER} as oid, n.nspname as schema, c.relname as name, c.relkind::${TEXT} as kind,
         c.relfilenode::${NUMBER} as filenode`;
const IN_SCHEMA = `pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid ${EQ} c.relnamespace`;
const hasKind = (...kinds: string[]) => `c.relkind::${TEXT} ${EQ} any('{${kinds.join()}}'::${TEXT}[])`;

/** Relations of users (kinds r, p, i, I, S, v, m, f), with the file in which each is stored. */
const RELATIONS = `
  select ${FACTS}
    from ${IN_SCHEMA}
   where ${hasKind('r', 'p', 'i', 'I', 'S', 'v', 'm', 'f')} and ${OF_USERS}`;

const NAMED = `
  select ${FACTS}
    from ${IN_SCHEMA}
   where c.relname ${EQ} any($1::pg_catalog.name[])
     and (n.oid ${EQ} pg_catalog.pg_my_temp_schema() or (${OF_USERS}))
   order by n.oid ${EQ} pg_catalog.pg_my_temp_schema() desc`;

/**
 * Relations as the session itself sees them, with the counters that it has not handed in yet: pg_stat_xact_user_tables
 * reads them by the same functions (system_views.sql). `flush` makes the session hand them in at its transaction's end,
 * so that the next one begins at zero.
 */
const own = (flush: string) => `
  select ${FACTS}, pg_catalog.pg_stat_get_xact_numscans(c.oid)::${TEXT} as scans,
         pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)::${TEXT} as rows
    from (select ${flush} as flushed offset 0) f, ${IN_SCHEMA}
   where c.oid ${EQ} any($1::pg_catalog.oid[])`;

/** What all sessions have handed in (pg_stat_user_tables). */
const SCANNED = `
  select c.oid::${NUMBER} as oid, n.nspname as schema, c.relname as name,
         pg_catalog.pg_stat_get_numscans(c.oid)::${TEXT} as scans,
         pg_catalog.pg_stat_get_tuples_returned(c.oid)::${TEXT} as rows
    from ${IN_SCHEMA}
   where ${hasKind('r', 'm')} and ${OF_USERS}
     and pg_catalog.pg_stat_get_numscans(c.oid) operator(pg_catalog.>) 0`;

/** The session's own counters that are not handed in yet, of all tables: a rolled back savepoint's scans count, its locks are gone. */
const COUNTED = `
  select ${FACTS}, pg_catalog.pg_stat_get_xact_numscans(c.oid)::${TEXT} as scans,
         pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)::${TEXT} as rows
    from ${IN_SCHEMA}
   where ${hasKind('r', 'm')} and ${OF_USERS}
     and pg_catalog.pg_stat_get_xact_numscans(c.oid) operator(pg_catalog.>) 0`;

type Row = Record<string, unknown>;

const fact = (row: Row): RelationFact => ({
  relation: `${row.schema}.${row.name}`,
  kind: String(row.kind),
  filenode: Number(row.filenode),
});

const scanCount = (row: Row): ScanCount => ({
  relation: `${row.schema}.${row.name}`,
  scans: Number(row.scans),
  rows: Number(row.rows),
});

function byOid<Value>(rows: readonly Row[], read: (row: Row) => Value): ReadonlyMap<number, Value> {
  return new Map(rows.map((row) => [Number(row.oid), read(row)]));
}

/** Every user relation as this connection sees it. */
export async function readAllRelations(connection: Connection): Promise<ReadonlyMap<number, RelationFact>> {
  return byOid((await connection.query(RELATIONS)).rows, fact);
}

/** These relations as the connection's own open transaction sees them. Takes locks on the catalog only. */
export async function readOwn(
  worker: Connection,
  oids: readonly number[],
): Promise<ReadonlyMap<number, OwnRelation>> {
  const flush =
    worker.serverVersion < FLUSH_SINCE
      ? "''"
      : "coalesce(pg_catalog.pg_stat_force_next_flush()::pg_catalog.text, '')";
  const { rows } = await worker.query(own(flush), [oids]);
  return byOid(rows, (row) => ({ ...fact(row), ...scanCount(row) }));
}

/** The session's own scans that it has not handed in yet, by relation. */
export async function readCounted(worker: Connection): Promise<ReadonlyMap<number, ScanCount>> {
  return byOid((await worker.query(COUNTED)).rows, scanCount);
}

/** Hands the session's counters in, at the end of this call. Does nothing before 15. Throws what the server says. */
export async function handInNow(worker: Connection): Promise<void> {
  if (worker.serverVersion < FLUSH_SINCE) return;
  await worker.script('select pg_catalog.pg_stat_force_next_flush()');
}

/** The same; a session that is lost has done so already. */
export async function handIn(worker: Connection): Promise<void> {
  await handInNow(worker).catch(() => undefined);
}

/** The scans that all sessions have handed in, by relation. */
export async function readScanned(observer: Connection): Promise<ReadonlyMap<number, ScanCount>> {
  return byOid(await askAgain(observer, 'pullgres_scanned', SCANNED), scanCount);
}

/** User relations of these names without schema, as this connection sees them; first its own temporary ones, whose schema begins with `pg_temp`. */
export async function readNamed(
  connection: Connection,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { rows } = await connection.query(NAMED, [names]);
  return [...byOid(rows, fact).values()].map(({ relation }) => relation);
}

/** Constraints of the given relations, as this connection sees them: name and the relation that carries it. */
export async function readConstraints(
  connection: Connection,
  names: readonly string[],
): Promise<readonly { readonly constraint: string; readonly relation: string }[]> {
  if (names.length === 0) return [];
  const { rows } = await connection.query(
    `select co.conname as constraint, n.nspname as schema, c.relname as name
       from ${IN_SCHEMA} join pg_catalog.pg_constraint co on c.oid ${EQ} co.conrelid
      where co.conname ${EQ} any($1::pg_catalog.name[])`,
    [names],
  );
  return rows.map((row) => ({ constraint: String(row.constraint), relation: `${row.schema}.${row.name}` }));
}
