import { isMap, isScalar, isSeq } from 'yaml';
import type * as z from 'zod';
import { nearestName } from '../nearest.ts';
import { allowedValues, policyJsonSchema, schemaAt } from './json-schema.ts';

type Path = readonly PropertyKey[];

/** What is wrong at an offset (UTF-16) of the policy's text, and what to write. */
export type Problem = { readonly offset: number; readonly text: string };

/** The same before its place is known; `key` means that the key is wrong, not its value. */
export type PathProblem = { readonly path: Path; readonly key: boolean; readonly text: string };

/** The problems of one issue; `nodeAt` gives the YAML node at a path, undefined when there is none. */
export function describeIssue(issue: z.core.$ZodIssue, nodeAt: (path: Path) => unknown): PathProblem[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: issue.path, key: false, text: describeValue(issue, nodeAt(issue.path)) }];
  }
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    key: true,
    text: `\`${keyPath([...issue.path, key])}\` is not a known key. ${suggestKey(issue.path, key)}`,
  }));
}

function suggestKey(path: Path, key: string): string {
  const known = Object.keys(schemaAt(policyJsonSchema(), path)?.properties ?? {});
  const near = nearestName(key, known);
  return near ? `Did you mean \`${near}\`?` : `Known here: ${known.join(', ')}.`;
}

function describeValue(issue: z.core.$ZodIssue, node: unknown): string {
  const where = issue.path.length > 0 ? `\`${keyPath(issue.path)}\`` : 'The policy';
  if (node === undefined && issue.path.length > 0) return `${where} is missing: ${wanted(issue)}.`;
  return `${where} is ${quoteValue(node)}: ${wanted(issue)}.`;
}

const TYPE_WORDS: Record<string, string> = {
  string: 'write a text',
  object: 'write keys with values, one a line',
  record: 'write keys with values, one a line',
  array: 'write a list, one entry a line, each begun with `- `',
};

/** What to write instead, as an imperative. */
function wanted(issue: z.core.$ZodIssue): string {
  const schema = schemaAt(policyJsonSchema(), issue.path);
  const values = schema ? allowedValues(schema) : [];
  if (values.length > 0) return `write ${alternatives(values)}, without quotes`;
  if (issue.message.startsWith('write ')) return issue.message;
  if (issue.code === 'invalid_type') return TYPE_WORDS[issue.expected] ?? `write a ${issue.expected}`;
  if (issue.code === 'too_small' && issue.message.startsWith('Too small'))
    return 'write a text that is not empty';
  return inert(issue.message);
}

function alternatives(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` : `${quoted[0]}`;
}

/** Rules named in `rules` and `exceptions` that do not exist. */
export function unknownRules(value: unknown, known: readonly string[]): PathProblem[] {
  const { rules, exceptions } = (value ?? {}) as { rules?: unknown; exceptions?: unknown };
  const named: { path: Path; rule: unknown }[] = [
    ...Object.keys(isRecord(rules) ? rules : {}).map((rule) => ({ path: ['rules', rule], rule })),
    ...(Array.isArray(exceptions) ? exceptions : []).map((entry, index) => ({
      path: ['exceptions', index, 'rule'],
      rule: isRecord(entry) ? entry.rule : undefined,
    })),
  ];
  return named.flatMap(({ path, rule }) =>
    typeof rule !== 'string' || known.includes(rule)
      ? []
      : [{ path, key: path[0] === 'rules', text: unknownRule(rule, path, known) }],
  );
}

function unknownRule(rule: string, path: Path, known: readonly string[]): string {
  const near = nearestName(rule, known);
  const advice = near ? `Did you mean \`${near}\`?` : `The rules are: ${known.join(', ')}.`;
  return `\`${keyPath(path)}\`: there is no rule ${JSON.stringify(inert(rule))}. ${advice}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${inert(String(step))}`,
    )
    .join('');
}

function quoteValue(node: unknown): string {
  if (isMap(node)) return 'a set of keys';
  if (isSeq(node)) return 'a list';
  const value = isScalar(node) ? node.value : node;
  if (value === null || value === undefined) return 'empty';
  return typeof value === 'string'
    ? `the text ${JSON.stringify(inert(value))}`
    : `the ${typeof value} ${inert(String(value))}`;
}

/** Text of the file is repeated short and without control characters. */
export function inert(text: string): string {
  const plain = text.replaceAll(/\p{C}/gu, '?');
  return plain.length > 100 ? `${[...plain].slice(0, 100).join('')}…` : plain;
}
