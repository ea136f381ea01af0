import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrationRun } from '../evidence/schema.ts';
import type { Connection } from '../postgres/connection.ts';
import { readWal } from './backend.ts';
import { FLUSH_SINCE } from './relations.ts';

/** What the server has counted until now: its write-ahead log, and of the database temporary bytes and blocks. */
type Usage = {
  readonly wal: number;
  readonly database: { readonly tempBytes: number; readonly hit: number; readonly read: number } | undefined;
};

export type Used = Pick<MigrationRun, 'walBytes' | 'tempBytes' | 'blocks'>;

/** A backend goes shortly after its connection is closed, and hands in its counters as it goes. */
const FAREWELL_MS = 2_000;
const PAUSE_MS = 5;

const DATABASE = `
  select d.temp_bytes::text as temp, d.blks_hit::text as hit, d.blks_read::text as read
    from pg_catalog.pg_stat_database d where d.datname = pg_catalog.current_database()`;

/** What was used until now. Our own counters are handed in before, so that they are wholly in or wholly out. */
async function readUsage(observer: Connection): Promise<Usage> {
  const wal = await readWal(observer);
  if (observer.serverVersion < FLUSH_SINCE) return { wal, database: undefined };
  await observer.script('select pg_catalog.pg_stat_force_next_flush()');
  const [row] = (await observer.query(DATABASE)).rows;
  const database = { tempBytes: Number(row?.temp), hit: Number(row?.hit), read: Number(row?.read) };
  return { wal, database };
}

async function isGone(observer: Connection, processId: number): Promise<boolean> {
  const limit = Date.now() + FAREWELL_MS;
  while (Date.now() < limit) {
    const { rows } = await observer.query('select pid from pg_catalog.pg_stat_get_activity($1)', [processId]);
    if (rows.length === 0) return true;
    await sleep(PAUSE_MS);
  }
  return false;
}

/**
 * Begins to count; the function that it gives tells what was used since then, and is called when the session is closed.
 * Log bytes are the server's and the rest is the database's: what other sessions use in the same time, the observer's
 * own reading of the catalog included, is in them. Before Postgres 15 only the log is told: nobody can make a session
 * hand in its counters there, and they come up to half a second late.
 */
export async function startUsage(observer: Connection, processId: number): Promise<() => Promise<Used>> {
  const before = await readUsage(observer);
  return async () => {
    const wal = await readWal(observer);
    const isWhole = await isGone(observer, processId);
    const after = await readUsage(observer);
    const walBytes = Math.max(0, wal - before.wal);
    if (!isWhole || before.database === undefined || after.database === undefined) return { walBytes };
    const tempBytes = Math.max(0, after.database.tempBytes - before.database.tempBytes);
    const hit = Math.max(0, after.database.hit - before.database.hit);
    const read = Math.max(0, after.database.read - before.database.read);
    return { walBytes, tempBytes, blocks: { hit, read } };
  };
}
