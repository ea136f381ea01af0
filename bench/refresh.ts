import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { byteWords } from '../src/byte-words.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer } from '../src/postgres/server.ts';
import { libpqEnvironment } from '../src/postgres/url.ts';
import { onDatabase } from '../test/support/refresh.ts';
import { CREATE, fill, INDEXES, TABLE } from './refresh-table.ts';
import { median, type Row, type Run, runTimed } from './timing.ts';

const DEBIAN = '/usr/lib/postgresql/15/bin';
/** Rows: PULLGRES_BENCH_ROWS. With few of them the start of the process weighs more than the rows. */
const ROWS = Number(process.env.PULLGRES_BENCH_ROWS ?? 2_000_000);
const RUNS = Number(process.env.PULLGRES_BENCH_RUNS ?? 2);
const MOST_RATIO = 1.5;
const MOST_MEMORY = 200 * 1024 * 1024;

type World = {
  readonly admin: ConnectionFacts;
  readonly source: ConnectionFacts;
  readonly programs: string | undefined;
};

/** The masked refresh beside the same rows unmasked through psql's pipe, and beside pg_dump | pg_restore, each with six indexes. */
export async function* refreshRows(): AsyncGenerator<Row> {
  const programs = await access(join(DEBIAN, 'pg_dump')).then(
    () => DEBIAN,
    () => undefined,
  );
  const directory = await mkdtemp(join(tmpdir(), 'pullgres-bench-refresh-'));
  const binaries = await findBinaries(
    programs === undefined
      ? { cacheDirectory: join(tmpdir(), 'pullgres-bench-cache') }
      : { cacheDirectory: directory, directory: programs },
  );
  const settings = {
    fsync: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    shared_buffers: '512MB',
    max_wal_size: '8GB',
    autovacuum: 'off',
  };
  const server = await startServer({ binaries, directory: join(directory, 'server'), settings });
  try {
    const source = { ...server.facts, database: 'source' };
    await onDatabase(server.facts, (connection) => connection.query('CREATE DATABASE source'));
    await onDatabase(source, async (connection) => {
      await connection.script(`${CREATE}; ${fill(ROWS)}`);
      for (const { sql } of INDEXES) await connection.query(sql);
      await connection.script(`VACUUM (ANALYZE) ${TABLE}`);
    });
    yield* measured({ admin: server.facts, source, programs });
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function* measured(world: World): AsyncGenerator<Row> {
  const times = {
    masked: [] as number[],
    clear: [] as number[],
    one: [] as number[],
    raw: [] as number[],
    dump: [] as number[],
  };
  const cpu = { masked: [] as number[], raw: [] as number[] };
  let peak = 0;
  let disk = 0;
  for (let run = 0; run < RUNS; run++) {
    // They take turns, so that a busy machine slows all.
    if (world.programs !== undefined)
      times.raw.push(await inTarget(world, (to) => withCpu(world, cpu.raw, () => rawPipe(world, to))));
    const clear = await inTarget(world, (to) => pipeline(world, to, ['rows', 'keys'], 2));
    times.clear.push(clear.elapsedMs);
    const watched = await inTarget(world, (to) =>
      watchDisk(to, () =>
        withCpu(world, cpu.masked, () => pipeline(world, to, ['rows', 'masks', 'keys'], 2)),
      ),
    );
    times.masked.push(watched.run.elapsedMs);
    peak = Math.max(peak, watched.run.peakBytes ?? 0);
    disk = Math.max(disk, watched.peak / watched.end);
    times.one.push(
      (await inTarget(world, (to) => pipeline(world, to, ['rows', 'masks', 'keys'], 1))).elapsedMs,
    );
    if (world.programs !== undefined)
      times.dump.push(await inTarget(world, (to) => dumpAndRestore(world, to)));
  }
  const masked = median(times.masked);
  const rows = `${(ROWS / 1e6).toFixed(1)} M rows`;
  yield* [
    against(`refresh ${rows} / raw pipe`, masked, times.raw, 'psql | psql and the same indexes'),
    against(
      'the same without masks / raw pipe',
      median(times.clear),
      times.raw,
      'what the pipeline itself costs',
    ),
    against(`refresh ${rows} / dump | restore`, masked, times.dump, 'pg_dump | pg_restore of Postgres 15'),
    {
      what: 'refresh / raw pipe, CPU of the server',
      measured:
        cpu.raw.length === 0 ? 'not measured' : `${(median(cpu.masked) / median(cpu.raw)).toFixed(2)} ×`,
      against: `${median(cpu.masked).toFixed(1)} s of CPU, which other work on the machine does not change`,
      ok: true,
    },
    {
      what: 'refresh, 1 worker / 2 workers',
      measured: `${(median(times.one) / masked).toFixed(2)} ×`,
      against: `${(median(times.one) / 1000).toFixed(1)} s and ${(masked / 1000).toFixed(1)} s, both servers on this machine`,
      ok: true,
    },
    {
      what: 'refresh, peak memory',
      measured: byteWords(peak),
      against: `limit ${byteWords(MOST_MEMORY)}`,
      ok: peak < MOST_MEMORY,
    },
    {
      what: 'refresh, peak disk',
      measured: `${disk.toFixed(2)} ×`,
      against: 'the finished database, with WAL and temporary files',
      ok: disk < 2,
    },
  ];
}

function against(what: string, masked: number, others: readonly number[], name: string): Row {
  if (others.length === 0)
    return {
      what,
      measured: 'not measured',
      against: `${name}: Debian’s client tools are missing`,
      ok: true,
    };
  const ratio = masked / median(others);
  return {
    what,
    measured: `${ratio.toFixed(2)} ×`,
    against: `${(masked / 1000).toFixed(1)} s / ${(median(others) / 1000).toFixed(1)} s (${name}), limit ${MOST_RATIO}`,
    ok: ratio <= MOST_RATIO,
  };
}

/** Adds the seconds of CPU that backends took which ended meanwhile: the kernel counts them for the postmaster (proc(5), cutime). */
async function withCpu<T>({ admin }: World, seconds: number[], work: () => Promise<T>): Promise<T> {
  const file = await onDatabase(admin, (connection) =>
    connection.query("SELECT pg_read_file('postmaster.pid') AS text"),
  );
  const pid = Number.parseInt(String(file.rows[0]?.text), 10);
  const read = async (): Promise<number> => {
    const fields =
      (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[13]) + Number(fields[14])) / 100;
  };
  const before = await read();
  const result = await work();
  seconds.push((await read()) - before);
  return result;
}

/** A new database for one run, and none of it left. */
async function inTarget<T>({ admin }: World, work: (to: ConnectionFacts) => Promise<T>): Promise<T> {
  await onDatabase(admin, (connection) => connection.query('CREATE DATABASE target TEMPLATE template0'));
  try {
    return await work({ ...admin, database: 'target' });
  } finally {
    await onDatabase(admin, (connection) => connection.query('DROP DATABASE target'));
  }
}

async function pipeline(
  world: World,
  to: ConnectionFacts,
  steps: readonly string[],
  workers: number,
): Promise<Run> {
  if (steps.includes('rows')) await onDatabase(to, (connection) => connection.script(CREATE));
  const plain = (facts: ConnectionFacts) => ({ ...facts, password: facts.password.reveal() });
  const task = JSON.stringify({ steps, workers, from: plain(world.source), to: plain(to) });
  return runTimed(process.execPath, [join(import.meta.dirname, 'refresh-process.ts')], {
    directory: resolve(import.meta.dirname, '..'),
    environment: { ...process.env, PULLGRES_BENCH_REFRESH: task },
    expected: [0],
  });
}

async function piped(
  from: readonly string[],
  to: readonly string[],
  world: World,
  target: ConnectionFacts,
): Promise<number> {
  const begun = performance.now();
  const run = (args: readonly string[], facts: ConnectionFacts, stdin: 'ignore' | NodeJS.ReadableStream) =>
    spawn(join(world.programs ?? '', args[0] ?? ''), args.slice(1), {
      env: { ...process.env, ...libpqEnvironment(facts) },
      stdio: [stdin as 'ignore', stdin === 'ignore' ? 'pipe' : 'ignore', 'inherit'],
    });
  const left = run(from, world.source, 'ignore');
  if (left.stdout === null) throw new Error('the first program has no output');
  const right = run(to, target, left.stdout);
  left.stdout.destroy();
  const codes = await Promise.all([once(left, 'exit'), once(right, 'exit')]);
  if (codes.some(([code]) => code !== 0)) throw new Error(`${from[0]} | ${to[0]} failed`);
  return performance.now() - begun;
}

async function rawPipe(world: World, to: ConnectionFacts): Promise<number> {
  await onDatabase(to, (connection) => connection.script(CREATE));
  const rows = await piped(
    ['psql', '-qXc', `COPY ${TABLE} TO STDOUT`],
    ['psql', '-qXc', `COPY ${TABLE} FROM STDIN`],
    world,
    to,
  );
  return rows + (await pipeline(world, to, ['keys'], 2)).elapsedMs;
}

async function dumpAndRestore(world: World, to: ConnectionFacts): Promise<number> {
  const dumped = await piped(
    ['pg_dump', '--format=custom', '--compress=0'],
    ['pg_restore', '--dbname', to.database],
    world,
    to,
  );
  const begun = performance.now();
  await onDatabase(to, (connection) => connection.script(`ANALYZE ${TABLE}`));
  return dumped + performance.now() - begun;
}

const USED = `SELECT pg_database_size('target') + (SELECT coalesce(sum(size), 0) FROM pg_ls_tmpdir()) + (SELECT sum(size) FROM pg_ls_waldir()) AS bytes`;

async function watchDisk(
  to: ConnectionFacts,
  work: () => Promise<Run>,
): Promise<{ run: Run; peak: number; end: number }> {
  return onDatabase({ ...to, database: 'postgres' }, async (connection) => {
    const before = Number(
      (await connection.query('SELECT sum(size) AS bytes FROM pg_ls_waldir()')).rows[0]?.bytes,
    );
    let peak = 0;
    const look = async (): Promise<void> => {
      const { rows } = await connection.query(USED);
      peak = Math.max(peak, Number(rows[0]?.bytes) - before);
    };
    const timer = setInterval(() => void look().catch(() => undefined), 500);
    try {
      const run = await work();
      await look();
      const end = await connection.query("SELECT pg_database_size('target') AS bytes");
      return { run, peak, end: Number(end.rows[0]?.bytes) };
    } finally {
      clearInterval(timer);
    }
  });
}
