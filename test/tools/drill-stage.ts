import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binaries, findBinaries } from '../../src/postgres/binaries.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { runProgram } from '../../src/postgres/run-program.ts';
import type { Server } from '../../src/postgres/server.ts';
import { type Account, serverAccount } from '../../src/postgres/unprivileged.ts';
import { libpqEnvironment } from '../../src/postgres/url.ts';
import { type Drilled, type DrillRequest, runDrill } from '../../src/refresh/drill/drill.ts';
import type { DrillLimits } from '../../src/refresh/drill/limits.ts';
import type { Step } from '../../src/refresh/drill/steps.ts';
import type { Backup } from '../../src/refresh/restored.ts';
import { Secret } from '../../src/secret.ts';

/** A production of its own and a folder for its backups, which the server's user may write. */
export type Stage = {
  readonly binaries: Binaries;
  readonly server: Server;
  readonly folder: string;
  readonly database: (name: string, sql: string) => Promise<ConnectionFacts>;
  /** A client program of the server's version; it must end well. */
  readonly run: (program: string, facts: ConnectionFacts, ...options: string[]) => void;
  readonly drill: (
    backup: Backup,
    limits?: Partial<DrillLimits>,
    more?: Partial<DrillRequest>,
  ) => Promise<Drilled>;
  /** Starts production again, with its settings as they now are. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const SHOP = `
  create table customers (id bigint generated always as identity primary key, email text not null unique,
    created_at timestamptz not null default now());
  create table orders (id serial primary key, customer_id bigint references customers, note text);
  insert into customers (email) select 'person' || n || '@example.com' from generate_series(1, 5000) n;
  insert into orders (customer_id, note) select 1 + n % 5000, md5(n::text) from generate_series(1, 20000) n;
`;

const LIMITS: DrillLimits = {
  budgetMs: 300_000,
  timeZone: 'UTC',
  maxRowLoss: 20,
  freshness: [],
  assertions: [],
};

/** Debian's Postgres, which has all programs, with a cluster whose settings a backup must not bring along. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'drill-test-'));
  const account = await serverAccount();
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o755);
  const cacheDirectory = join(folder, 'cache');
  const binaries = await findBinaries({ directory: '/usr/lib/postgresql/15/bin', cacheDirectory });
  const server = await startSource(binaries, join(folder, 'source'), account);
  const run: Stage['run'] = (program, facts, ...options) => {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...libpqEnvironment(facts) };
    execFileSync(join(binaries.directory, program), options, {
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  return {
    binaries,
    server,
    folder,
    run,
    database: (name, sql) => makeDatabase(server.facts, name, sql),
    drill: async (backup, limits = {}, more = {}) => {
      const directory = mkdtempSync(join(folder, 'w'));
      chmodSync(directory, 0o755);
      const drilled = await runDrill({
        backup,
        limits: { ...LIMITS, ...limits },
        directory,
        cacheDirectory,
        now: new Date(),
        clock: () => performance.now(),
        ...more,
      });
      places.set(drilled, directory);
      return drilled;
    },
    restart: async () => {
      const options = [
        '-D',
        server.directory,
        '-w',
        '-m',
        'fast',
        '-l',
        join(server.directory, 'start.log'),
        'restart',
      ];
      const { code, errors } = await runProgram({
        program: join(binaries.directory, 'pg_ctl'),
        arguments: options,
        account,
      });
      assert.equal(code, 0, errors);
    },
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A production with page checksums, and with access rules that a restored copy must not obey. */
async function startSource(binaries: Binaries, data: string, account: Account | undefined): Promise<Server> {
  const program = (name: string, ...options: string[]) =>
    runProgram({ program: join(binaries.directory, name), arguments: options, account });
  const made = await program(
    'initdb',
    '-D',
    data,
    '-U',
    'postgres',
    '--data-checksums',
    '--no-sync',
    '-A',
    'trust',
    '--locale=C.UTF-8',
  );
  assert.equal(made.code, 0, made.errors);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: data,
    fsync: 'off',
    log_destination: 'stderr',
    logging_collector: 'on',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''));
  const started = await program('pg_ctl', '-D', data, '-w', '-l', join(data, 'start.log'), 'start');
  assert.equal(started.code, 0, started.errors);
  return {
    directory: data,
    facts: {
      host: '127.0.0.1',
      port,
      database: 'postgres',
      user: 'postgres',
      password: new Secret('x'),
      sslmode: 'disable',
    },
    stop: async () => {
      await program('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
    },
  };
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

async function makeDatabase(facts: ConnectionFacts, name: string, sql: string): Promise<ConnectionFacts> {
  const made = { ...facts, database: name };
  await onDatabase(facts, `create database ${name}`);
  await onDatabase(made, sql);
  return made;
}

export async function onDatabase(facts: ConnectionFacts, sql: string): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}

/** `name: status`, in order. */
export const told = ({ record }: Drilled): readonly string[] =>
  record.steps.map(({ name, status }) => `${name}: ${status}`);

export function stepOf({ record }: Drilled, name: string): Step {
  const step = record.steps.find((each) => each.name === name);
  assert.ok(step, `no step ${name} in ${JSON.stringify(record.steps)}`);
  return step;
}

export const failures = ({ record }: Drilled): readonly string[] =>
  record.steps.filter(({ status }) => status === 'failed').map(({ name }) => name);

const places = new Map<Drilled, string>();

/** Closes the drill, after which nothing of it may be in its folder. */
export async function gone(drilled: Drilled): Promise<void> {
  await drilled.close();
  assert.deepEqual(readdirSync(places.get(drilled) ?? ''), []);
}
