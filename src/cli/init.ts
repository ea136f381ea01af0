import { UserError } from '../errors.ts';
import { initHere } from '../operations/init.ts';
import { initOutput, leavesUnproven, leftAsItWas } from '../operations/init-output.ts';
import { TOOL_NAMES } from '../operations/terminal-options.ts';
import { inert } from '../runner/inert.ts';
import type { Command, ExitCode } from './command.ts';
import { oneOf, readArguments, toolList } from './options.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres init [options]

Writes what a repository needs to begin: .github/workflows/pullgres.yml and .github/pullgres.yml (the
policy). It looks for the migrations, for the Postgres of your compose files and workflows, and for your
tests; what is not certain is written as a comment. Run it at the top of the repository. It runs nothing,
asks no network, follows no links, and leaves a file that is there as it is.

  pullgres init --dry-run      print what would be written
  pullgres init                write it
  pullgres init --server       for branches on a server of your own, with the sweep

  --migrations DIRECTORY  where the migrations stand (found when left out)
  --tool TOOL             ${toolList(TOOL_NAMES, ' '.repeat(26))}
  --server                take PULLGRES_SERVER_URL from the secrets, and write the workflow that sweeps
  --force                 write over files that say something else
  --dry-run               write nothing

Exit codes: 0 done, 1 a file that says something else was kept or migrations are here that are not read,
2 could not begin.
`;

const OPTIONS = {
  tool: { type: 'string' },
  migrations: { type: 'string' },
  server: { type: 'boolean' },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS, { migrations: 'db/migrations' });
  if (positionals.length > 0) {
    throw new UserError('init takes no names.', {
      hint: 'Run it at the top of the repository; name the migrations by --migrations.',
    });
  }
  const begun = await inTerminal((world) =>
    initHere(world, {
      tool: oneOf('tool', values.tool, TOOL_NAMES) ?? 'auto',
      directory: values.migrations,
      server: values.server ?? false,
      force: values.force ?? false,
      dryRun: values['dry-run'] ?? false,
    }),
  );
  await writeOut(initOutput(begun, asCalled).split('\n').map(inert).join('\n'));
  return leftAsItWas(begun) || leavesUnproven(begun) ? 1 : 0;
}

/** The bundle's path as this run was called, for the repository at hand need not hold it. */
function asCalled(rest: string): string {
  const path = process.argv[1] ?? 'dist/cli.mjs';
  return `node ${/^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path)} ${rest}`;
}

export const initCommand: Command = { help: HELP, run };
