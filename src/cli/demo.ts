import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Command, ExitCode } from './command.ts';

const HELP = `Usage: pullgres demo [--rows N] [--output DIRECTORY]

Plays the life of one pull request on this machine: an embedded Postgres with a shop's
database, a pull request that would lock it, the safe form of it, the merge. Needs the
whole repository (npm ci first), no Docker, no network.

  --rows N            orders in the shop, default 200000
  --output DIRECTORY  where comment.md, summary.md and evidence.json go, default demo-output
`;

/** The script drives the committed bundles through the runner harness, so it lives with the tests' support code. */
function demoScript(): string {
  const candidates = [join(import.meta.dirname, '..'), join(import.meta.dirname, '..', '..')];
  const found = candidates.map((root) => join(root, 'scripts', 'demo.ts')).find((path) => existsSync(path));
  if (found) return found;
  throw new UserError('The demo needs the whole repository, and only dist/ is here.', {
    hint: 'Clone the repository, then run `npm ci && npm run demo`.',
  });
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const child = spawn(process.execPath, [demoScript(), ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return code === 0 ? 0 : 2;
}

export const demoCommand: Command = {
  help: HELP,
  run,
};
