import { posix } from 'node:path';
import * as z from 'zod';
import { nearestName } from '../nearest.ts';
import { Secret } from '../secret.ts';

/** What an input is besides its description, which stands in zod's own registry by `.describe()`. */
export type InputFacts = {
  readonly required: boolean;
  readonly secret: boolean;
  /** As in action.yml: a literal, or an expression such as `${{ github.token }}`. */
  readonly default: string | undefined;
};

/** Facts of every block, by schema. `.describe()` keeps them. */
export const inputFacts = z.registry<InputFacts>();

/** `default` is what action.yml says; an expression there is the runner's to evaluate, not ours. */
export type InputOptions = { readonly required?: boolean; readonly default?: string };
type NoOptions = Record<never, never>;

type Given<T, Options> = Options extends { required: true }
  ? T
  : Options extends { default: `\${{${string}` }
    ? T | undefined
    : Options extends { default: string }
      ? T
      : T | undefined;

/** One input: from its text, or undefined when not given, to a value of the domain. */
export type Input<T> = z.ZodType<T, string | undefined>;

type Reading<T> = { readonly value: T } | { readonly advice: string };

function literal(text: string | undefined): string | undefined {
  return text?.includes('${{') ? undefined : text;
}

function block<T, Options extends InputOptions>(
  options: Options,
  read: (text: string) => Reading<T>,
  secret = false,
): Input<Given<T, Options>> {
  const schema = z
    .string()
    .optional()
    .transform((given, context) => {
      const text = given ?? literal(options.default);
      if (text === undefined && !options.required) return undefined;
      const reading = text === undefined ? { advice: 'It is required.' } : read(text);
      if ('value' in reading) return reading.value;
      context.addIssue({ code: 'custom', message: reading.advice });
      return z.NEVER;
    });
  inputFacts.add(schema, { required: options.required ?? false, secret, default: options.default });
  return schema as unknown as Input<Given<T, Options>>;
}

/** Exactly `true` or `false`. `True`, `yes` and `1` are errors, so that no misspelling turns into false. */
export function flag(standard: boolean): Input<boolean> {
  return block<boolean, { default: string }>({ default: String(standard) }, (text) =>
    text === 'true' || text === 'false'
      ? { value: text === 'true' }
      : { advice: 'Write true or false, in lower case.' },
  );
}

/** One of the listed words. A near miss is answered with the word that was probably meant. */
export function choice<const Word extends string, const Options extends InputOptions = NoOptions>(
  words: readonly [Word, ...Word[]],
  options?: Options,
): Input<Given<Word, Options>> {
  return block<Word, Options>(options ?? ({} as Options), (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return { value: found };
    const meant = nearestName(text, words);
    const question = meant === undefined ? '' : `Did you mean ${meant}? `;
    return { advice: `${question}Write one of: ${words.join(', ')}.` };
  });
}

/** Any text. */
export function text<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<string, Options>> {
  return block<string, Options>(options ?? ({} as Options), (value) => ({ value }));
}

/** A name of lower-case letters, digits and hyphens, 1 to 40 characters, which fits into a comment's mark and a file name. */
export function shortName<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<string, Options>> {
  return block<string, Options>(options ?? ({} as Options), (value) =>
    /^(?!-)[a-z0-9-]{1,40}(?<!-)$/.test(value)
      ? { value }
      : {
          advice: 'Write 1 to 40 lower-case letters, digits and hyphens, with no hyphen at either end.',
        },
  );
}

/** Words of lower-case letters and digits with single hyphens between them, 1 to 30 characters in all. */
export function kebabName<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<string, Options>> {
  return block<string, Options>(options ?? ({} as Options), (value) =>
    /^(?=.{1,30}$)[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value)
      ? { value }
      : {
          advice:
            'Write 1 to 30 lower-case letters and digits, with single hyphens between words: qa-orders.',
        },
  );
}

/** A text that is never shown; `parseInputs` hands it to `mask` before anything can print it. */
export function secret<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<Secret, Options>> {
  return block<Secret, Options>(options ?? ({} as Options), (value) => ({ value: new Secret(value) }), true);
}

/** A file or folder inside the repository: relative, forward slashes, no way out. Normalised; `.` is the root. */
export function path<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<string, Options>> {
  return block<string, Options>(options ?? ({} as Options), (value) => {
    const inside = !value.startsWith('/') && !/^[A-Za-z]:|[\\\p{Cc}]/u.test(value);
    const normal = posix.normalize(value).replace(/(?<=.)\/$/, '');
    return inside && normal !== '..' && !normal.startsWith('../')
      ? { value: normal }
      : {
          advice:
            'Write a path inside the repository, relative to its root, with forward slashes: db/migrations.',
        };
  });
}

/** A whole number within the limits, both included. */
export function wholeNumber<const Options extends InputOptions = NoOptions>(
  limits: { readonly min: number; readonly max: number },
  options?: Options,
): Input<Given<number, Options>> {
  return block<number, Options>(options ?? ({} as Options), (value) => {
    const number = /^(0|-?[1-9][0-9]{0,14})$/.test(value) ? Number(value) : Number.NaN;
    return number >= limits.min && number <= limits.max
      ? { value: number }
      : { advice: `Write a whole number from ${limits.min} to ${limits.max}.` };
  });
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A number and a unit, as in the policy: `500ms`, `30s`, `10m`, `72h`, `14d`. The value is in milliseconds. */
export function duration<const Options extends InputOptions = NoOptions>(
  options?: Options,
): Input<Given<number, Options>> {
  return block<number, Options>(options ?? ({} as Options), (value) => {
    const [, count, unit] = /^([1-9][0-9]{0,5})(ms|s|m|h|d)$/.exec(value) ?? [];
    return count === undefined || unit === undefined
      ? { advice: 'Write a number and a unit: 500ms, 30s, 10m, 72h or 14d.' }
      : { value: Number(count) * (units[unit] ?? 0) };
  });
}
