import { UserError } from '../errors.ts';
import { verifyHere, verifyOutput } from '../operations/verify.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments } from './options.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres verify --baseline NAME [options]

Asks a masked baseline for its proof: who signed it, that it stands for this very database of this server,
its age, its manifest, and that nobody could enter the database since it was published. Nothing is changed,
nobody enters the baseline (it takes no connections), and no masking key is needed.

  PULLGRES_SERVER_URL=postgres://… pullgres verify --baseline shop

  --server-url URL   instead of PULLGRES_SERVER_URL (arguments are seen by ps)
  --baseline NAME    a name: its newest version; or the id of a version
  --public-key KEY   trust this key instead of masking.public-keys in .github/pullgres.yml; may be repeated
  --max-age AGE      instead of masking.max-age, such as 7d
  --format FORMAT    text or json (docs/verify.schema.json)

Exit codes: 0 trusted, 1 not trusted, 2 could not be asked, 130 cancelled.
`;

const OPTIONS = {
  'server-url': { type: 'string' },
  baseline: { type: 'string' },
  'public-key': { type: 'string', multiple: true },
  'max-age': { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS, { baseline: 'shop', 'max-age': '7d' });
  if (positionals.length > 0) {
    throw new UserError('verify takes no names.', { hint: 'Name the baseline by --baseline.' });
  }
  const format = formatOf<never>(values.format);
  const wish = {
    serverUrl: values['server-url'],
    baseline: values.baseline,
    publicKeys: values['public-key'],
    maxAge: values['max-age'],
  };
  const verified = await inTerminal((world) => verifyHere(world, wish));
  await writeOut(verifyOutput(verified, format));
  return verified.json.trusted ? 0 : 1;
}

export const verifyCommand: Command = { help: HELP, run };
