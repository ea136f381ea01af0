import { UserError } from '../errors.ts';
import { refreshAsJson, refreshAsText, refreshAtTerminal } from '../operations/refresh-at-terminal.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments } from './options.ts';
import { shownWords } from './subcommands.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres refresh --name NAME [options]

Reads a source, masks every row on the way into a fresh database of your branch server, proves that nothing of the source
is left in it, and makes it the baseline that branches are copied from. Until then, and if anything fails, branches are
made from the version before.

  PULLGRES_SOURCE_URL=postgres://… PULLGRES_SERVER_URL=postgres://… PULLGRES_MASK_KEY=… \\
    pullgres refresh --profile .github/masking.yml --name shop

  --name NAME           what branches ask for; --baseline NAME says the same
  --profile FILE        the masking profile; the policy's masking.profile when left out
  --source-url URL      instead of PULLGRES_SOURCE_URL (arguments are seen by ps; prefer the variable)
  --source-dump PATH    a pg_dump file (custom format) or directory instead: restored into a server of this run alone
  --source-backup PATH  a pg_basebackup folder instead: started as a server of this run alone
  --source-database DB  which database of that folder; needed where it has several
  --server-url URL      instead of PULLGRES_SERVER_URL
  --workers NUMBER      tables that are copied at once
  --format FORMAT       text or json (docs/refresh.schema.json)

PULLGRES_MASK_KEY is the masking key (\`pullgres mask key\`), PULLGRES_SIGNING_KEY an Ed25519 key of your own to sign with.

Exit codes: 0 published, 1 refused by a check (nothing was published, the old baseline is untouched), 2 could not run.
`;

const OPTIONS = {
  name: { type: 'string' },
  baseline: { type: 'string' },
  profile: { type: 'string' },
  'source-url': { type: 'string' },
  'source-dump': { type: 'string' },
  'source-backup': { type: 'string' },
  'source-database': { type: 'string' },
  'server-url': { type: 'string' },
  workers: { type: 'string' },
  format: { type: 'string' },
} as const;

const EXIT_CODES = { published: 0, refused: 1, failed: 2 } as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS, {
    name: 'shop',
    profile: '.github/masking.yml',
  });
  if (positionals.length > 0) {
    throw new UserError(`refresh takes no words, but was given ${shownWords(positionals)}.`, {
      hint: 'Name the baseline with its option, for example --name shop.',
    });
  }
  const format = formatOf(values.format);
  const record = await inTerminal((world) =>
    refreshAtTerminal(world, {
      name: values.name ?? values.baseline,
      profile: values.profile,
      sourceUrl: values['source-url'],
      sourceDump: values['source-dump'],
      sourceBackup: values['source-backup'],
      sourceDatabase: values['source-database'],
      serverUrl: values['server-url'],
      workers: values.workers,
    }),
  );
  await writeOut(format === 'json' ? refreshAsJson(record) : refreshAsText(record));
  return EXIT_CODES[record.status];
}

export const refreshCommand: Command = { help: HELP, run };
