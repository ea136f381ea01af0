import type { Connection } from '../postgres/connection.ts';
import { LOCK_MODES, type LockMode, lockStrength } from '../sql/effect.ts';
import { askAgain } from './asked-again.ts';

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
  /** The end of the server's write-ahead log, in bytes since its begin. */
  readonly wal: number;
};

/** The write-ahead log's end counts all sessions (docs 9.28.3, pg_current_wal_insert_lsn). */
const WAL =
  "(pg_catalog.pg_current_wal_insert_lsn() operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::text as wal";

/**
 * Names are joined from pg_class by the observer's own snapshot and never by a regclass cast, which could wait.
 * Relations that the open transaction made are not in it: a lock on them keeps nobody waiting. A backend holds its
 * virtual transaction id exactly while a transaction is open (docs 52.12, pg_locks). One row comes in any case.
 */
const STATE = `
  select ${WAL}, l.locktype, l.relation::bigint::text as oid, l.mode, n.nspname as schema, c.relname as name,
         c.relfilenode::bigint::text as filenode
    from (select 1) one
    left join (pg_catalog.pg_locks l
               left join pg_catalog.pg_class c on c.oid = l.relation
               left join pg_catalog.pg_namespace n on n.oid = c.relnamespace)
      on l.pid = $1 and l.granted
     and (l.locktype = 'virtualxid' or (l.locktype = 'relation'
          and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
          and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))`;

function isLockMode(mode: unknown): mode is LockMode {
  return LOCK_MODES.some((known) => known === mode);
}

/** True when `a` is the stronger mode. */
export function stronger(a: LockMode, b: LockMode): boolean {
  return lockStrength(a) > lockStrength(b);
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
  const rows = await askAgain(observer, 'pullgres_look', STATE, processId);
  const locks = new Map<number, HeldLock>();
  for (const row of rows) {
    const held = readHeld(row);
    if (held === undefined) continue;
    const known = locks.get(held.oid);
    if (known === undefined || stronger(held.mode, known.mode)) locks.set(held.oid, held);
  }
  return {
    inTransaction: rows.some((row) => row.locktype === 'virtualxid'),
    locks,
    wal: Number(rows[0]?.wal),
  };
}

/** The end of the server's write-ahead log, in bytes since its begin. */
export async function readWal(observer: Connection): Promise<number> {
  const [row] = await askAgain(observer, 'pullgres_wal', `select ${WAL}`);
  return Number(row?.wal);
}
