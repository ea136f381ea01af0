import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type ActionsWorld, createActionsWorld } from './actions-world.ts';
import { describeFailure } from './failure.ts';
import type { World } from './world.ts';

/** Conventional exit code of a program ended by SIGINT: 128 + 2. */
const CANCELLED = 130;

/** How long handles may keep a cancelled process, in milliseconds: the runner's patience is already running out. */
const CANCELLED_LEAVE_MS = 500;

/** Milliseconds. The runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL (ProcessInvoker.cs). */
export type RunLimits = {
  /** How long `main` may clean up after a signal: shorter than the runner's 10 s, to end in our own words. */
  readonly cleanUpMs: number;
  /** How long handles that were left open may keep the process after its work. */
  readonly leaveMs: number;
};

export type RunOptions = Partial<RunLimits> & {
  /** Called once after an error has been told, unless the run was cancelled. At most `afterFailureMs`. */
  readonly afterFailure?: (world: World, error: unknown) => Promise<void>;
  readonly afterFailureMs?: number;
};

type Ending = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: unknown };

function tell(world: ActionsWorld, name: string, error: unknown): void {
  const { message, lines } = describeFailure(error, world.environment);
  world.say('error', message, name === 'pullgres' ? name : `pullgres ${name}`);
  for (const line of lines) world.info(line);
  if (error instanceof Error && error.cause !== undefined) world.debug(`Cause: ${inspect(error.cause)}`);
}

/**
 * What can end a run besides `main`: rejections and exceptions that nobody awaited, and an event loop that runs
 * empty while `main` still waits, which Node would take for success. After the end `onLate` hears of them.
 */
function watchStrays(hasEnded: () => boolean, onLate: (error: unknown) => void): Promise<Ending> {
  return new Promise((resolve) => {
    const take = (error: unknown) => (hasEnded() ? onLate(error) : resolve({ kind: 'failed', error }));
    process.on('unhandledRejection', take);
    process.on('uncaughtException', take);
    process.on('beforeExit', () => {
      if (!hasEnded()) take(new Error('The event loop ran empty before the work was done'));
    });
  });
}

function overdue(signal: AbortSignal, milliseconds: number): Promise<Ending> {
  return new Promise((resolve) => {
    const wait = () =>
      setTimeout(() => resolve({ kind: 'failed', error: signal.reason }), milliseconds).unref();
    signal.addEventListener('abort', wait, { once: true });
  });
}

function conclude(world: ActionsWorld, name: string, ending: Ending): void {
  if (world.signal.aborted) {
    world.info(`pullgres ${name}: cancelled`);
    if (ending.kind === 'failed' && ending.error !== world.signal.reason)
      world.debug(`It ended with: ${inspect(ending.error)}`);
    process.exitCode = CANCELLED;
  } else if (ending.kind === 'failed') {
    tell(world, name, ending.error);
    process.exitCode = 1;
  }
  world.tellDropped();
}

/** The hook's own failure is told like a second error; a hook that hangs is left behind. */
async function followUp(world: ActionsWorld, name: string, error: unknown, options: RunOptions) {
  if (options.afterFailure === undefined || world.signal.aborted) return;
  const tooLong = sleep(options.afterFailureMs ?? 20_000, undefined, { ref: false });
  const hook = options.afterFailure(world, error).catch((problem: unknown) => tell(world, name, problem));
  await Promise.race([hook, tooLong]);
}

/**
 * Runs an action: the one outer catch. `name` is the action's, for the log. Sets the process's exit code (0 done,
 * 1 failed, 130 cancelled) and lets it end by itself; only when something still holds it after `leaveMs` is it
 * ended by force, with a debug line that says what held it. Never rejects.
 */
export async function runAction(
  name: string,
  main: (world: World) => Promise<void>,
  options: RunOptions = {},
): Promise<void> {
  const { cleanUpMs = 9_000, leaveMs = 1_500 } = options;
  const world = createActionsWorld();
  let ended = false;
  const strays = watchStrays(
    () => ended,
    (error) => {
      tell(world, name, error);
      process.exitCode ||= 1;
    },
  );
  const work = (async () => main(world))().then(
    (): Ending => ({ kind: 'done' }),
    (error: unknown): Ending => ({ kind: 'failed', error }),
  );
  const ending = await Promise.race([work, strays, overdue(world.signal, cleanUpMs)]);
  ended = true;
  conclude(world, name, ending);
  if (ending.kind === 'failed') await followUp(world, name, ending.error, options);
  // The test harness measures from this line how long the process needs to end.
  world.debug(`pullgres ${name}: finished`);
  // Without a reference of its own, this fires only when something else keeps the process alive.
  const cancelled = world.signal.aborted;
  setTimeout(
    () => {
      // After a cancel nobody waits for what other code began, such as the pause that a rate limit asks for.
      if (!cancelled)
        world.debug(`pullgres ${name}: still open: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit();
    },
    cancelled ? Math.min(leaveMs, CANCELLED_LEAVE_MS) : leaveMs,
  ).unref();
}
