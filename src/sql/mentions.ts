import type { Column, Relation } from './catalog.ts';
import { bareName } from './names.ts';
import { splitType } from './types.ts';

/**
 * Bare names of the functions that a relation's parts call: its triggers, its view's query, its rules and policies, and
 * as far as a text tells its defaults, CHECKs and indexes. Built-in ones are among them.
 */
export function functionsMentioned(relation: Relation): readonly string[] {
  const { triggers = [], calls = [], columns, constraints, indexColumns, predicate } = relation;
  const found: string[] = [];
  for (const trigger of triggers) found.push(bareName(trigger.function));
  for (const call of calls) found.push(bareName(call));
  for (const column of columns) found.push(...functionsOf(column, column.default));
  for (const constraint of constraints) found.push(...functionsOf(constraint, constraint.expression));
  if (relation.kind === 'index') found.push(...[...indexColumns, predicate].flatMap(calledIn));
  return found;
}

/** Bare names of the sequences that a relation's defaults draw from. */
export function sequencesMentioned({ columns }: Relation): readonly string[] {
  const found: string[] = [];
  for (const column of columns) {
    const sequence = sequenceOf(column);
    if (sequence !== undefined) found.push(sequence);
  }
  return found;
}

/** Qualified names of the users' own types that a relation is made of. */
export function typesMentioned({ columns, typeOf }: Relation): readonly string[] {
  const found: string[] = [];
  for (const { type } of columns) if (type.includes('.')) found.push(splitType(type).base);
  if (typeOf !== undefined) found.push(typeOf);
  return found;
}

/** By the column or constraint that calls them: most changes of a relation leave those as they are, and most of those call nothing. */
const known = new WeakMap<object, readonly string[]>();

function functionsOf(part: object, text: string | undefined): readonly string[] {
  if (text?.includes('(') !== true) return NOTHING;
  const found = known.get(part) ?? calledIn(text);
  known.set(part, found);
  return found;
}

const NOTHING: readonly string[] = [];

/** Names before a parenthesis, without their schema. */
export function calledIn(text: string | undefined): readonly string[] {
  if (text?.includes('(') !== true) return NOTHING;
  return [...text.matchAll(/(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*\(/gu)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? '',
  );
}

/** The bare name of the sequence that a column's default draws from: `nextval('public.numbers'::regclass)`. */
export function sequenceOf({ default: text }: Column): string | undefined {
  if (text?.includes('nextval(') !== true) return undefined;
  const [, literal] = /\bnextval\(\(?'((?:[^']|'')+)'/.exec(text) ?? [];
  return literal === undefined ? undefined : relationText(literal).at(-1);
}

/** The parts of a relation's name as regclass reads it: `public."Odd"` → `public`, `Odd`. */
export function relationText(text: string): readonly string[] {
  const parts = text.replaceAll("''", "'").matchAll(/"((?:[^"]|"")*)"|([^".]+)/g);
  return [...parts].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim().toLowerCase() ?? '',
  );
}
