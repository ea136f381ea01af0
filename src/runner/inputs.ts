import * as core from '@actions/core';
import type * as z from 'zod';
import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { Secret } from '../secret.ts';
import { inertLine } from './inert.ts';
import { inputFacts } from './input-blocks.ts';

/** Linux starts no process with a longer variable (MAX_ARG_STRLEN, execve(2)). Bytes. */
export const INPUT_LIMIT = 128 * 1024;

export type InputDescription = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly secret: boolean;
};

/** A z.strictObject whose keys are input names and whose values are blocks of `input-blocks.ts`. */
export type InputsSchema = z.ZodObject;

export type ParseOptions = {
  /** Old input name → new name. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Names that the workflow gave, declared or not; a near miss among them is an error. */
  readonly given?: readonly string[];
  /** Called with every secret input before anything is reported. */
  readonly mask?: (secret: Secret) => void;
};

/** What the docs and action.yml must say of each input, in the schema's order. Throws on a key that is no block. */
export function describeInputs(schema: InputsSchema): InputDescription[] {
  return Object.entries(schema.shape).map(([name, input]) => {
    const facts = inputFacts.get(input as z.ZodType);
    if (!facts) throw new Error(`The input ${name} is not made by a block of input-blocks.ts`);
    return { name, description: (input as z.ZodType).description ?? '', ...facts };
  });
}

/** An input as the runner hands it over, trimmed; '' when not given. */
export function readInput(name: string): string {
  return core.getInput(name);
}

/** Names of all inputs in `environment`, undeclared ones too: the runner only warns of them and passes them on. */
export function givenInputs(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith('INPUT_') && value !== undefined && value !== '')
    .map(([name]) => name.slice('INPUT_'.length).toLowerCase());
}

function shown(value: string): string {
  const line = inertLine(value);
  return `“${line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line}”`;
}

function sizeProblem(name: string, value: string): string {
  const bytes = Buffer.byteLength(value).toLocaleString('en');
  return `${name}: ${bytes} bytes were given; one input holds at most 128 KiB. Put the text into a file and give its path.`;
}

function renamedProblems(
  read: (name: string) => string,
  renamed: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(renamed)
    .filter(([old]) => read(old).trim() !== '')
    .map(([old, name]) => `${old}: this input is now called ${name}. Write ${name} instead.`);
}

function misspeltProblems(
  names: readonly string[],
  absent: readonly string[],
  options: ParseOptions,
): string[] {
  const known = new Set([...names, ...Object.keys(options.renamed ?? {})]);
  return (options.given ?? []).flatMap((given) => {
    const meant = known.has(given) ? undefined : nearestName(given, absent);
    return meant === undefined ? [] : [`${given}: there is no such input. Did you mean ${meant}?`];
  });
}

function issueProblem(
  issue: z.core.$ZodIssue,
  values: ReadonlyMap<string, string>,
  secrets: ReadonlySet<string>,
): string {
  const name = String(issue.path[0] ?? '');
  const value = values.get(name) ?? '';
  if (name === '') return issue.message;
  if (value === '') return `${name}: nothing was given. ${issue.message}`;
  const given = secrets.has(name) ? 'the value given (not shown) is not right' : `${shown(value)} was given`;
  return `${name}: ${given}. ${issue.message}`;
}

function refusal(problems: readonly string[]): UserError {
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  return new UserError(
    problems.length === 1
      ? `One input is not right. ${problems[0]}`
      : `${problems.length} inputs are not right:\n${list}`,
    { hint: 'Inputs stand under `with:` of the step that uses this action.' },
  );
}

/**
 * Reads every declared input through `read`, where '' means not given, and gives the domain values.
 * Throws one UserError that lists all problems: each with the input's name, what was given (never of a secret)
 * and what to write instead.
 */
export function parseInputs<Schema extends InputsSchema>(
  schema: Schema,
  read: (name: string) => string,
  options: ParseOptions = {},
): z.output<Schema> {
  const inputs = describeInputs(schema);
  const values = new Map(inputs.map(({ name }) => [name, read(name).trim()]));
  const secrets = new Set(inputs.filter((input) => input.secret).map(({ name }) => name));
  for (const [name, value] of values)
    if (secrets.has(name) && value !== '') options.mask?.(new Secret(value));

  const parsed = schema.safeParse(
    Object.fromEntries([...values].map(([name, value]) => [name, value === '' ? undefined : value])),
  );
  const tooLong = [...values].filter(([, value]) => Buffer.byteLength(value) > INPUT_LIMIT);
  const unjudged = new Set(tooLong.map(([name]) => name));
  const absent = [...values].filter(([, value]) => value === '').map(([name]) => name);
  const problems = [
    ...renamedProblems(read, options.renamed ?? {}),
    ...misspeltProblems([...values.keys()], absent, options),
    ...tooLong.map(([name, value]) => sizeProblem(name, value)),
    ...(parsed.error?.issues ?? [])
      .filter((issue) => !unjudged.has(String(issue.path[0])))
      .map((issue) => issueProblem(issue, values, secrets)),
  ];
  if (problems.length === 0 && parsed.success) return parsed.data;
  throw refusal(problems);
}
