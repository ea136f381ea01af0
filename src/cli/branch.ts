import {
  type BranchHere,
  connectHere,
  createHere,
  listHere,
  removeHere,
  resetHere,
} from '../operations/branch-here.ts';
import {
  type OutputFormat,
  writtenBranch,
  writtenBranches,
  writtenRemoval,
} from '../operations/branch-output.ts';
import type { World } from '../runner/world.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments } from './options.ts';
import { refuseOthers, subcommandOf } from './subcommands.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres branch <create|connect|reset|remove|list> [options]

Branches of Postgres on a server of your own, as the actions make them.

  pullgres branch create --repository acme/shop --pull-request 7
      gets or creates the branch; again, it renews its life
  pullgres branch connect --repository acme/shop --pull-request 7 --show-url
      prints the URL with its password, the same for everybody who may ask
  pullgres branch reset --repository acme/shop --pull-request 7 [--baseline ID]
      brings it back to its baseline, or to another one
  pullgres branch remove --repository acme/shop --pull-request 7
      drops it with its roles; missing is success
  pullgres branch list [--repository acme/shop]
      every branch of the repository, or of the server

  --server-url URL        the administrator's URL, instead of PULLGRES_SERVER_URL (arguments are seen by ps)
  --repository NAME       owner/name; its number is asked from GitHub with GITHUB_TOKEN, else told by the branches
                          on the server, else derived from the name
  --repository-id NUMBER  that number by hand
  --pull-request NUMBER
  --name NAME             instead of a pull request: the branch of this name, as actions/branch makes it with \`name\`
  --baseline ID           the baseline to copy (create: the server's only one when left out)
  --ttl DURATION          life without a renewal: 72h (the policy's branch.idle-ttl when left out)
  --show-url              print the URL with its password
  --format FORMAT         text or json (docs/branch.schema.json)

The policy's limits, quotas and quarantine hold: .github/pullgres.yml below the working directory.
Exit codes: 0 done, 2 could not, 130 cancelled.
`;

const OPTIONS = {
  'server-url': { type: 'string' },
  repository: { type: 'string' },
  'repository-id': { type: 'string' },
  'pull-request': { type: 'string' },
  name: { type: 'string' },
  baseline: { type: 'string' },
  ttl: { type: 'string' },
  'show-url': { type: 'boolean' },
  format: { type: 'string' },
} as const;

type Option = keyof typeof OPTIONS;

type Subcommand = {
  /** Beside the server, the repository and the format. */
  readonly takes: readonly Option[];
  /** Gives what is printed. */
  readonly run: (world: World, wish: BranchHere, format: OutputFormat) => Promise<string>;
};

const ALWAYS: readonly Option[] = ['server-url', 'repository', 'repository-id', 'format'];

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  create: {
    takes: ['pull-request', 'name', 'baseline', 'ttl', 'show-url'],
    run: async (world, wish, format) => writtenBranch(format, 'create', await createHere(world, wish)),
  },
  connect: {
    takes: ['pull-request', 'name', 'show-url'],
    run: async (world, wish, format) => writtenBranch(format, 'connect', await connectHere(world, wish)),
  },
  reset: {
    takes: ['pull-request', 'name', 'baseline', 'ttl', 'show-url'],
    run: async (world, wish, format) => writtenBranch(format, 'reset', await resetHere(world, wish)),
  },
  remove: {
    takes: ['pull-request', 'name'],
    run: async (world, wish, format) => writtenRemoval(format, await removeHere(world, wish)),
  },
  list: {
    takes: [],
    run: async (world, wish, format) => writtenBranches(format, await listHere(world, wish)),
  },
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const { name, subcommand } = subcommandOf('branch', positionals, SUBCOMMANDS);
  refuseOthers(`branch ${name}`, Object.keys(values), [...ALWAYS, ...subcommand.takes]);
  const format = formatOf(values.format);
  const { 'server-url': serverUrl, 'show-url': showUrl, ...written } = values;
  await writeOut(
    await inTerminal((world) => subcommand.run(world, { ...written, serverUrl, showUrl }, format)),
  );
  return 0;
}

export const branchCommand: Command = { help: HELP, run };
