import { UserError } from '../errors.ts';
import { misfit } from './misfit.ts';
import { parseEvidence, readEvidence } from './read.ts';
import { type Evidence, evidenceSchema } from './schema.ts';
import { LONGEST_SQL } from './statement.ts';

/**
 * How much a stranger's evidence may hold. Honest evidence stays far below; what is beyond costs a reader time and memory
 * that grow faster than the text: a complaint for each wrong value, a look at each lock for each finding.
 */
const MOST = {
  depth: 16,
  /** Entries of objects and arrays, in all. */
  values: 1_000_000,
  /** Objects and arrays, in all. */
  containers: 150_000,
  /** Entries of one array … */
  entries: 2_000,
  /** … of those that hold a complaint each … */
  complaints: 5_000,
  /** … and of those that grow with the number of migrations. */
  records: 10_000,
  /** UTF-16 units of one text. */
  text: 65_536,
} as const;

const LISTS: Readonly<Record<string, number>> = {
  accepted: MOST.complaints,
  findings: MOST.complaints,
  problems: MOST.complaints,
  refuted: MOST.complaints,
  added: MOST.records,
  altered: MOST.records,
  files: MOST.records,
  migrations: MOST.records,
  schema: MOST.records,
  statements: MOST.records,
};

/** Reads evidence that a stranger may have written. Throws UserError as `readEvidence`, and for what has no measure. */
export function readForeignEvidence(text: string): Evidence {
  refuseImmoderateText(text);
  const json = parseEvidence(text);
  refuseImmoderateValues(json, '');
  const wrong = misfit(evidenceSchema, json);
  if (wrong === undefined) return readEvidence(text);
  throw new UserError(`The evidence is not in Pullgres' format: see ${wrong}.`, {
    hint: 'Use the same release of Pullgres in every workflow.',
  });
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/**
 * Depth and number of values, before the text is parsed: 16 MiB of `[` and `]` take the parser 1 GiB. What is no JSON is
 * left to it.
 */
function refuseImmoderateText(text: string): void {
  let [depth, containers, values] = [0, 0, 1];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (CLOSING.includes(character)) depth -= 1;
    else if (character === COMMA) values += 1;
    else if (OPENING.includes(character)) {
      depth += 1;
      containers += 1;
    }
    if (depth > MOST.depth) throw immoderate('it is nested too deeply');
    if (containers > MOST.containers || values > MOST.values) throw immoderate('it has too many values');
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) return at;
  }
  return text.length;
}

/** `key` is that of the value itself, or of the list that it is in. */
function refuseImmoderateValues(value: unknown, key: string): void {
  const longest = key === 'sql' ? LONGEST_SQL + 1 : MOST.text;
  if (typeof value === 'string' && value.length > longest) throw immoderate('a text is too long');
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value);
  const most = isList && Object.hasOwn(LISTS, key) ? (LISTS[key] ?? 0) : MOST.entries;
  const entries = isList ? value.map((entry) => [key, entry] as const) : Object.entries(value);
  if (entries.length > most) throw immoderate('a list is too long');
  for (const [name, entry] of entries) refuseImmoderateValues(entry, name);
}

function immoderate(why: string): UserError {
  return new UserError(`The evidence is larger than a report can be: ${why}.`, {
    hint: 'Lint and rehearse fewer migrations in one run.',
  });
}
