import type { Connection } from '../postgres/connection.ts';
import { LOCK_MODES, type LockMode } from '../sql/effect.ts';

/** A relation that a backend has locked, by its strongest mode. Name and filenode are the observer's view, which knows nothing of the backend's open transaction. */
export type HeldLock = {
  readonly oid: number;
  readonly mode: LockMode;
  readonly relation: string;
  readonly filenode: number;
};

export type BackendState = {
  readonly inTransaction: boolean;
  readonly locks: ReadonlyMap<number, HeldLock>;
};

export type RelationFact = {
  readonly relation: string;
  readonly kind: string;
  readonly filenode: number;
};

/**
 * Names are joined from pg_class by the observer's own snapshot and never by a regclass cast, which could wait.
 * Relations that the open transaction made are not in it: a lock on them keeps nobody waiting. A backend holds its
 * virtual transaction id exactly while a transaction is open (docs 52.12, pg_locks).
 */
const STATE = `
  select l.locktype, l.relation::bigint::text as oid, l.mode, n.nspname as schema, c.relname as name,
         c.relfilenode::bigint::text as filenode
    from pg_catalog.pg_locks l
    left join pg_catalog.pg_class c on c.oid = l.relation
    left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where l.pid = $1 and l.granted
     and (l.locktype = 'virtualxid' or (l.locktype = 'relation'
          and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
          and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))`;

/** Relations of users (kinds r, p, i, I, S, v, m, f), with the file in which each is stored. */
const RELATIONS = `
  select c.oid::bigint::text as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
         c.relfilenode::bigint::text as filenode
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'i', 'I', 'S', 'v', 'm', 'f')
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

function isLockMode(mode: unknown): mode is LockMode {
  return LOCK_MODES.some((known) => known === mode);
}

/** True when `a` is the stronger mode. */
export function stronger(a: LockMode, b: LockMode): boolean {
  return LOCK_MODES.indexOf(a) > LOCK_MODES.indexOf(b);
}

function readHeld(row: Record<string, unknown>): HeldLock | undefined {
  const { oid, mode, schema, name, filenode } = row;
  if (row.locktype !== 'relation' || !isLockMode(mode)) return undefined;
  return {
    oid: Number(oid),
    mode,
    relation: `${schema}.${name}`,
    filenode: Number(filenode),
  };
}

/** What another backend holds at this moment, read by the observer. Exact between two statements of a transaction. */
export async function readBackend(observer: Connection, processId: number): Promise<BackendState> {
  const { rows } = await observer.query(STATE, [processId]);
  const locks = new Map<number, HeldLock>();
  for (const row of rows) {
    const held = readHeld(row);
    if (held === undefined) continue;
    const known = locks.get(held.oid);
    if (known === undefined || stronger(held.mode, known.mode)) locks.set(held.oid, held);
  }
  return { inTransaction: rows.some((row) => row.locktype === 'virtualxid'), locks };
}

function readFacts(rows: readonly Record<string, unknown>[]): ReadonlyMap<number, RelationFact> {
  return new Map(
    rows.map((row) => [
      Number(row.oid),
      { relation: `${row.schema}.${row.name}`, kind: String(row.kind), filenode: Number(row.filenode) },
    ]),
  );
}

/** The given relations as this connection sees them, its own open transaction included. Takes locks on the catalog only. */
export async function readRelations(
  connection: Connection,
  oids: readonly number[],
): Promise<ReadonlyMap<number, RelationFact>> {
  if (oids.length === 0) return new Map();
  return readFacts((await connection.query(`${RELATIONS} and c.oid = any($1::oid[])`, [oids])).rows);
}

/** User relations of these names without schema, as this connection sees them. */
export async function readNamed(
  connection: Connection,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { rows } = await connection.query(`${RELATIONS} and c.relname = any($1::name[])`, [names]);
  return [...readFacts(rows).values()].map(({ relation }) => relation);
}

/** Every user relation as this connection sees it. */
export async function readAllRelations(connection: Connection): Promise<ReadonlyMap<number, RelationFact>> {
  return readFacts((await connection.query(RELATIONS)).rows);
}

/** Constraints of the given relations, as this connection sees them: name and the relation that carries it. */
export async function readConstraints(
  connection: Connection,
  names: readonly string[],
): Promise<readonly { readonly constraint: string; readonly relation: string }[]> {
  if (names.length === 0) return [];
  const { rows } = await connection.query(
    `select co.conname as name, n.nspname || '.' || c.relname as relation
       from pg_catalog.pg_constraint co
       join pg_catalog.pg_class c on c.oid = co.conrelid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where co.conname = any($1::name[])`,
    [names],
  );
  return rows.map((row) => ({ constraint: String(row.name), relation: String(row.relation) }));
}
