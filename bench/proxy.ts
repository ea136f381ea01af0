import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { findBinaries } from '../src/postgres/binaries.ts';
import { openConnection } from '../src/postgres/connection.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer } from '../src/postgres/server.ts';
import { libpqEnvironment } from '../src/postgres/url.ts';
import type { Row } from './timing.ts';

const TURNS = 5;
const COPY_TURNS = 3;
const STATEMENTS = 10_000;
/** Each with a look at the locks: fewer show it as well. */
const WATCHED = 1_000;
const STATEMENT_LIMIT = 1.5;
const COPY_BYTES = 1_000_000_000;
const COPY_LIMIT = 1.1;
const MEMORY_LIMIT = 150e6;

/** What is sent 10,000 times. `fresh` ones have no shape in common, so each of them is watched. */
const SMALL: readonly {
  readonly what: string;
  readonly before: string;
  readonly sql: (n: number) => string;
  readonly limited: boolean;
}[] = [
  { what: 'lone SELECTs that read no table', before: '', sql: (n) => `select ${n};`, limited: true },
  { what: 'lone INSERTs', before: '', sql: (n) => `insert into small values (${n});`, limited: true },
  {
    what: 'INSERTs in a transaction',
    before: 'begin;',
    sql: (n) => `insert into small values (${n});`,
    limited: true,
  },
  {
    what: 'INSERTs, each watched',
    before: 'begin;',
    sql: (n) => `insert into small /* ${n} */ values (${n});`,
    limited: false,
  },
];

/**
 * The recording proxy, a process of its own, beside the server alone: psql sends 10,000 small statements, then a COPY of
 * 1 GB each way. Direct and through take turns; the quickest turn of each counts, since a busy machine only slows.
 */
export async function* proxyRows(root: string): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-proxy-'));
  const server = await startServer({
    binaries: await findBinaries({ cacheDirectory: join(folder, 'cache') }),
    directory: join(folder, 'server'),
  });
  const proxy = await startProxyProcess(root, server.facts);
  try {
    await psql(server.facts, ['-c', 'create table small (n int)']);
    for (const { what, before, sql, limited } of SMALL) {
      const script = join(folder, 'small.sql');
      const count = limited ? STATEMENTS : WATCHED;
      const body = Array.from({ length: count }, (_, n) => sql(n)).join('\n');
      const after = before === '' ? '' : 'commit;';
      await writeFile(script, `truncate small;\n${before}\n${body}\n${after}\n`);
      const [direct, through] = await inTurns(TURNS, server.facts, proxy.facts, ['-f', script]);
      const ratio = through / direct;
      const each = ((through - direct) / count).toFixed(3);
      yield {
        what: `proxy: ${count.toLocaleString('en')} ${what}`,
        measured: `${ratio.toFixed(2)} × direct, ${each} ms each`,
        against: limited
          ? `${direct.toFixed(0)} ms direct, limit ${STATEMENT_LIMIT} ×`
          : `${direct.toFixed(0)} ms direct, no limit: a look at each`,
        ok: !limited || ratio <= STATEMENT_LIMIT,
      };
    }
    yield* copyRows(server.facts, proxy.facts);
    const peak = proxy.peakBytes();
    yield {
      what: 'proxy: memory',
      measured: `${(peak / 1e6).toFixed(0)} MB at most`,
      against: `limit ${MEMORY_LIMIT / 1e6} MB, whatever a COPY moves`,
      ok: peak <= MEMORY_LIMIT,
    };
  } finally {
    await proxy.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rows of 100 bytes, made by the server; and the same bytes back into a table without log. */
async function* copyRows(direct: ConnectionFacts, proxy: ConnectionFacts): AsyncGenerator<Row> {
  const rows = Math.round(COPY_BYTES / 100);
  const line = 'x'.repeat(99);
  const out = ['-c', `copy (select repeat('x', 99) from generate_series(1, ${rows})) to stdout`];
  const into = ['-c', 'begin', '-c', 'truncate sink', '-c', '\\copy sink from pstdin', '-c', 'commit'];
  await psql(direct, ['-c', 'create unlogged table sink (line text)']);
  for (const [what, args, input] of [
    ['COPY of 1 GB out', out, undefined],
    ['COPY of 1 GB in', into, { line: `${line}\n`, rows }],
  ] as const) {
    const [alone, through] = await inTurns(COPY_TURNS, direct, proxy, args, input);
    const ratio = through / alone;
    yield {
      what: `proxy: ${what}`,
      measured: `${ratio.toFixed(2)} × direct`,
      against: `${(alone / 1000).toFixed(1)} s direct, limit ${COPY_LIMIT} ×`,
      ok: ratio <= COPY_LIMIT,
    };
  }
}

type Input = { readonly line: string; readonly rows: number };

async function inTurns(
  turns: number,
  direct: ConnectionFacts,
  proxy: ConnectionFacts,
  args: readonly string[],
  input?: Input,
): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn += 1) {
    times[0].push(await psql(direct, args, input));
    times[1].push(await psql(proxy, args, input));
  }
  return [Math.min(...times[0]), Math.min(...times[1])];
}

/** Milliseconds. */
async function psql(facts: ConnectionFacts, args: readonly string[], input?: Input): Promise<number> {
  const begun = performance.now();
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args], {
    env: { ...process.env, ...libpqEnvironment(facts) },
    stdio: [input ? 'pipe' : 'ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (input && child.stdin) {
    const block = Buffer.from(input.line.repeat(1_000));
    for (let sent = 0; sent < input.rows; sent += 1_000)
      if (!child.stdin.write(block)) await new Promise((resolve) => child.stdin?.once('drain', resolve));
    child.stdin.end();
  }
  const code = await ended;
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  return performance.now() - begun;
}

/** As it is shipped: from source, what strips the types takes a third of the memory. */
async function bundled(root: string, folder: string): Promise<string> {
  const outfile = join(folder, 'proxy.mjs');
  await build({
    entryPoints: [join(root, 'bench', 'proxy-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as __makeRequire } from 'node:module';\nimport { dirname as __at } from 'node:path';\nimport { fileURLToPath as __of } from 'node:url';\nconst require = __makeRequire(import.meta.url);\nconst __filename = __of(import.meta.url);\nconst __dirname = __at(__filename);",
    },
    define: { __PULLGRES_VERSION__: '"bench"' },
  });
  await copyFile(join(root, 'dist', 'libpg-query.wasm'), join(folder, 'libpg-query.wasm'));
  return outfile;
}

/** The proxy in a process of its own, so that its memory is its own and it shares no event loop with the bench. */
async function startProxyProcess(root: string, facts: ConnectionFacts) {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-bundle-'));
  const admin = await openConnection(facts, { applicationName: 'bench' });
  await admin.close();
  const environment = libpqEnvironment(facts);
  const child = spawn(process.execPath, [await bundled(root, folder)], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = await new Promise<[Buffer]>((resolve) =>
    child.stdout.once('data', (chunk) => resolve([chunk])),
  );
  const told: { port: number; password: string } = JSON.parse(first.toString());
  const { Secret } = await import('../src/secret.ts');
  return {
    facts: {
      ...facts,
      host: '127.0.0.1',
      port: told.port,
      password: new Secret(told.password),
      sslmode: 'disable' as const,
    },
    peakBytes: () =>
      Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    stop: async () => {
      child.stdin.end();
      await new Promise((resolve) => child.once('close', resolve));
      await rm(folder, { recursive: true });
    },
  };
}
