import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { commandEnvironment } from './environment.ts';
import { splitLines } from './lines.ts';
import { endGroup } from './process-group.ts';
import { type Redact, redactor } from './redact.ts';

const TAIL_LINES = 200;

/** For the last output once no process of the group is left: one that left the group may hold the pipe open. */
const DRAIN_MS = 1_000;

export type CommandRequest = {
  /** Maintainer text from the policy, run by `/bin/sh -c`. What varies reaches it by environment only. */
  readonly command: string;
  readonly directory: string;
  /** The job's environment; see `commandEnvironment` for what of it the command sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly facts: ConnectionFacts;
  /** Set over all else. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called for each line of output as it comes: redacted, at most 64 KiB. */
  readonly onLine: (line: string) => void;
};

/** How the command ended. Exactly one of `exitCode`, `signal` and `startFailure` is set, none if it was cancelled before it began. */
export type CommandOutcome = {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** Why the shell could not be started. */
  readonly startFailure: string | undefined;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  /** The last 200 lines of both streams, redacted. */
  readonly tail: readonly string[];
};

type Child = ChildProcessByStdio<null, Readable, Readable>;
type Ending = Pick<CommandOutcome, 'exitCode' | 'signal' | 'startFailure'>;

/**
 * Runs the team's command against the branch and streams its output. Its process group is ended whole on
 * cancel, on time-out and after the command itself has ended: nothing it put into the background stays.
 * Never throws for what the command does.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const began = performance.now();
  const environment = {
    ...commandEnvironment(request.environment, request.facts),
    ...request.variables,
  };
  const redact = redactor(request.facts.password.reveal(), environment.DATABASE_URL ?? '');
  const output = tailOf(request.onLine);
  const stop = stopper(request.timeoutMs, request.signal);
  const child = request.signal.aborted ? NOT_BEGUN : start(request, environment);
  const ending = 'startFailure' in child ? child : await supervise(child, stop, output.add, redact);
  stop.clear();
  return {
    ...ending,
    durationMs: performance.now() - began,
    timedOut: stop.reason() === 'time-out',
    cancelled: stop.reason() === 'cancel',
    tail: output.lines,
  };
}

const NOT_BEGUN: Ending = { exitCode: undefined, signal: undefined, startFailure: undefined };

/** `detached` makes the child the leader of its own process group (setsid), so that the group can be ended whole. */
function start(request: CommandRequest, env: Record<string, string>): Child | Ending {
  if (!existsSync(request.directory)) {
    return { ...NOT_BEGUN, startFailure: `the directory ${request.directory} does not exist` };
  }
  try {
    return spawn('/bin/sh', ['-c', request.command], {
      cwd: request.directory,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // Thrown rather than emitted: an environment too large (E2BIG), a NUL in the command.
    return { ...NOT_BEGUN, startFailure: error instanceof Error ? error.message : String(error) };
  }
}

async function supervise(child: Child, stop: Stopper, emit: (line: string) => void, redact: Redact) {
  const drained = Promise.all([child.stdout, child.stderr].map((stream) => follow(stream, emit, redact)));
  const exited = ended(child);
  await Promise.race([exited, stop.asked]);
  // From here on the clock and a cancel no longer change how the command ended.
  stop.clear();
  if (child.pid !== undefined) await endGroup(child.pid);
  const ending = await exited;
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  await drained;
  return ending;
}

function ended(child: Child): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ...NOT_BEGUN, startFailure: error.message }));
    child.once('exit', (exitCode, signal) =>
      resolve({ ...NOT_BEGUN, exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
}

function follow(stream: Readable, emit: (line: string) => void, redact: Redact): Promise<void> {
  const lines = splitLines(emit, redact);
  stream.on('data', lines.push);
  stream.on('error', () => stream.destroy());
  return new Promise((resolve) => {
    stream.once('close', () => {
      lines.end();
      resolve();
    });
  });
}

type Stopper = {
  /** Settles when the command is to be stopped. */
  readonly asked: Promise<void>;
  readonly reason: () => 'time-out' | 'cancel' | undefined;
  readonly clear: () => void;
};

function stopper(timeoutMs: number, signal: AbortSignal): Stopper {
  let reason: 'time-out' | 'cancel' | undefined = signal.aborted ? 'cancel' : undefined;
  let resolve = (): void => undefined;
  const asked = new Promise<void>((done) => {
    resolve = done;
  });
  const stop = (why: 'time-out' | 'cancel') => {
    reason ??= why;
    resolve();
  };
  const cancel = () => stop('cancel');
  const timer = setTimeout(() => stop('time-out'), timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  return {
    asked,
    reason: () => reason,
    clear: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    },
  };
}

function tailOf(onLine: (line: string) => void) {
  const lines: string[] = [];
  const add = (line: string) => {
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
    onLine(line);
  };
  return { lines, add };
}
