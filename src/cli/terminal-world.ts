import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inert } from '../runner/inert.ts';
import type { World } from '../runner/world.ts';

export type TerminalWorld = { readonly world: World; readonly dispose: () => Promise<void> };

/** A world for a person at a terminal: progress goes to standard error, so that standard output is the result alone. */
export async function createTerminalWorld(options: { verbose: boolean }): Promise<TerminalWorld> {
  const temporary = await mkdtemp(join(tmpdir(), 'pullgres-'));
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('cancelled'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
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
    await rm(temporary, { recursive: true, force: true });
  };
  return { world, dispose };
}
