import { ProviderError, UserError } from '../errors.ts';
import { inert } from '../runner/inert.ts';
import { version } from '../version.ts';
import type { Command, ExitCode } from './command.ts';
import { Cancelled } from './terminal-world.ts';

/** Each is loaded when it is asked for: a lint does not pay for the rehearsal's database driver. */
const commands: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  init: {
    summary: 'Write the workflow and the policy that this repository needs to begin.',
    load: async () => (await import('./init.ts')).initCommand,
  },
  lint: {
    summary: 'Find statements that would lock, rewrite or scan a table in use. No database needed.',
    load: async () => (await import('./lint.ts')).lintCommand,
  },
  rules: {
    summary: 'List every rule with its severity and what it finds.',
    load: async () => (await import('./rules.ts')).rulesCommand,
  },
  explain: {
    summary: "Print a rule's page: what the server does, and what to write instead.",
    load: async () => (await import('./rules.ts')).explainCommand,
  },
  rehearse: {
    summary: 'Apply new migrations to a real Postgres and measure what they lock.',
    load: async () => (await import('./rehearse.ts')).rehearseCommand,
  },
  sweep: {
    summary: 'Show, and with --apply remove, what no pull request needs any more on your server.',
    load: async () => (await import('./sweep.ts')).sweepCommand,
  },
  branch: {
    summary: 'Make, reset, remove and list branches on a server of your own.',
    load: async () => (await import('./branch.ts')).branchCommand,
  },
  baseline: {
    summary: 'Publish, list and remove the databases that branches are copied from.',
    load: async () => (await import('./baseline.ts')).baselineCommand,
  },
  verify: {
    summary: 'Ask a masked baseline for its proof: signature, age, and that nobody could enter it since.',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  mask: {
    summary: 'Make masking keys; write, check and preview the profile by which production’s rows are masked.',
    load: async () => (await import('./mask.ts')).maskCommand,
  },
  doctor: {
    summary: 'Ask the branch server what branches need of it, each answer with its remedy.',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  refresh: {
    summary: 'Make a masked baseline of a source, prove it clean, and publish it.',
    load: async () => (await import('./refresh.ts')).refreshCommand,
  },
  demo: {
    summary: 'Play the life of one pull request on this machine.',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
};

function help(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return [
    'pullgres — every pull request gets its own branch of Postgres, and its migrations are judged on it.',
    '',
    'Usage: pullgres <command> [options]',
    '',
    'Commands:',
    ...lines,
    '',
    '`pullgres <command> --help` explains one, with examples.',
    'Exit codes: 0 clean, 1 findings or a failed check, 2 could not judge, 130 cancelled.',
    '',
  ].join('\n');
}

/** Runs one command and sets the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that went away is no bug; a running command takes it for a cancel (terminal-world.ts).
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.exitCode = await dispatch(args).catch(explain);
}

async function dispatch([name, ...rest]: readonly string[]): Promise<ExitCode> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!known) throw new UserError(`There is no command ${name}.`, { hint: 'See `pullgres --help`.' });
  const command = await known.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  return command.run(rest);
}

function explain(error: unknown): ExitCode {
  if (error instanceof Cancelled) {
    process.stderr.write('pullgres: cancelled\n');
    return 130;
  }
  if (error instanceof UserError || error instanceof ProviderError) {
    process.stderr.write(`${inert(`pullgres: ${error.message}`)}\n`);
    if (error.hint) process.stderr.write(`${inert(`  ${error.hint}`)}\n`);
    return 2;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${inert(stack)}\nThis is a bug in pullgres ${version}. Please report it.\n`);
  return 2;
}
