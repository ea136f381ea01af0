import { setTimeout as sleep } from 'node:timers/promises';
import { identifier, literal } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { parseLabel } from './labels.ts';

/** A drop that nobody stands in the way of is over by then, and needs no second session. */
const PATIENCE_MS = 300;
const POLL_MS = 100;

/**
 * Runs `work`, statements of this session, and ends whoever of a branch's roles stands in its way meanwhile: a role may lock
 * another branch's database or role by settings and grants of its own (ALTER ROLE … IN DATABASE, GRANT … TO, LOCK TABLE),
 * and hold that lock for as long as it likes. A branch's work is no reason for another's to stay. Our statement waits in
 * the lock's queue before all who come later, so that each holder is ended once. Sessions of all other roles are left alone.
 */
export async function unblocked<T>(server: Server, admin: Admin, work: () => Promise<T>): Promise<T> {
  const pid = Number((await admin.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);
  const ended = new AbortController();
  const watching = watch({ ...server, signal: undefined }, pid, ended.signal);
  try {
    return await work();
  } finally {
    ended.abort();
    await watching;
  }
}

async function watch(server: Server, pid: number, ended: AbortSignal): Promise<void> {
  await sleep(PATIENCE_MS, undefined, { signal: ended }).catch(() => undefined);
  if (ended.aborted) return;
  const look = async (admin: Admin): Promise<void> => {
    while (!ended.aborted) {
      await endHolders(server, admin, pid);
      await sleep(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  };
  // It only helps: what it cannot do shows as the wait that the statement itself complains of.
  await asAdmin(server, look).catch(() => undefined);
}

/** A prepared transaction counts as process 0 (docs: 9.26, pg_blocking_pids). */
const HOLDERS = `
  SELECT b.pid, a.usename::text AS role, shobj_description(a.usesysid, 'pg_authid') AS comment
  FROM unnest(pg_blocking_pids($1)) b(pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid AND b.pid <> 0`;

async function endHolders(server: Server, admin: Admin, pid: number): Promise<void> {
  const { rows } = await admin.query(HOLDERS, [pid]);
  for (const row of rows) {
    if (Number(row.pid) === 0) await endPrepared(server, admin, pid);
    else if (isBranchRole(row.comment)) {
      server.onProgress(`Ending a session of ${row.role}, which stands in the way`);
      await admin.query('SELECT pg_terminate_backend($1::int)', [row.pid]);
    }
  }
}

function isBranchRole(comment: unknown): boolean {
  const label = parseLabel(typeof comment === 'string' ? comment : undefined);
  return label !== undefined && 'role' in label;
}

/** Prepared transactions that hold what the process waits for. Their locks belong to no process, but to the virtual transaction that also holds their transaction's id (docs: 52.12, pg_locks). */
const PREPARED = `
  SELECT DISTINCT p.gid, p.database::text AS database, p.owner::text AS owner, shobj_description(r.oid, 'pg_authid') AS comment
  FROM pg_prepared_xacts p JOIN pg_roles r ON r.rolname = p.owner
  JOIN pg_locks t ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.transactionid = p.transaction
  JOIN pg_locks h ON h.granted AND h.pid IS NULL AND h.virtualtransaction = t.virtualtransaction
  JOIN pg_locks w ON w.pid = $1 AND NOT w.granted AND w.locktype = h.locktype
    AND (w.database, w.relation, w.classid, w.objid, w.transactionid)
      IS NOT DISTINCT FROM (h.database, h.relation, h.classid, h.objid, h.transactionid)`;

async function endPrepared(server: Server, admin: Admin, pid: number): Promise<void> {
  const { rows } = await admin.query(PREPARED, [pid]);
  for (const { gid, database, owner, comment } of rows) {
    if (!isBranchRole(comment)) continue;
    server.onProgress(`Rolling back a prepared transaction of ${owner}, which stands in the way`);
    const end = (inside: Admin) =>
      inside.script(`SET ROLE ${inside.superuser ? 'NONE' : identifier(String(owner))}`).then(() =>
        // By itself: it refuses to run in a transaction, which two statements of one message would be.
        inside.script(`ROLLBACK PREPARED ${literal(String(gid))}`),
      );
    await asAdmin(server, end, { database: String(database) });
  }
}
