import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { LINT_TOOL_NAMES, SUPPORTED_VERSIONS, type TerminalOptions } from '../operations/terminal-options.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command's arguments. `examples` has values of options of which somebody may not know what they take.
 * @throws UserError for an unknown option or a missing value, naming it.
 */
export function readArguments<T extends Options>(
  args: readonly string[],
  options: T,
  examples: { readonly [name in keyof T]?: string } = {},
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split(/\.\s/)[0] : String(cause);
    const name = /^Option '(?:-\w, )?--([\w-]+)(?: <value>)?' argument/.exec(message ?? '')?.[1];
    const example = name === undefined ? undefined : examples[name];
    const meant = example === undefined ? '' : `Write for example --${name} ${example}. `;
    throw new UserError(`${message}.`, { hint: `${meant}Add --help to see the options.`, cause });
  }
}

/** One of the words that an option takes. */
export function oneOf<const T extends readonly string[]>(
  name: string,
  value: string | undefined,
  words: T,
): T[number] | undefined {
  if (value === undefined) return undefined;
  if (words.includes(value)) return value;
  const near = nearestName(value, words);
  const meant = near === undefined ? '' : `Did you mean ${near}? `;
  throw new UserError(`--${name} does not take ${JSON.stringify(value)}.`, {
    hint: `${meant}Write one of: ${words.join(', ')}.`,
  });
}

/** `text` or `json`; text when left out. */
export function formatOf<const T extends string = never>(
  value: string | undefined,
  others: readonly T[] = [],
): 'text' | 'json' | T {
  return oneOf('format', value, ['text', 'json', ...others]) ?? 'text';
}

/** The tools of `--tool`, as a help text lists them; lines after the first begin with `indent`. */
export function toolList(names: readonly string[], indent = ' '.repeat(27)): string {
  const lines: string[] = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + name.length + 2 <= LIST_COLUMNS)
      lines[lines.length - 1] = `${line}, ${name}`;
    else lines.push(name);
  }
  return lines.join(`,\n${indent}`);
}

/** Columns beside the options' names. */
const LIST_COLUMNS = 72;

/** How standard output is to be drawn: the terminal's columns, and colours as `--color` and NO_COLOR (no-color.org) say. */
export function terminalStyle(color: string | undefined): {
  readonly color: boolean;
  readonly columns: number;
} {
  const { isTTY, columns } = process.stdout;
  const when = oneOf('color', color, ['auto', 'always', 'never']) ?? 'auto';
  const auto = isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return {
    color: when === 'auto' ? auto : when === 'always',
    columns: isTTY && columns ? columns : WITHOUT_TERMINAL,
  };
}

/** Columns of a log or a file. */
const WITHOUT_TERMINAL = 100;

export const FINDING_SEVERITIES = ['error', 'warning', 'notice'] as const;
export const RULE_SEVERITIES = [...FINDING_SEVERITIES, 'off'] as const;

/** The options by which a change is named. */
export function changeOptions(values: {
  readonly tool?: string | undefined;
  readonly migrations?: string | undefined;
  readonly postgres?: string | undefined;
  readonly 'changed-since'?: string | undefined;
}): TerminalOptions {
  return {
    tool: oneOf('tool', values.tool, LINT_TOOL_NAMES),
    migrations: values.migrations,
    changedSince: values['changed-since'],
    postgres: oneOf('postgres', values.postgres, SUPPORTED_VERSIONS),
  };
}
