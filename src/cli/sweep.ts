import { UserError } from '../errors.ts';
import { sweepAsJson, sweepAsText, sweepAtTerminal } from '../operations/sweep-at-terminal.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments } from './options.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres sweep --repository OWNER/NAME [options]

Shows what a sweep would remove from your branch server, and why; removes it with --apply.

  PULLGRES_SERVER_URL=postgres://… GITHUB_TOKEN=… pullgres sweep --repository tidewater/shop
      asks GitHub which pull requests are open; nothing changes

  PULLGRES_SERVER_URL=postgres://… GITHUB_TOKEN=… pullgres sweep --repository tidewater/shop --apply
      removes the branches of closed pull requests, those that are over, and what is left over

Without GITHUB_TOKEN GitHub is not asked, and no pull request's state is known: then only what nobody can need goes, such
as half-made databases and roles without one, and branches whose own time was over more than an hour ago. When GitHub is
asked and does not answer fully, those of unknown state stay, too.

  --server-url URL         instead of PULLGRES_SERVER_URL (a URL in the arguments is seen by ps; prefer the variable)
  --repository-id NUMBER   GitHub's number of the repository (asked of GitHub, or read from the branches, when left out)
  --apply                  remove what the plan says
  --maximum NUMBER         most deletions, 50 when left out
  --format FORMAT          text or json (docs/sweep.schema.json)

Exit codes: 0 done, 1 something could not be removed, 2 GitHub or the server did not tell everything.
`;

const OPTIONS = {
  'server-url': { type: 'string' },
  repository: { type: 'string' },
  'repository-id': { type: 'string' },
  apply: { type: 'boolean' },
  maximum: { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS, { repository: 'tidewater/shop' });
  if (positionals.length > 0) {
    throw new UserError(`sweep takes no words, but was given ${positionals.join(' ')}.`, {
      hint: 'Name the repository with its option, for example --repository tidewater/shop.',
    });
  }
  const format = formatOf(values.format);
  const record = await inTerminal((world) =>
    sweepAtTerminal(world, {
      serverUrl: values['server-url'],
      repository: values.repository,
      repositoryId: values['repository-id'],
      apply: values.apply ?? false,
      maximum: values.maximum,
    }),
  );
  await writeOut(format === 'json' ? sweepAsJson(record) : sweepAsText(record));
  if (record.totals.failed > 0) return 1;
  return record.survey.complete || !process.env.GITHUB_TOKEN ? 0 : 2;
}

export const sweepCommand: Command = { help: HELP, run };
