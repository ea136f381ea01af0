import { spawn } from 'node:child_process';
import { ProviderError } from '../errors.ts';
import { serverEnvironment } from './programs.ts';
import type { Account } from './unprivileged.ts';

export type RunProgram = {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Over the small environment that server programs get. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly account?: Account | undefined;
  readonly directory?: string;
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Its process id as soon as it runs, and undefined once it has ended. */
  readonly onProcess?: ((id: number, running: boolean) => void) | undefined;
  /** Told each line of its standard error. */
  readonly onLine?: ((line: string) => void) | undefined;
};

export type Ran = { readonly code: number | null; readonly output: string; readonly errors: string };

/** Most characters that are kept of each stream: the beginning of the output, the end of the errors. */
const MAXIMUM_OUTPUT = 64 * 1024 * 1024;
const MAXIMUM_ERRORS = 200_000;
const KILL_AFTER_MS = 5_000;

/**
 * Runs a program of Postgres or of a backup tool to its end, whatever its exit code. What it says may hold values of
 * rows: show nothing of it that was not picked out. Throws ProviderError when it cannot be started, the signal's
 * reason when aborted, once the program is gone.
 */
export async function runProgram(request: RunProgram): Promise<Ran> {
  const { program, signal, account, directory = '/', input, onProcess, onLine } = request;
  signal?.throwIfAborted();
  const child = spawn(program, [...request.arguments], {
    ...account,
    cwd: directory,
    env: { ...serverEnvironment(), ...request.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) onProcess?.(child.pid, true);
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const output: string[] = [];
    let kept = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (kept < MAXIMUM_OUTPUT) output.push(text);
      kept += text.length;
    });
    const hear = errorLines(onLine);
    child.stderr.setEncoding('utf8').on('data', hear.data);
    // A program that ends early closes its input.
    child.stdin.on('error', () => undefined).end(input ?? '');
    const code = await ended(child, program);
    signal?.throwIfAborted();
    return { code, output: output.join(''), errors: hear.all() };
  } finally {
    clearTimeout(kill);
    signal?.removeEventListener('abort', end);
    if (child.pid !== undefined) onProcess?.(child.pid, false);
  }
}

function ended(child: ReturnType<typeof spawn>, program: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new ProviderError(`${program} cannot be started.`, { cause })));
    child.once('close', resolve);
  });
}

function errorLines(onLine: ((line: string) => void) | undefined): {
  data: (text: string) => void;
  all: () => string;
} {
  let all = '';
  let rest = '';
  return {
    data: (text) => {
      all = (all + text).slice(-MAXIMUM_ERRORS);
      if (onLine === undefined) return;
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-10_000);
      for (const line of lines) onLine(line);
    },
    all: () => all,
  };
}
