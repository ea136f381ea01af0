import type { Column, Relation } from './catalog.ts';
import { bareName } from './names.ts';
import { splitType } from './types.ts';

/**
 * Bare names of the functions that a relation's parts call: its triggers, its view's query, its rules and policies, and
 * as far as a text tells its defaults, CHECKs and indexes. Built-in ones are among them.
 */
export function functionsMentioned(relation: Relation): readonly string[] {
  const { triggers = [], calls = [], columns, constraints, indexColumns, predicate } = relation;
  return [
    ...triggers.map((trigger) => bareName(trigger.function)),
    ...calls.map(bareName),
    ...columns.flatMap((column) => functionsOf(column, column.default)),
    ...constraints.flatMap((constraint) => functionsOf(constraint, constraint.expression)),
    ...(relation.kind === 'index' ? [...indexColumns, predicate].flatMap(calledIn) : []),
  ];
}

/** Bare names of the sequences that a relation's defaults draw from. */
export function sequencesMentioned({ columns }: Relation): readonly string[] {
  return columns.flatMap((column) => sequenceOf(column) ?? []);
}

/** Qualified names of the users' own types that a relation is made of. */
export function typesMentioned({ columns, typeOf }: Relation): readonly string[] {
  const types = columns.flatMap(({ type }) => (type.includes('.') ? [splitType(type).base] : []));
  return typeOf === undefined ? types : [...types, typeOf];
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
