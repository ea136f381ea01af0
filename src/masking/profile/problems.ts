import type * as z from 'zod';
import { nearestName } from '../../nearest.ts';
import { CHECK_DIGITS } from '../strategy.ts';
import { profileSchema } from './schema.ts';
import { FORM_KEYS, JSON_REST, meantOption, STRATEGY_NAMES, VALUE_KEYS } from './strategy-schema.ts';

export type Path = readonly PropertyKey[];

/** What is wrong in the file, and what to write; `key` means that the last step's key is wrong, not its value. */
export type PathProblem = { readonly path: Path; readonly key: boolean; readonly text: string };

/** The problems of one issue of zod. Of a union's options only the one that the value means is described. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown, above: Path = []): PathProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key]));
  const at = valueAt(value, path);
  // Of a union zod gives the issues of the one option that goes on after an error, which an enum does.
  const isTable = path[0] === 'tables' && path.length === 2;
  if (isTable && issue.code === 'invalid_value') return [{ path, key: false, text: notOne(at, path) }];
  if (issue.code !== 'invalid_union') return [{ path, key: false, text: wanted(issue, path) }];
  const option = isStrategy(path) ? meantOption(at, path.length > 3) : isMapping(at) ? 1 : 0;
  const meant = option === undefined ? undefined : issue.errors[option];
  if (meant === undefined || typeof at !== 'object') return [{ path, key: false, text: notOne(at, path) }];
  return meant.flatMap((one) => describeIssue(one, value, path));
}

/** tables.users.email and deeper. */
function isStrategy(path: Path): boolean {
  return path[0] === 'tables' && path.length > 2;
}

function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[step];
  return at;
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Advice for a value that is none of a union's options. */
function notOne(value: unknown, path: Path): string {
  if (path[0] === 'links') return 'write `table.column -> table.column`, or {link: …, when: …}';
  if (!isStrategy(path)) {
    if (value === null) return 'nothing stands here: write empty, clear, or a line for each column';
    return 'write empty, clear, or a line for each column';
  }
  if (value === null)
    return 'without quotes, null and an empty value are nothing in YAML; write "null" in quotes';
  if (typeof value === 'boolean')
    return `without quotes, ${value} is no text in YAML; write a strategy, such as text or {set: "${value}"}`;
  if (typeof value === 'number') return 'write a strategy; a constant is written {set: "…"}';
  if (Array.isArray(value)) return 'write one strategy, not a list';
  if (typeof value === 'string') return unknownStrategy(value);
  const forms = path.length > 3 ? VALUE_KEYS : FORM_KEYS;
  return `write one key of ${forms.join(', ')}, or JSON paths that begin with \`$.\``;
}

/** What people write who know other tools. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  keep: 'clear',
  none: 'clear',
  noop: 'clear',
  no: 'clear',
  passthrough: 'clear',
  delete: 'empty',
  drop: '"null"',
  destroy: '"null"',
  nil: '"null"',
  lorem: 'text',
  card: '{digits: {check: luhn}}',
  iban: 'id.iban',
  first_name: 'name.first',
  last_name: 'name.last',
};

function unknownStrategy(value: string): string {
  if (FORM_KEYS.includes(value) && value !== 'as') return `${value} needs a value: {${value}: …}`;
  const near =
    (Object.hasOwn(OTHER_WORDS, value) ? OTHER_WORDS[value] : undefined) ??
    nearestName(value, STRATEGY_NAMES);
  const advice = near ? `did you mean ${near}?` : `the strategies are ${STRATEGY_NAMES.join(', ')}`;
  return `there is no strategy ${inert(value)}; ${advice}`;
}

function wanted(issue: z.core.$ZodIssue, path: Path): string {
  if (isStrategy(path) && path.at(-1) === '*' && path.length > 3) return `write ${JSON_REST.join(', ')}`;
  if (isStrategy(path) && path.at(-1) === 'check') return `write ${CHECK_DIGITS.join(', ')}`;
  if (isStrategy(path) && path.at(-1) === 'as') return 'write the name of a strategy';
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return 'write keys with values, one a line';
  if (issue.code === 'invalid_type' && issue.expected === 'record')
    return 'write keys with values, one a line';
  if (issue.code === 'invalid_value') return `write ${issue.values.map(String).join(', ')}`;
  return issue.message;
}

const TOP_KEYS = Object.keys(profileSchema.shape);
const ENTRY_KEYS: Readonly<Record<string, readonly string[]>> = {
  allow: ['reason', 'owner', 'until'],
  links: ['link', 'when'],
  keep: ['where', 'reason', 'owner'],
  verify: ['sample', 'canaries'],
  digits: ['check', 'keep'],
};

function unknownKey(path: Path): PathProblem {
  const key = String(path.at(-1));
  const section = path.at(-2) === 'digits' ? 'digits' : String(path[0]);
  const known = path.length === 1 ? TOP_KEYS : (ENTRY_KEYS[section] ?? []);
  if (isStrategy(path) && section !== 'digits')
    return { path, key: true, text: 'a strategy is one key with its value; take this one away' };
  const near = nearestName(key, known);
  return {
    path,
    key: true,
    text: `no such key; ${near ? `did you mean ${near}?` : `known here: ${known.join(', ')}`}`,
  };
}

/** Text of the file, repeated short and without control characters. */
export function inert(text: string): string {
  const characters = [...text.replaceAll(/\p{C}/gu, '?')];
  return `\`${characters.length > 80 ? `${characters.slice(0, 80).join('')}…` : characters.join('')}\``;
}

/** The way to a place in the file: `tables › users › email`. */
export function pathText(path: Path): string {
  return path.length === 0 ? 'the profile' : path.map((step) => inert(String(step)).slice(1, -1)).join(' › ');
}
