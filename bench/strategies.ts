import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMON_DOMAINS } from '../src/masking/domain.ts';
import { settingOf } from '../src/masking/keys.ts';
import type { SourceType } from '../src/masking/source.ts';
import { compileStrategy } from '../src/masking/strategies/compile.ts';
import type { Strategy } from '../src/masking/strategy.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import { type Connection, openConnection } from '../src/postgres/connection.ts';
import { startServer } from '../src/postgres/server.ts';
import { columnOf, TYPES, tableOf } from '../test/support/mask-columns.ts';
import type { Row } from './timing.ts';

const ROWS = 500_000;
const TURNS = 3;

/** Microseconds for a value that the strategies of most columns should stay under. */
const LIMIT = 3;

type Case = readonly [column: string, Strategy, SourceType, limited?: boolean];

const CASES: readonly Case[] = [
  ['email', { as: 'email' }, TYPES.text, true],
  ['name', { as: 'name' }, TYPES.text, true],
  ['phone', { as: 'phone' }, TYPES.text, true],
  ['digits', { as: 'digits' }, TYPES.text, true],
  ['number', { as: 'digits' }, TYPES.int4, true],
  ['name', { as: 'username' }, TYPES.text],
  ['address', { as: 'address' }, TYPES.text],
  ['digits', { as: 'code' }, TYPES.text],
  ['card', { as: 'digits', check: 'luhn', keep: 6 }, TYPES.text],
  ['note', { as: 'text' }, TYPES.text],
  ['id', { as: 'uuid' }, TYPES.uuid],
  ['born', { as: 'shift', days: 30 }, TYPES.date],
  ['seen', { as: 'shift', days: 30 }, TYPES.timestamptz],
  ['number', { as: 'noise', ratio: 0.1 }, TYPES.int4],
  ['address_v4', { as: 'ip' }, TYPES.inet],
  [
    'document',
    { as: 'json', paths: [{ path: ['email'], strategy: { as: 'email' } }], otherwise: 'clear' },
    TYPES.jsonb,
  ],
];

const TABLE = `CREATE UNLOGGED TABLE people AS SELECT i::int AS number, 'user' || i || '.name@mail' || (i % 50) || '.com' AS email,
  'Smithson' || pg_catalog.chr(97 + i % 26) AS name, '+49' || (1711234567 + i::bigint * 37) AS phone,
  pg_catalog.lpad((i::bigint * 7919)::text, 10, '0') AS digits, pg_catalog.lpad((4111110000000000 + i)::text, 16, '0') AS card,
  'Main Street ' || i AS address, pg_catalog.repeat('Lorem ipsum dolor sit amet, ', 5) || i AS note,
  pg_catalog.md5(i::text)::uuid AS id, '1950-01-01'::date + i % 20000 AS born, now() + i * interval '1 second' AS seen,
  '10.0.0.0'::inet + i AS address_v4, pg_catalog.jsonb_build_object('email', 'u' || i || '@corp.org', 'theme', 'dark') AS document
  FROM pg_catalog.generate_series(1, ${ROWS}) AS g(i)`;

/** Each strategy's time for a value: 500,000 rows through one backend, less the time of the column as it is, the quickest of three turns. */
export async function* strategyRows(): AsyncGenerator<Row> {
  const directory = await mkdtemp(join(tmpdir(), 'pullgres-bench-strategies-'));
  const server = await startServer({
    binaries: await findBinaries({ cacheDirectory: join(tmpdir(), 'pullgres-bench-cache') }),
    directory,
  });
  try {
    const connection = await openConnection(server.facts, { applicationName: 'pullgres bench' });
    await connection.query("SET jit = 'off'"); // As the refresh does.
    for (const domain of ['bench', ...COMMON_DOMAINS]) {
      await connection.query('SELECT set_config($1, $2, false)', [settingOf(domain), 'ab'.repeat(32)]);
    }
    await connection.query('SET max_parallel_workers_per_gather = 0');
    await connection.query(TABLE);
    await connection.query('VACUUM ANALYZE people');
    for (const one of CASES) yield await measured(connection, one);
    await connection.close();
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measured(connection: Connection, [name, strategy, type, limited = false]: Case): Promise<Row> {
  const column = columnOf(type, { name });
  const compiled = compileStrategy(strategy, { column, table: tableOf([column]), domain: 'bench' });
  if ('refusal' in compiled) throw new Error(compiled.refusal.why);
  const clear = await quickest(connection, `"${name}"`);
  const masked = await quickest(connection, compiled.sql);
  const cost = ((masked - clear) * 1000) / ROWS;
  return {
    what: `mask ${JSON.stringify(strategy).slice(0, 60)} of ${type.sql}`,
    measured: `${cost.toFixed(2)} µs a value`,
    against: limited ? `limit ${LIMIT} µs on a quiet machine` : `${compiled.sql.length} characters of SQL`,
    ok: !limited || cost < LIMIT,
  };
}

/** Milliseconds, by the server's own clock, without the way to the client. */
async function quickest(connection: Connection, expression: string): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const { rows } = await connection.query(
      `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) SELECT ${expression} FROM people`,
    );
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    times.push(Number(/Execution Time: ([0-9.]+)/.exec(plan)?.[1]));
  }
  return Math.min(...times);
}
