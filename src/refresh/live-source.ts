import { UserError } from '../errors.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { dumpSections } from './dump-sections.ts';
import { readSourceSchema } from './read-schema.ts';
import type { RefreshSource } from './source.ts';
import { excessRights, type NotASource, refuseObstacles } from './source-obstacles.ts';

export type LiveSourceOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Sentences for people: what is read, and what should be better. */
  readonly onProgress: (text: string) => void;
  /** The folder of pg_dump. */
  readonly clientTools?: string | undefined;
  readonly not?: NotASource | undefined;
};

/** The grammar that the scrub reads the schema with. */
const NEWEST_VERSION = 18;
const APPLICATION = 'pullgres refresh';

/**
 * For the transaction alone, so that a pooler's next client has none of it. A setting that the version does not have is
 * passed over: transaction_timeout came with 17.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: '',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  row_security: 'off',
  statement_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  lock_timeout: '10s',
  jit: 'off',
};

/** Poolers and proxies end a session that says nothing. */
const SIGN_OF_LIFE_MS = 30_000;

/**
 * Opens a live database, primary or standby, at one moment: a read-only transaction whose snapshot other sessions take
 * up as long as the source is open (docs: 9.28.5). Nothing is written there.
 * @throws UserError when the role cannot read everything, or the database is one of ours, with what to do; ProviderError
 * when it cannot be reached.
 */
export async function openLiveSource(
  facts: ConnectionFacts,
  options: LiveSourceOptions,
): Promise<RefreshSource> {
  const { signal, onProgress } = options;
  const connection = await openConnection(facts, {
    applicationName: APPLICATION,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    refuseNewer(connection);
    await beginReading(connection);
    await refuseObstacles(connection, options.not);
    const excess = await excessRights(connection);
    if (excess !== undefined) onProgress(excess);
    return await source(facts, connection, options);
  } catch (error) {
    await connection.close();
    throw standbyAdvice(error);
  }
}

async function source(
  facts: ConnectionFacts,
  connection: Connection,
  { signal, onProgress, clientTools }: LiveSourceOptions,
): Promise<RefreshSource> {
  const moment = await readMoment(connection);
  if (moment.standby) onProgress(STANDBY);
  const schema = await readSourceSchema(connection);
  const signOfLife = setInterval(() => {
    connection.query('SELECT 1').catch(() => undefined);
  }, SIGN_OF_LIFE_MS);
  signOfLife.unref();
  const kind = moment.standby ? 'standby' : 'database';
  return {
    facts,
    snapshot: moment.snapshot,
    schema,
    takenAt: moment.takenAt,
    description: `live ${kind}, Postgres ${connection.serverVersion}`,
    sections: async () => {
      // pg_dump would say less plainly that the snapshot is gone.
      await connection.query('SELECT 1');
      const version = connection.serverVersion;
      return dumpSections({ facts, snapshot: moment.snapshot, version, clientTools, signal });
    },
    close: async () => {
      clearInterval(signOfLife);
      await connection.close();
    },
  };
}

const STANDBY =
  'The source is a standby: it may cancel what is read there when the primary removes old rows. hot_standby_feedback = on, or max_standby_streaming_delay = -1 for the time of the refresh, prevents that.';

function refuseNewer({ serverVersion }: Connection): void {
  if (serverVersion <= NEWEST_VERSION) return;
  throw new UserError(
    `The source runs Postgres ${serverVersion}; Pullgres reads the schema of ${NEWEST_VERSION} and older.`,
    { hint: 'Use a newer version of Pullgres.' },
  );
}

async function beginReading(connection: Connection): Promise<void> {
  await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await connection.query(
    `SELECT pg_catalog.set_config(s.name, w.value, true)
     FROM pg_catalog.jsonb_each_text($1::pg_catalog.jsonb) AS w (name, value)
     JOIN pg_catalog.pg_settings AS s ON pg_catalog.lower(s.name) = pg_catalog.lower(w.name)`,
    [JSON.stringify(SETTINGS)],
  );
}

type Moment = { readonly snapshot: string; readonly takenAt: string; readonly standby: boolean };

/**
 * A standby has the rows as of the last commit that it replayed, which says less than the truth when the primary was
 * idle since, never more (docs: 9.28.4).
 */
async function readMoment(connection: Connection): Promise<Moment> {
  const { rows } = await connection.query(`
    SELECT pg_export_snapshot() AS snapshot, pg_is_in_recovery() AS standby,
      to_char(CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_xact_replay_timestamp(), now()) ELSE now() END AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at`);
  const [row] = rows;
  return { snapshot: String(row?.snapshot), takenAt: String(row?.at), standby: row?.standby === true };
}

/** A conflict with recovery (docs: 26.4.2) has SQLSTATE 40001. */
function standbyAdvice(error: unknown): unknown {
  if (!(error instanceof ServerError) || error.code !== '40001') return error;
  return new UserError('The standby cancelled what was read, because the primary removed old rows.', {
    hint: STANDBY,
    cause: error,
  });
}
