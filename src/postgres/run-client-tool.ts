import { type ChildProcess, spawn } from 'node:child_process';
import { basename } from 'node:path';
import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from './facts.ts';
import { serverEnvironment } from './programs.ts';
import { libpqEnvironment } from './url.ts';

export type RunClientTool = {
  /** Absolute path. */
  readonly program: string;
  /** Never a password: others on the machine can read arguments. */
  readonly args: readonly string[];
  /** The database that it connects to, by libpq's environment. */
  readonly facts?: ConnectionFacts | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of standard output; more is an error. */
  readonly outputLimit?: number | undefined;
};

const OUTPUT_LIMIT = 512 * 1024 * 1024;
/** What is kept of standard error: its end, where a program says why it stopped. */
const ERROR_LIMIT = 64 * 1024;
const KILL_AFTER_MS = 5_000;

/**
 * Runs pg_dump, pg_restore or their like, and gives its standard output as UTF-8. The password goes by environment
 * alone, and nothing else of our environment goes along. Throws ProviderError with what the program says, without
 * secrets, hosts and values; the signal's reason when aborted, after the whole process group is gone.
 */
export async function runClientTool(request: RunClientTool): Promise<string> {
  const { program, args, facts, signal } = request;
  signal?.throwIfAborted();
  const child = spawn(program, [...args], {
    cwd: '/',
    env: { ...serverEnvironment(), ...(facts === undefined ? {} : clientEnvironment(facts)) },
    // A group of its own: pg_dump --jobs and a wrapper's children are ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(child, 'SIGTERM');
    kill ??= setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const { output, errors, code } = await readToEnd(child, request.outputLimit ?? OUTPUT_LIMIT, end);
    signal?.throwIfAborted();
    if (code === 0) return output;
    throw new ProviderError(`${basename(program)} failed: ${cleaned(errors, facts) || `status ${code}`}`, {
      hint: 'What it says stands above, without names of hosts and without values.',
    });
  } finally {
    signal?.removeEventListener('abort', end);
    clearTimeout(kill);
  }
}

/** Nobody's own password file or service file, messages in English, UTF-8; the home for the certificate that verify-full asks for. */
function clientEnvironment(facts: ConnectionFacts): Record<string, string> {
  const { DATABASE_URL: _, ...libpq } = libpqEnvironment(facts);
  const home = process.env.HOME;
  return {
    ...libpq,
    PGPASSFILE: '/dev/null',
    PGAPPNAME: 'pullgres refresh',
    PGCLIENTENCODING: 'UTF8',
    PGCONNECT_TIMEOUT: '15',
    ...(home === undefined ? {} : { HOME: home }),
  };
}

/** The database as pg_restore's --dbname takes it: a connection string, so that no name can be read as another one (docs: 34.1.1.1). */
export function databaseArgument({ database }: ConnectionFacts): string {
  return `--dbname=dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

type Ended = { readonly output: string; readonly errors: string; readonly code: number | null };

function readToEnd(child: ChildProcess, limit: number, end: () => void): Promise<Ended> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit) chunks.push(chunk);
    else end();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-ERROR_LIMIT);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ProviderError(`${basename(child.spawnfile)} cannot be run (${error.code}).`, {
          hint: 'Check that the Postgres client programs are installed and executable.',
        }),
      ),
    );
    child.once('close', (code) => {
      if (bytes > limit)
        reject(new ProviderError(`${basename(child.spawnfile)} wrote more than ${limit} bytes.`));
      else resolve({ output: Buffer.concat(chunks).toString(), errors, code });
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended before us.
  }
}

/** Lines in which a program repeats rows or whole statements, and what follows them until it speaks again. */
const REPEATS =
  /^(?:pg_\w+: )?(?:detail: Query was|Command was|DETAIL|CONTEXT|STATEMENT|QUERY|HINT|LINE \d+)\b/i;
/** What is quoted after these words is a name of the schema. */
const NAMED =
  /\b(?:table|relation|schema|column|database|role|user|type|function|extension|constraint|index|sequence|view|object|parameter|publication|snapshot) $/i;

/** What the program says went wrong, fit for a log. */
export function cleaned(errors: string, facts: ConnectionFacts | undefined): string {
  const kept: string[] = [];
  let repeats = false;
  for (const line of errors.split(/\r?\n/)) {
    const speaks = /^pg_\w+: /.test(line);
    if (REPEATS.test(line)) repeats = true;
    else if (speaks) repeats = false;
    if (!repeats && speaks && /error|fatal/i.test(line)) kept.push(withoutValues(line));
  }
  const secrets = facts === undefined ? [] : [facts.password.reveal(), facts.host];
  const text = secrets
    .filter((secret) => secret !== '')
    .reduce((result, secret) => result.replaceAll(secret, '***'), kept.slice(-5).join(' '));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal or a log would obey them.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 1_000);
}

function withoutValues(line: string): string {
  return line
    .replaceAll(/"(?:[^"]|"")*"/g, (quoted, at: number) => (NAMED.test(line.slice(0, at)) ? quoted : '"…"'))
    .replaceAll(/'(?:[^']|'')*'/g, "'…'")
    .replaceAll(/\((?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)\)/gi, '(…)');
}
