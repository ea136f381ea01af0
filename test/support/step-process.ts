import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { killTracked } from './processes.ts';

/** How long the runner waits after SIGINT and then after SIGTERM (actions/runner, ProcessInvoker.cs). */
export type CancelTimes = { readonly interruptMs: number; readonly terminateMs: number };
export const RUNNER_CANCEL_TIMES: CancelTimes = { interruptMs: 7_500, terminateMs: 2_500 };

export type StepProcessOptions = {
  readonly script: string;
  /** What runs the script, with its arguments; Node when left out. */
  readonly interpreter?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly onLine: (line: string) => void;
  readonly cancelAfterMs?: number | undefined;
  readonly cancelWhen?: ((line: string) => boolean) | undefined;
  readonly cancelTimes: CancelTimes;
  /** Killed after this time, whatever it does. */
  readonly limitMs: number;
  /** How long to wait for output that children hold open once the step has exited. */
  readonly drainMs: number;
};

/** Times are milliseconds of the wall clock. */
export type ProcessEnd = {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly startedAt: number;
  readonly exitedAt: number;
  readonly lastLineAt: number;
  /** Signals that the harness sent, in order. */
  readonly sent: readonly { readonly signal: NodeJS.Signals; readonly at: number }[];
  readonly overLimit: boolean;
  /** A child held the step's output open after its exit. */
  readonly outputHeld: boolean;
};

/** Calls `onLine` per line, broken as .NET's ReadLine does: LF, CRLF or a lone CR. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    rest += decoder.write(chunk);
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    const last = (rest + decoder.end()).replace(/\r$/, '');
    if (last !== '') onLine(last);
  });
}

function start(options: StepProcessOptions): ChildProcess {
  const [program = process.execPath, ...args] = options.interpreter ?? [];
  return spawn(program, [...args, options.script], {
    cwd: options.workspace,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

type Signaller = {
  readonly sent: { readonly signal: NodeJS.Signals; readonly at: number }[];
  readonly cancel: () => void;
  readonly kill: () => void;
  readonly later: (milliseconds: number, work: () => void) => void;
  readonly stop: () => void;
};

/** SIGINT, SIGTERM to the step's own process; SIGKILL to all that carry its tracking id. */
function createSignaller(child: ChildProcess, trackingId: string, times: CancelTimes): Signaller {
  const sent: Signaller['sent'] = [];
  const timers: NodeJS.Timeout[] = [];
  const later = (milliseconds: number, work: () => void) => void timers.push(setTimeout(work, milliseconds));
  const send = (signal: NodeJS.Signals) => {
    sent.push({ signal, at: Date.now() });
    child.kill(signal);
    if (signal === 'SIGKILL') killTracked(trackingId);
  };
  return {
    sent,
    later,
    kill: () => send('SIGKILL'),
    stop: () => timers.splice(0).forEach(clearTimeout),
    cancel: () => {
      if (sent.length > 0) return;
      send('SIGINT');
      later(times.interruptMs, () => send('SIGTERM'));
      later(times.interruptMs + times.terminateMs, () => send('SIGKILL'));
    },
  };
}

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly at: number };

function untilExit(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal, at: Date.now() }));
  });
}

/** Runs one script as the runner does, cancels it when asked, and says how it ended. */
export async function runStepProcess(options: StepProcessOptions): Promise<ProcessEnd> {
  const trackingId = options.environment.RUNNER_TRACKING_ID ?? '';
  const startedAt = Date.now();
  let lastLineAt = startedAt;
  let overLimit = false;
  let outputHeld = false;
  const child = start(options);
  const signals = createSignaller(child, trackingId, options.cancelTimes);

  const accept = (line: string) => {
    lastLineAt = Date.now();
    options.onLine(line);
    if (options.cancelWhen?.(line)) signals.cancel();
  };
  if (child.stdout) readLines(child.stdout, accept);
  if (child.stderr) readLines(child.stderr, accept);
  if (options.cancelAfterMs !== undefined) signals.later(options.cancelAfterMs, signals.cancel);
  signals.later(options.limitMs, () => {
    overLimit = true;
    signals.kill();
  });

  const closed = new Promise((resolve) => child.once('close', resolve));
  const exit = await untilExit(child);
  signals.stop();
  signals.later(options.drainMs, () => {
    outputHeld = true;
    killTracked(trackingId);
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  await closed;
  signals.stop();
  return {
    exitCode: exit.code ?? undefined,
    signal: exit.signal ?? undefined,
    startedAt,
    exitedAt: exit.at,
    lastLineAt,
    sent: signals.sent,
    overLimit,
    outputHeld,
  };
}
