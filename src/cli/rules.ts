import { UserError } from '../errors.ts';
import { explainRule, listRules } from '../operations/rule-list.ts';
import type { Command, ExitCode } from './command.ts';
import { formatOf, readArguments, terminalStyle } from './options.ts';
import { writeOut } from './terminal-world.ts';

const RULES_HELP = `Usage: pullgres rules [--format text|json] [--color auto|always|never]

Lists every rule by section: its name, its severity (off: an opinion, which the policy may turn on),
and what it finds.
`;

const EXPLAIN_HELP = `Usage: pullgres explain RULE [--color auto|always|never]

Prints a rule's page: what the server does, when the rule is silent, what to write instead.
`;

async function runRules(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    format: { type: 'string' },
    color: { type: 'string' },
  });
  if (positionals.length > 0) {
    throw new UserError('rules takes no names.', { hint: 'Use `pullgres explain RULE` for one rule.' });
  }
  await writeOut(listRules(formatOf(values.format), terminalStyle(values.color)));
  return 0;
}

async function runExplain(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { color: { type: 'string' } });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    throw new UserError('explain takes the name of one rule.', {
      hint: 'See `pullgres rules` for the names.',
    });
  }
  await writeOut(await explainRule(name, terminalStyle(values.color)));
  return 0;
}

export const rulesCommand: Command = {
  help: RULES_HELP,
  run: runRules,
};

export const explainCommand: Command = {
  help: EXPLAIN_HELP,
  run: runExplain,
};
