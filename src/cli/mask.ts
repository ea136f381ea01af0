import { UserError } from '../errors.ts';
import { maskCheck, maskCheckAsJson, maskCheckAsText } from '../operations/mask-check.ts';
import { type MaskInit, maskInit, refuseExisting, writeNewFile } from '../operations/mask-init.ts';
import { newKeysText } from '../operations/mask-key.ts';
import { maskPreview } from '../operations/mask-preview.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, oneOf, readArguments } from './options.ts';
import { refuseOthers, shownWords, subcommandOf } from './subcommands.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres mask <key|init|check|preview> [options]

  pullgres mask key
      makes a new masking key and the public key of the signatures that it makes. Keep the first as a secret
      (PULLGRES_MASK_KEY), and put the second under masking.public-keys in .github/pullgres.yml. With another
      masking key the same person gets other masks.

  pullgres mask init [--output .github/masking.yml]
      writes a first profile from the source's schema and a sample of its rows, with how sure it is of each line.
      It holds no value. --from anon takes over the security labels of PostgreSQL Anonymizer, --from greenmask FILE
      a configuration of Greenmask; what they say otherwise is told on standard error.

  pullgres mask check [--base REF]
      holds the profile against the source as a refresh would: what is missing, with the line to paste, and with
      --base what it protects less than at that commit (which is told, and fails nothing).

  pullgres mask preview [--table NAME]
      shows the shape of the first 5 rows of tables, before and after masking; never a value. With PULLGRES_MASK_KEY
      as a refresh would, without it by a key of this run alone.

  --print            key: write them although the output is no terminal, such as a file or a pipe
  --source-url URL   instead of PULLGRES_SOURCE_URL (arguments are seen by ps): a live database or a standby
  --output FILE      init: a new file; one that is there already is left alone
  --from TOOL        init: anon or greenmask
  --profile FILE     check, preview: the masking profile; the policy's masking.profile when left out
  --base REF         check: a branch, tag or commit
  --table NAME       preview: as the profile names it; may be repeated; the ten largest when left out
  --format FORMAT    check: text or json (docs/mask.schema.json)

Exit codes: 0 done or clean, 1 the check found problems, 2 could not, 130 cancelled.
`;

const OPTIONS = {
  print: { type: 'boolean' },
  'source-url': { type: 'string' },
  output: { type: 'string' },
  from: { type: 'string' },
  profile: { type: 'string' },
  base: { type: 'string' },
  table: { type: 'string', multiple: true },
  format: { type: 'string' },
} as const;

const EXAMPLES = {
  output: '.github/masking.yml',
  from: 'anon',
  profile: '.github/masking.yml',
  base: 'origin/main',
  table: 'users',
  format: 'json',
};

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

type Subcommand = {
  readonly takes: readonly (keyof typeof OPTIONS)[];
  readonly run: (values: Values, words: readonly string[]) => Promise<ExitCode>;
};

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  key: { takes: ['print'], run: key },
  init: { takes: ['source-url', 'output', 'from'], run: init },
  check: { takes: ['source-url', 'profile', 'base', 'format'], run: check },
  preview: { takes: ['source-url', 'profile', 'table'], run: preview },
};

/** A log would keep the key for everybody who may read it. */
async function key({ print }: Values): Promise<ExitCode> {
  if (print !== true && process.stdout.isTTY !== true) {
    throw new UserError('The masking key is a secret, and the output is no terminal.', {
      hint: 'Run it at a terminal, or give --print where nobody else reads the output.',
    });
  }
  await writeOut(newKeysText());
  return 0;
}

async function init(values: Values, words: readonly string[]): Promise<ExitCode> {
  const from = importOf(values.from, words);
  const { output } = values;
  await inTerminal(async (world) => {
    if (output !== undefined) refuseExisting(world, output);
    const text = await maskInit(world, { sourceUrl: values['source-url'], from });
    if (output === undefined) return writeOut(text);
    await writeNewFile(world, output, text);
    world.info(`${output} is written; go through it line by line.`);
  });
  return 0;
}

/** The file is a word behind --from greenmask. */
function importOf(from: string | undefined, [file, ...others]: readonly string[]): MaskInit['from'] {
  const tool = oneOf('from', from, ['anon', 'greenmask']);
  const words = file === undefined ? [] : [file, ...others];
  if (tool === 'greenmask' && file !== undefined && others.length === 0) return { tool, file };
  if (tool === 'greenmask') {
    throw new UserError('--from greenmask takes one file.', {
      hint: 'Name its configuration: pullgres mask init --from greenmask config.yml.',
    });
  }
  if (words.length > 0) {
    throw new UserError(`mask init does not take ${shownWords(words)}.`, {
      hint: 'A file is named with --output, or behind --from greenmask.',
    });
  }
  return tool && { tool };
}

async function check(values: Values): Promise<ExitCode> {
  const format = formatOf(values.format);
  const { profile, base } = values;
  const wish = { sourceUrl: values['source-url'], profile, base };
  const checked = await inTerminal((world) => maskCheck(world, wish));
  await writeOut(format === 'json' ? maskCheckAsJson(checked) : maskCheckAsText(checked));
  return checked.conclusion === 'clean' ? 0 : 1;
}

async function preview(values: Values): Promise<ExitCode> {
  const { profile, table: tables = [] } = values;
  const wish = { sourceUrl: values['source-url'], profile, tables };
  await writeOut(await inTerminal((world) => maskPreview(world, wish)));
  return 0;
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS, EXAMPLES);
  const [first, ...words] = positionals;
  const { name, subcommand } = subcommandOf(
    'mask',
    // Only init takes a word of its own.
    first === 'init' ? [first] : positionals,
    SUBCOMMANDS,
  );
  refuseOthers(`mask ${name}`, Object.keys(values), subcommand.takes);
  return subcommand.run(values, words);
}

export const maskCommand: Command = { help: HELP, run };
