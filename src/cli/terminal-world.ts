import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inert } from '../runner/inert.ts';
import type { World } from '../runner/world.ts';

/** Ctrl-C, or nobody reads any more. Everything that was started is stopped by the time this is thrown. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

type TerminalWorld = { readonly world: World; readonly dispose: () => Promise<void> };

/** A world for a person at a terminal: progress goes to standard error, so that standard output is the result alone. */
async function createTerminalWorld(options: { verbose: boolean }): Promise<TerminalWorld> {
  const temporary = await mkdtemp(join(tmpdir(), 'pullgres-'));
  const controller = new AbortController();
  const stop = () => controller.abort(new Cancelled('cancelled'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop);
  const secrets = new Set<string>();
  const say = (text: string) => {
    let safe = inert(text);
    for (const secret of secrets) safe = safe.replaceAll(secret, '***');
    process.stderr.write(`${safe}\n`);
  };
  const world: World = {
    environment: process.env,
    workspace: process.cwd(),
    temporary,
    now: () => new Date(),
    signal: controller.signal,
    info: say,
    warning: (text) => say(`warning: ${text}`),
    debug: (text) => options.verbose && say(text),
    group: (title, work) => {
      say(title);
      return work();
    },
    mask: (secret) => {
      const text = secret.reveal();
      if (text !== '') secrets.add(text).add(encodeURIComponent(text));
    },
    annotate: () => {},
    summary: async () => {},
    output: () => {},
    saveState: () => {},
  };
  const dispose = async () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    for (const stream of [process.stdout, process.stderr]) stream.off('error', stop);
    await rm(temporary, { recursive: true, force: true });
  };
  return { world, dispose };
}

/**
 * Gives `work` a world and clears it away, whatever happens.
 * @throws Cancelled, whatever `work` made of the abort.
 */
export async function inTerminal<T>(work: (world: World) => Promise<T>): Promise<T> {
  const { world, dispose } = await createTerminalWorld({ verbose: false });
  try {
    const result = await work(world);
    world.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw world.signal.aborted ? world.signal.reason : error;
  } finally {
    await dispose();
  }
}

/** Writes a part of the result to standard output, and waits while its reader is behind. */
export async function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text) || process.stdout.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) process.stdout.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) process.stdout.on(event, done);
  });
}
