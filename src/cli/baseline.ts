import {
  type BaselineHere,
  listBaselinesHere,
  publishHere,
  removeBaselineHere,
} from '../operations/baseline-here.ts';
import {
  type OutputFormat,
  writtenBaseline,
  writtenBaselineRemoval,
  writtenBaselines,
} from '../operations/branch-output.ts';
import type { World } from '../runner/world.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, oneOf, readArguments } from './options.ts';
import { refuseOthers, subcommandOf } from './subcommands.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres baseline <publish|list|remove> [options]

Databases of your branch server that branches are copied from.

  pullgres baseline publish --database shop_seed --name shop --kind synthetic
      closes the database for good, ends its sessions and makes it the baseline \`shop\`;
      name it in the workflow: baseline: shop
  pullgres baseline list
  pullgres baseline remove --name shop
      drops the baseline with its database; refused while branches are made from it, and without --yes
      where that database is one that you published

  --server-url URL   the administrator's URL, instead of PULLGRES_SERVER_URL (arguments are seen by ps)
  --database NAME    a database that belongs to the administrator and bears no comment
  --name ID          the baseline's id
  --kind KIND        schema (no rows of anybody) or synthetic (made-up rows)
  --yes              remove: drop the database that was published, though it may be your only copy
  --format FORMAT    text or json (docs/branch.schema.json)

Exit codes: 0 done, 2 could not, 130 cancelled.
`;

const OPTIONS = {
  'server-url': { type: 'string' },
  database: { type: 'string' },
  name: { type: 'string' },
  kind: { type: 'string' },
  yes: { type: 'boolean' },
  format: { type: 'string' },
} as const;

type Option = keyof typeof OPTIONS;

type Subcommand = {
  /** Beside the server and the format. */
  readonly takes: readonly Option[];
  /** Gives what is printed. */
  readonly run: (world: World, wish: BaselineHere, format: OutputFormat) => Promise<string>;
};

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  publish: {
    takes: ['database', 'name', 'kind'],
    run: async (world, wish, format) => writtenBaseline(format, await publishHere(world, wish)),
  },
  list: {
    takes: [],
    run: async (world, wish, format) => writtenBaselines(format, await listBaselinesHere(world, wish)),
  },
  remove: {
    takes: ['name', 'yes'],
    run: async (world, wish, format) => writtenBaselineRemoval(format, await removeBaselineHere(world, wish)),
  },
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const { name: word, subcommand } = subcommandOf('baseline', positionals, SUBCOMMANDS);
  refuseOthers(`baseline ${word}`, Object.keys(values), ['server-url', 'format', ...subcommand.takes]);
  const format = formatOf(values.format);
  const { 'server-url': serverUrl, database, name, yes } = values;
  const kind = oneOf('kind', values.kind, ['schema', 'synthetic', 'masked']);
  await writeOut(
    await inTerminal((world) => subcommand.run(world, { serverUrl, database, name, kind, yes }, format)),
  );
  return 0;
}

export const baselineCommand: Command = { help: HELP, run };
