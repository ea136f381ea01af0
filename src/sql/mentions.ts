import type { Column, Constraint, Relation } from './catalog.ts';
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
    ...columnFunctions(columns),
    ...constraintFunctions(constraints),
    ...(relation.kind === 'index' ? [...indexColumns, predicate].flatMap(calledIn) : []),
  ];
}

/** Bare names of the sequences that a relation's defaults draw from. */
export function sequencesMentioned({ columns }: Relation): readonly string[] {
  return columnSequences(columns);
}

/** Qualified names of the users' own types that a relation is made of. */
export function typesMentioned({ columns, typeOf }: Relation): readonly string[] {
  const types = columnTypes(columns);
  return typeOf === undefined ? types : [...types, typeOf];
}

/** What is read from the parts of a relation: once for each part and for each list, since most changes leave them as they are. */
function fromParts<Part extends object>(
  read: (part: Part) => readonly string[],
): (parts: readonly Part[]) => readonly string[] {
  const known = new WeakMap<object, readonly string[]>();
  const once = <Asked extends object>(asked: Asked, answer: (asked: Asked) => readonly string[]) => {
    const found = known.get(asked) ?? answer(asked);
    known.set(asked, found);
    return found;
  };
  return (parts) => once(parts, (all) => all.flatMap((part) => once(part, read)));
}

const columnFunctions = fromParts((column: Column) => calledIn(column.default));
const constraintFunctions = fromParts(({ expression }: Constraint) => calledIn(expression));
const columnSequences = fromParts((column: Column) => {
  const sequence = sequenceOf(column);
  return sequence === undefined ? NOTHING : [sequence];
});
const columnTypes = fromParts(({ type }: Column) => (type.includes('.') ? [splitType(type).base] : NOTHING));

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
