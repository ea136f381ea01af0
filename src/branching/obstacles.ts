import { setTimeout } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Admin, Server } from './admin.ts';
import type { Quarantined } from './provider.ts';

/**
 * Ends every other session in the database that we may end; FORCE of DROP DATABASE does it by itself, RENAME does not. An
 * autovacuum worker has no role, which only a superuser may end, and goes by itself when a database is dropped or renamed.
 * Who is no superuser ends no superuser's session, and a stranger's only as a member of pg_signal_backend (docs: 9.28.2).
 */
export async function endSessions(admin: Admin, database: string): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(a.pid)
     FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL
       AND ($2 OR NOT r.rolsuper AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))`,
    [database, admin.superuser],
  );
}

/** Who is still in the database, as words with their process ids; at most three. */
async function remaining(admin: Admin, database: string): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await admin.query(
    `SELECT a.pid, quote_ident(coalesce(a.usename, 'a worker')) AS holder, coalesce(r.rolsuper, false) AS super
     FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL ORDER BY r.rolsuper DESC, a.pid LIMIT 3`,
    [database],
  );
  return rows;
}

/**
 * FORCE asks whether it may end each session, an autovacuum worker too, and so refuses whoever is no superuser while one
 * works there. A plain DROP sends the worker away without asking (procarray.c: CountOtherDBBackends).
 */
export async function dropForced(admin: Admin, database: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${identifier(database)}`;
  try {
    await admin.script(`${drop} WITH (FORCE)`);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== '42501') throw error;
    await endSessions(admin, database);
    await admin.script(drop).catch(async (refused: unknown) => {
      throw (await inTheWay(admin, database)) ?? refused;
    });
  }
}

async function inTheWay(admin: Admin, database: string): Promise<ProviderError | undefined> {
  const sessions = await remaining(admin, database);
  if (sessions.length === 0) return undefined;
  const names = sessions.map(({ pid, holder, super: superuser }) =>
    superuser ? `the superuser ${holder} (pid ${pid})` : `${holder} (pid ${pid})`,
  );
  const ends = sessions.map(({ pid }) => `SELECT pg_terminate_backend(${pid});`).join(' ');
  return new ProviderError(
    `The database ${database} cannot be dropped: ${names.join(', ')} is connected, whom the administrator may not end.`,
    {
      status: '55006',
      retryable: true,
      hint: `As a superuser: ${ends} Then run this job again.`,
    },
  );
}

/** The slot is named, for it stays on the publisher and holds its WAL back; the connection string holds a password and is not. */
const SUBSCRIPTIONS = `
  SELECT quote_ident(s.subname) AS name, s.subslotname::text AS slot
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database() ORDER BY 1`;

/**
 * Drops the subscriptions of the session's database without asking their publisher (docs: 29.2, "Replication Slot
 * Management"), and tells which slots that leaves there. Throws ProviderError with the remedy when the server refuses.
 */
export async function dropSubscriptions(server: Server, inside: Admin): Promise<readonly Quarantined[]> {
  const { rows } = await inside.query(SUBSCRIPTIONS);
  const dropped: Quarantined[] = [];
  for (const { name, slot } of rows) {
    await dropSubscription(inside, String(name));
    dropped.push({ kind: 'subscription', name: String(name), action: 'dropped' });
    if (slot === null) continue;
    server.onProgress(
      `Dropped the subscription ${name}; its slot ${slot} stays on the publisher, which keeps WAL for it until it is dropped there.`,
    );
  }
  return dropped;
}

async function dropSubscription(inside: Admin, name: string): Promise<void> {
  const statements = [
    `ALTER SUBSCRIPTION ${name} DISABLE`,
    `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`,
    `DROP SUBSCRIPTION ${name}`,
  ];
  try {
    // One by one: DISABLE must be committed before the slot may be let go.
    for (const sql of statements) await inside.script(sql);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    throw new ProviderError(`The subscription ${name} could not be dropped. ${error.message}`, {
      hint: `As its owner or a superuser, in that database: ${statements.join('; ')}; then run this job again.`,
      cause: error,
    });
  }
}

/** Whether anything is in the database that can only be ended from inside of it. */
export async function needsInside(admin: Admin, database: string): Promise<boolean> {
  const { rows } = await admin.query(
    `SELECT FROM pg_prepared_xacts WHERE database = $1
     UNION ALL SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1`,
    [database],
  );
  return rows.length > 0;
}

/** Only who prepared it, or a superuser, may end a prepared transaction, and only in its own database (docs: ROLLBACK PREPARED). */
export async function rollbackPrepared(inside: Admin): Promise<void> {
  const { rows } = await inside.query(
    'SELECT gid, owner::text AS owner FROM pg_prepared_xacts WHERE database = current_database()',
  );
  for (const { gid, owner } of rows) {
    const role = inside.superuser ? 'NONE' : identifier(String(owner));
    await inside.script(`SET ROLE ${role}`);
    await inside.script(`ROLLBACK PREPARED ${literal(String(gid))}`);
    await inside.script('RESET ROLE');
  }
}

const SLOTS = `
  SELECT quote_ident(slot_name) AS name, active_pid AS pid FROM pg_replication_slots
  WHERE database = $1 AND active_pid IS NOT NULL ORDER BY 1`;
const SLOT_WAIT_MS = 10_000;
const SLOT_POLL_MS = 50;

/** Whether a reader of a logical slot is in the database; DROP DATABASE refuses then even with FORCE, and takes idle slots along. */
export async function hasReaders(admin: Admin, database: string): Promise<boolean> {
  return (await admin.query(SLOTS, [database])).rows.length > 0;
}

/**
 * Ends the readers of this very database's logical slots and waits until their slots are idle. The database must be
 * closed by then, for a reader comes back at once. Throws ProviderError with the remedy when we may not end them.
 */
export async function endReaders(server: Server, admin: Admin, database: string): Promise<void> {
  for (let waited = 0; ; waited += SLOT_POLL_MS) {
    const [slot, ...others] = (await admin.query(SLOTS, [database])).rows;
    if (!slot) return;
    for (const { pid } of [slot, ...others]) {
      if (waited === 0) server.onProgress(`Ending the reader of the replication slot ${slot.name}`);
      await admin.query('SELECT pg_terminate_backend($1::int)', [pid]).catch((error: unknown) => {
        throw readerStays(database, slot, error);
      });
    }
    if (waited >= SLOT_WAIT_MS) throw readerStays(database, slot);
    await setTimeout(SLOT_POLL_MS);
  }
}

function readerStays(database: string, slot: Record<string, unknown>, cause?: unknown): ProviderError {
  return new ProviderError(
    `The database ${database} cannot be dropped because of the active replication slot ${slot.name}.`,
    {
      hint: `Stop its reader, or as a superuser: SELECT pg_terminate_backend(${slot.pid}); then run this job again.`,
      retryable: true,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
