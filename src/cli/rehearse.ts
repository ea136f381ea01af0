import { UserError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { asHtml, asJson, asText, rehearseHere } from '../operations/at-terminal.ts';
import { REHEARSED_TOOL_NAMES } from '../operations/terminal-options.ts';
import type { Command, ExitCode } from './command.ts';
import { changeOptions, formatOf, readArguments, toolList } from './options.ts';
import { keepHeapSmall } from './small-heap.ts';
import { shownWords } from './subcommands.ts';
import { inTerminal } from './terminal-world.ts';

const HELP = `Usage: pullgres rehearse [options]

Applies your new migrations to a real Postgres and measures what they lock, rewrite and scan,
and for how long.

  pullgres rehearse --changed-since origin/main
      builds the schema of origin/main on a local throw-away server and applies what is new

  DATABASE_URL=postgres://… pullgres rehearse
      applies what is pending there and KEEPS it: hand over a copy, never production

  DATABASE_URL=postgres://… pullgres rehearse --command 'npx knex migrate:latest'
      runs your own command and watches every statement that it sends, with any tool: while it runs, its
      DATABASE_URL and PG… variables lead through a proxy on 127.0.0.1 (sslmode=disable, one password)

  --database-url URL       instead of DATABASE_URL (a URL in the arguments is seen by ps; prefer the variable)
  --changed-since COMMIT   judge only what the working tree adds to it
  --migrations DIRECTORY   where the migrations stand (found when left out)
  --command COMMAND        your own command, run by sh, in place of reading files
  --tool TOOL              ${toolList(REHEARSED_TOOL_NAMES)}
  --postgres VERSION       13 to 18: version of the local server
  --production FILE        sizes and rates of production's tables, to extrapolate by
                           (docs/production-manifest.md; the policy's rehearsal.production when left out)
  --format FORMAT          text, json or html

Exit codes: 0 clean, 1 a migration failed or a finding fails the policy, 2 could not judge.
`;

const OPTIONS = {
  'database-url': { type: 'string' },
  command: { type: 'string' },
  'changed-since': { type: 'string' },
  migrations: { type: 'string' },
  tool: { type: 'string' },
  postgres: { type: 'string' },
  production: { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  if (positionals.length > 0) {
    throw new UserError(`rehearse takes no files, but was given ${shownWords(positionals)}.`, {
      hint: 'Say where the migrations stand with --migrations DIRECTORY.',
    });
  }
  const format = formatOf(values.format, ['html']);
  // A COPY of any size goes through this process.
  keepHeapSmall();
  const options = { ...changeOptions(values), production: values.production, command: values.command };
  const url = values['database-url'] ?? process.env.DATABASE_URL;
  const evidence = await inTerminal((world) => rehearseHere(world, url, options));
  print(evidence, format);
  if (evidence.verdict.conclusion === 'unproven') return 2;
  return evidence.verdict.conclusion === 'fail' ? 1 : 0;
}

/** The result, alone, on standard output. */
function print(evidence: Evidence, format: 'text' | 'json' | 'html'): void {
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const written = {
    text: () => asText(evidence, color),
    json: () => asJson(evidence),
    html: () => asHtml(evidence),
  };
  process.stdout.write(written[format]());
}

export const rehearseCommand: Command = {
  help: HELP,
  run,
};
