import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Row = {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly ok: boolean;
};

export type Run = { readonly elapsedMs: number; readonly peakBytes: number | undefined };

export type RunOptions = {
  readonly directory: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** The exit codes of a run that did what is measured; a crash is fast and must not pass for a run. */
  readonly expected: readonly number[];
};

/** Runs a program from spawn to exit, its output thrown away. Its peak memory is known on Linux only. */
export async function runTimed(
  program: string,
  args: readonly string[],
  { directory, environment = process.env, expected }: RunOptions,
): Promise<Run> {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  let peakBytes: number | undefined;
  // The high-water mark only rises, so what counts is to have looked shortly before the end.
  const watch = setInterval(() => {
    peakBytes = highWater(child.pid) ?? peakBytes;
  }, 5);
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 10_000) complaint += chunk;
  });
  const code = await new Promise<number | null>((done, fail) =>
    child.once('error', fail).once('close', done),
  ).finally(() => clearInterval(watch));
  const elapsedMs = performance.now() - started;
  if (code === null || !expected.includes(code))
    throw new Error(`${program} ${args.slice(0, 4).join(' ')} ended with ${code}\n${complaint}`);
  return { elapsedMs, peakBytes };
}

function highWater(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

export function print({ what, measured, against, ok }: Row): void {
  console.log(`${ok ? '✓' : '✗'} ${what.padEnd(34)} ${measured.padEnd(24)} ${against}`);
  if (!ok) process.exitCode = 1;
}
