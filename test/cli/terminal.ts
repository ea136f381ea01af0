import { type ChildProcess, spawn } from 'node:child_process';

const MAIN = JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href);

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

export type Running = {
  readonly child: ChildProcess;
  readonly end: Promise<Ran>;
  readonly said: () => string;
};

/** Starts `pullgres …` from the sources, in a process of its own, with no more environment than is given. */
export function startPullgres(
  args: readonly string[],
  { environment = {}, folder }: { environment?: Record<string, string>; folder?: string } = {},
): Running {
  const script = `import { main } from ${MAIN}; await main(${JSON.stringify(args)});`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout?.on('data', (data) => (text.out += data));
  child.stderr?.on('data', (data) => (text.err += data));
  const end = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, ...text })));
  return { child, end, said: () => text.err };
}
