import { UserError } from '../errors.ts';
import { doctorHere, doctorOutput } from '../operations/doctor.ts';
import { Secret } from '../secret.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments, terminalStyle } from './options.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres doctor [options]

Asks the server that keeps your branches everything that branches need of it: its version, what the
administrator may do, the baselines, who can get into what, connections, WAL and disk, what interrupted
jobs left. Each answer comes with its number and, where something is wrong, a remedy, mostly as SQL to
run as it stands. Changes nothing.

  PULLGRES_SERVER_URL=postgres://… pullgres doctor

  --server-url URL   instead of PULLGRES_SERVER_URL (a URL in the arguments is seen by ps; prefer the
                     variable). The administrator's, as the actions have it
  --baseline NAME    only this baseline, which must be there
  --format FORMAT    text or json (docs/doctor.schema.json)
  --color WHEN       auto, always or never

What this administrator may not see is shown as not proved, and does not fail by itself.
Exit codes: 0 in order or only warnings, 1 a problem, 2 the server could not be asked.
`;

const OPTIONS = {
  'server-url': { type: 'string' },
  baseline: { type: 'string' },
  format: { type: 'string' },
  color: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  if (positionals.length > 0) {
    throw new UserError('doctor takes no names.', {
      hint: 'Name the server with PULLGRES_SERVER_URL, a baseline with --baseline.',
    });
  }
  const format = formatOf<never>(values.format);
  const style = terminalStyle(values.color);
  const url = values['server-url'] ?? process.env.PULLGRES_SERVER_URL;
  const report = await inTerminal((world) =>
    doctorHere(world, url ? new Secret(url) : undefined, values.baseline),
  );
  await writeOut(doctorOutput(report, format, style));
  return report.summary.problem > 0 ? 1 : 0;
}

export const doctorCommand: Command = {
  help: HELP,
  run,
};
