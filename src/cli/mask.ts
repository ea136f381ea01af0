import { UserError } from '../errors.ts';
import { newKeysText } from '../operations/mask-key.ts';
import type { Command, ExitCode } from './command.ts';
import { readArguments } from './options.ts';
import { refuseOthers, subcommandOf } from './subcommands.ts';
import { writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres mask <key> [options]

  pullgres mask key
      makes a new masking key and the public key of the signatures that it makes. Keep the first as a secret
      (PULLGRES_MASK_KEY), and put the second under masking.public-keys in .github/pullgres.yml. With another
      masking key the same person gets other masks.

  --print   write them although the output is no terminal, such as a file or a pipe

Exit codes: 0 done, 2 could not.
`;

const OPTIONS = { print: { type: 'boolean' } } as const;

type Option = keyof typeof OPTIONS;

const SUBCOMMANDS: Readonly<
  Record<string, { readonly takes: readonly Option[]; readonly run: (print: boolean) => string }>
> = { key: { takes: ['print'], run: keyText } };

/** A log would keep the key for everybody who may read it. */
function keyText(print: boolean): string {
  if (!print && process.stdout.isTTY !== true) {
    throw new UserError('The masking key is a secret, and the output is no terminal.', {
      hint: 'Run it at a terminal, or give --print where nobody else reads the output.',
    });
  }
  return newKeysText();
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const { name, subcommand } = subcommandOf('mask', positionals, SUBCOMMANDS);
  refuseOthers(`mask ${name}`, Object.keys(values), subcommand.takes);
  await writeOut(subcommand.run(values.print === true));
  return 0;
}

export const maskCommand: Command = { help: HELP, run };
