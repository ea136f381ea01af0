import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../errors.ts';
import { SUPPORTED_VERSIONS, type TerminalOptions } from '../operations/at-terminal.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command's arguments.
 * @throws UserError for an unknown option or a missing value, naming it.
 */
export function readArguments<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new UserError(`${message}.`, { hint: 'Add --help to see the options.', cause });
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
  throw new UserError(`--${name} does not take ${JSON.stringify(value)}.`, {
    hint: `Write one of: ${words.join(', ')}.`,
  });
}

/** `text` or `json`; text when left out. */
export function formatOf(value: string | undefined): 'text' | 'json' {
  return oneOf('format', value, ['text', 'json']) ?? 'text';
}

/** The options by which a change is named. */
export function changeOptions(values: {
  readonly tool?: string | undefined;
  readonly migrations?: string | undefined;
  readonly postgres?: string | undefined;
  readonly 'changed-since'?: string | undefined;
}): TerminalOptions {
  return {
    tool: oneOf('tool', values.tool, ['auto', 'sql', 'dbmate', 'prisma']),
    migrations: values.migrations,
    changedSince: values['changed-since'],
    postgres: oneOf('postgres', values.postgres, SUPPORTED_VERSIONS),
  };
}
