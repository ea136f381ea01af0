import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../errors.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../sql/effect.ts';

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

export function postgresVersion(value: string | undefined): PostgresVersion | undefined {
  const words = POSTGRES_VERSIONS.map(String);
  const word = oneOf('postgres', value, words);
  return word === undefined ? undefined : (Number(word) as PostgresVersion);
}
