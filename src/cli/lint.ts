import type { Evidence } from '../evidence/schema.ts';
import { lintHere } from '../operations/at-terminal.ts';
import type { Command, ExitCode } from './main.ts';
import { changeOptions, formatOf, readArguments } from './options.ts';
import { inTerminal, print } from './terminal-world.ts';

const HELP = `Usage: pullgres lint [options] [FILE ...]

Finds the statements of your migrations that would lock, rewrite or scan a table in use, and says
what that does to the running application and what to write instead. Needs no database. What every
statement locks, also without a finding, is in --format json.

  pullgres lint                                 every migration of this repository
  pullgres lint --changed-since origin/main     only what this branch adds
  pullgres lint db/migrations/0042_index.sql    these files, as one change to an unknown schema

  --changed-since COMMIT   judge only what the working tree adds to it; the rest is the schema
  --migrations DIRECTORY   where the migrations stand (found when left out)
  --tool TOOL              auto, sql, dbmate or prisma
  --postgres VERSION       13 to 18, default the policy's, else 18
  --format FORMAT          text or json

Exit codes: 0 clean, 1 a finding fails the policy, 2 a file could not be judged.
`;

const OPTIONS = {
  'changed-since': { type: 'string' },
  migrations: { type: 'string' },
  tool: { type: 'string' },
  postgres: { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const format = formatOf(values.format);
  const options = changeOptions(values);
  const evidence = await inTerminal((world) => lintHere(world, positionals, options));
  print(evidence, format);
  return exitCode(evidence);
}

/** A file that does not parse could not be judged, whatever the others say. */
function exitCode({ lint, verdict }: Evidence): ExitCode {
  if ((lint?.problems.length ?? 0) > 0 || verdict.conclusion === 'unproven') return 2;
  return verdict.conclusion === 'fail' ? 1 : 0;
}

export const lintCommand: Command = {
  summary: 'Find statements that would lock, rewrite or scan a table in use. No database needed.',
  help: HELP,
  run,
};
