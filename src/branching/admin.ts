import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { leaseLock } from './identity.ts';
import type { BranchLimits, QuarantineWish, Trust } from './provider.ts';

/** A server on which we make databases and roles, and the limits of our patience with it. */
export type Server = {
  /** The administrator: a superuser, or CREATEDB and CREATEROLE. Its database keeps our locks and our secret, so every job must name the same one. */
  readonly facts: ConnectionFacts;
  readonly now: () => Date;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  /** Longest wait for another job that works on the same branch, in milliseconds. */
  readonly lockWaitMs: number;
  /** Longest wait for another job that builds the same baseline, in milliseconds. */
  readonly buildWaitMs: number;
  /** Longest wait for another run that holds the same branch, in milliseconds. */
  readonly holdWaitMs: number;
  readonly limits: BranchLimits;
  readonly quarantine: QuarantineWish;
  /** Without it no masked baseline is trusted. */
  readonly trust?: Trust | undefined;
};

/** As the policy's own defaults. */
export const DEFAULT_LIMITS: BranchLimits = {
  connections: 50,
  statementTimeoutMs: 0,
  idleTransactionMs: 600_000,
  idleSessionMs: 0,
};

/** The administrator's session. What the server refuses is a ProviderError with its SQLSTATE as status. */
export type Admin = Pick<Connection, 'query' | 'script' | 'serverVersion'> & { readonly superuser: boolean };

/** By SQLSTATE (docs: appendix A). */
const ADVICE: Readonly<Record<string, { readonly hint: string; readonly retryable?: boolean }>> = {
  '55006': {
    hint: 'Somebody is connected to the database, or a prepared transaction is open in it; Postgres waits 5 s for them. End them and try again.',
    retryable: true,
  },
  '55P03': { hint: 'Another session holds the lock; try again when it is done.', retryable: true },
  '57014': { hint: 'The statement was cancelled, by hand or by a time limit.', retryable: true },
  '42501': {
    hint: 'Branches need an administrator that is a superuser, or has CREATEDB and CREATEROLE and is a member of the roles that own the baseline’s objects.',
  },
  '53100': { hint: 'The server’s disk is full: remove stale branches, or give it more room.' },
  '53200': { hint: 'Raise max_locks_per_transaction on the server.' },
  '53300': { hint: 'Raise max_connections on the server, or end idle sessions.', retryable: true },
  '2BP01': {
    hint: 'Something outside the branch depends on what its role made; the detail names it. Drop that first.',
  },
};

function refusal(error: unknown): unknown {
  if (!(error instanceof ServerError)) return error;
  const advice = ADVICE[error.code];
  const detail = error.detail ? ` (${error.detail})` : '';
  const hint = error.hint ?? advice?.hint;
  return new ProviderError(`The server refused: ${error.message}${detail}`, {
    status: error.code,
    retryable: advice?.retryable ?? false,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/**
 * A machine that goes without a word, as a cancelled runner does, leaves a session that the server would keep for two
 * hours, and our locks with it. So the server asks after half a minute of silence and gives up after another (docs:
 * 19.3.2); the last limit is for an answer that nobody took. Over a socket file none of them means anything.
 */
const GONE_AFTER = `SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 60000;`;

/**
 * Time limits that a server or role may set for its people must not end our own work: a CREATE DATABASE of some
 * gigabytes, or the session that holds a lock while a baseline is built. search_path is fixed because the database may
 * hold objects that others wrote (CVE-2018-1058).
 */
function settings(version: number, lockWaitMs: number): string {
  const idle = version >= 14 ? 'SET idle_session_timeout = 0;' : '';
  const transaction = version >= 17 ? 'SET transaction_timeout = 0;' : '';
  return `SET search_path = pg_catalog; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET lock_timeout = ${Math.max(1, Math.trunc(lockWaitMs))}; ${idle} ${transaction} ${GONE_AFTER}`;
}

/** Runs `work` in a session of the administrator's, in its own database or in the one named, and closes it. */
export async function asAdmin<T>(
  server: Server,
  work: (admin: Admin) => Promise<T>,
  options: { readonly database?: string; readonly lockWaitMs?: number } = {},
): Promise<T> {
  const facts = { ...server.facts, database: options.database ?? server.facts.database };
  const signal = server.signal ? { signal: server.signal } : {};
  const connection = await openConnection(facts, { applicationName: 'pullgres', ...signal });
  const told = <R>(answer: Promise<R>): Promise<R> =>
    answer.catch((error: unknown) => {
      throw refusal(error);
    });
  try {
    await told(
      connection.script(settings(connection.serverVersion, options.lockWaitMs ?? server.lockWaitMs)),
    );
    const { rows } = await told(
      connection.query('SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user'),
    );
    return await work({
      serverVersion: connection.serverVersion,
      superuser: rows[0]?.superuser === true,
      query: (sql, values) => told(connection.query(sql, values)),
      script: (sql) => told(connection.script(sql)),
    });
  } finally {
    await connection.close();
  }
}

/** Advisory locks are numbers: the first 64 bits of the name's SHA-256, signed. */
export function lockKey(name: string): string {
  return createHash('sha256').update(`pullgres lock ${name}`).digest().readBigInt64BE().toString();
}

/**
 * Runs `work` while no other job works on the same name. The lock belongs to the session (docs: 13.3.5), so it ends with
 * it, however that ends; a pooler in transaction mode between us and the server would break this.
 * Throws ProviderError when another job holds it for longer than the patience given.
 */
export async function locked<T>(
  server: Server,
  name: string,
  work: (admin: Admin) => Promise<T>,
  lockWaitMs: number = server.lockWaitMs,
): Promise<T> {
  return underLock(server, { name, take: 'pg_advisory_lock', lockWaitMs }, work);
}

/** As `locked`, but beside others who come by this way too; whoever comes by `locked` waits for them all. */
export async function lockedShared<T>(
  server: Server,
  name: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  return underLock(server, { name, take: 'pg_advisory_lock_shared', lockWaitMs: server.lockWaitMs }, work);
}

type Lock = {
  readonly name: string;
  readonly take: 'pg_advisory_lock' | 'pg_advisory_lock_shared';
  readonly lockWaitMs: number;
};

async function underLock<T>(
  server: Server,
  { name, take, lockWaitMs }: Lock,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  return asAdmin(
    server,
    async (admin) => {
      try {
        await admin.query(`SELECT ${take}($1::bigint)`, [lockKey(name)]);
      } catch (error) {
        if (!(error instanceof ProviderError && error.status === '55P03')) throw error;
        throw busy(name, lockWaitMs);
      }
      return work(admin);
    },
    { lockWaitMs },
  );
}

function busy(name: string, waitedMs: number): ProviderError {
  return new ProviderError(`Another job has been working on ${name} for ${waitedMs / 1000} s.`, {
    status: '55P03',
    retryable: true,
    hint: 'Let it end, or cancel it, and run this job again. One concurrency group for each pull request avoids this.',
  });
}

const LEASE_POLL_MS = 100;

/** Runs `work` while no other job has the lease of this name. Throws ProviderError when another job has it for longer than the server's patience. */
export async function leased<T>(
  server: Server,
  name: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const wait = {
    lock: leaseLock(name),
    ms: server.lockWaitMs,
    busy: async () => busy(name, server.lockWaitMs),
  };
  return lockedToTheEnd(server, wait, work);
}

/**
 * Runs `work` under an advisory lock of a session that an abort does not end, so that `work` can still clear up behind
 * itself. An abort ends the waiting for it. Throws what `busy` gives when another session has it for longer than `ms`.
 */
export async function lockedToTheEnd<T>(
  server: Server,
  wait: {
    readonly lock: string;
    readonly ms: number;
    readonly busy: (admin: Admin) => Promise<ProviderError>;
  },
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  return asAdmin({ ...server, signal: undefined }, async (admin) => {
    const end = performance.now() + wait.ms;
    while (!(await tryLock(admin, wait.lock))) {
      if (performance.now() > end) throw await wait.busy(admin);
      await pause(server, LEASE_POLL_MS);
    }
    server.signal?.throwIfAborted();
    return work(admin);
  });
}

/** Waits, but not beyond an abort. Throws the signal's reason. */
export async function pause({ signal }: Server, milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}

async function tryLock(admin: Admin, name: string): Promise<boolean> {
  const { rows } = await admin.query('SELECT pg_try_advisory_lock($1::bigint) AS taken', [lockKey(name)]);
  return rows[0]?.taken === true;
}

/**
 * Runs `work` while no other session works under the name, in a session that is there. Throws ProviderError when another
 * has it for longer than the session's patience.
 */
export async function whileLocked<T>(admin: Admin, name: string, work: () => Promise<T>): Promise<T> {
  const key = [lockKey(name)];
  await admin.query('SELECT pg_advisory_lock($1::bigint)', key);
  try {
    return await work();
  } finally {
    // Where the session is gone, so is its lock.
    await admin.query('SELECT pg_advisory_unlock($1::bigint)', key).catch(() => undefined);
  }
}

/** The server's clock, to the millisecond. */
export async function serverTime(admin: Admin): Promise<Date> {
  const { rows } = await admin.query('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS ms');
  return new Date(Number(rows[0]?.ms));
}
