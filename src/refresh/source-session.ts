import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { MaskKeys } from '../masking/keys.ts';
import type { Connection } from '../postgres/connection.ts';
import { type CopyConnection, openCopyConnection } from '../postgres/copy.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { literal } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import type { RefreshSource } from './source.ts';

const APPLICATION = 'pullgres refresh';

/** Text that one server writes must read the same on the other, whatever its roles and databases are set to. */
const FORMATS = {
  search_path: '',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  array_nulls: 'on',
  row_security: 'off',
} as const;

/** A setting that the server's version does not have is left out (transaction_timeout came with 17, the idle session's with 14). */
const PATIENCE = {
  statement_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const;

const SOURCE_SETTINGS = {
  ...FORMATS,
  ...PATIENCE,
  lock_timeout: '10s',
  // Rows in the heap's order, from its first block on: what the planner calls correlation stays as it is.
  synchronize_seqscans: 'off',
  max_parallel_workers_per_gather: '0',
  // Many masks make one costly query of each range, and compiling it takes longer than running it.
  jit: 'off',
} as const;

const TARGET_SETTINGS = {
  ...FORMATS,
  ...PATIENCE,
  lock_timeout: '60s',
  default_transaction_read_only: 'off',
  synchronous_commit: 'off',
  check_function_bodies: 'off',
  client_min_messages: 'error',
} as const;

async function apply(connection: Connection, settings: Readonly<Record<string, string>>): Promise<void> {
  const wanted = Object.entries(settings).map(([name, value]) => `(${literal(name)}, ${literal(value)})`);
  await connection.query(
    `SELECT pg_catalog.set_config(s.name, w.value, false) FROM (VALUES ${wanted.join(', ')}) AS w (name, value) JOIN pg_catalog.pg_settings AS s ON pg_catalog.lower(s.name) = pg_catalog.lower(w.name)`,
  );
}

/** A session on the source, read-only, in the refresh's snapshot, with the keys set. Throws ProviderError without any value. */
export async function openSourceSession(
  source: Pick<RefreshSource, 'facts' | 'snapshot'>,
  keys: MaskKeys,
  signal: AbortSignal | undefined,
): Promise<CopyConnection> {
  const connection = await openCopyConnection(source.facts, {
    applicationName: APPLICATION,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await apply(connection, SOURCE_SETTINGS);
    await setKeys(connection, keys);
    await connection.script(
      `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT ${literal(source.snapshot)}`,
    );
    return connection;
  } catch (error) {
    await connection.close();
    throw withoutValues(error, 'The source refused a session at the moment of the refresh');
  }
}

/** A session on the target that writes as the source reads. */
export async function openTargetSession(
  target: ConnectionFacts,
  signal: AbortSignal | undefined,
): Promise<CopyConnection> {
  const connection = await openCopyConnection(target, {
    applicationName: APPLICATION,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await apply(connection, TARGET_SETTINGS);
    return connection;
  } catch (error) {
    await connection.close();
    throw withoutValues(error, 'The target refused a session', 'target');
  }
}

const PAD_SETTING = 'pullgres.pad';
/** Each has 122 random bits from the server's own strong source (docs: 9.14). */
const RANDOM = 'pg_catalog.uuid_send(pg_catalog.gen_random_uuid())';
const PAD = `pg_catalog.sha256(${RANDOM} || ${RANDOM} || ${RANDOM})`;

/**
 * Sets the keys for the session. They go as bind parameters, so that no query's text has one; and, since log_statement,
 * log_min_duration_statement and pgaudit can write parameters into the server's log, each is mixed with a pad that the
 * server makes and tells in a result, which nothing logs.
 */
export async function setKeys(connection: Connection, keys: MaskKeys): Promise<void> {
  if (keys.settings.size === 0) return;
  const made = await connection.query(
    `SELECT pg_catalog.set_config('${PAD_SETTING}', pg_catalog.encode(${PAD}, 'hex'), false) AS pad`,
  );
  const pad = Buffer.from(String(made.rows[0]?.pad), 'hex');
  for (const [setting, key] of keys.settings) {
    const mask = padOf(pad, setting);
    const mixed = Buffer.from(key.reveal(), 'hex').map((byte, at) => byte ^ (mask[at] ?? 0));
    await connection.query(`SELECT pg_catalog.set_config($1, ${unmixed()}, false) IS NULL`, [
      setting,
      Buffer.from(mixed).toString('hex'),
    ]);
  }
  await connection.query(`SELECT pg_catalog.set_config('${PAD_SETTING}', '', false)`);
}

function padOf(pad: Buffer, setting: string): Buffer {
  return createHash('sha256').update(pad).update(setting).digest();
}

/** $2 combined by exclusive or with the SHA-256 of pad and $1, in four parts of 64 bits: bit strings of more have no way to hexadecimal. */
function unmixed(): string {
  const mask = `pg_catalog.encode(pg_catalog.sha256(pg_catalog.decode(pg_catalog.current_setting('${PAD_SETTING}'), 'hex') || pg_catalog.textsend($1::text)), 'hex')`;
  const bits = (hex: string, from: number): string =>
    `(('x' || pg_catalog.substr(${hex}, ${from}, 16))::bit(64))`;
  const part = (from: number): string =>
    `pg_catalog.lpad(pg_catalog.to_hex((${bits('$2::text', from)} # ${bits(mask, from)})::bigint), 16, '0')`;
  return [1, 17, 33, 49].map(part).join(' || ');
}
