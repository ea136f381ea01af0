import { UserError } from '../errors.ts';
import { parseEvidence, readEvidence } from './read.ts';
import type { Evidence } from './schema.ts';
import { LONGEST_SQL } from './statement.ts';

/**
 * How much a stranger's evidence may hold. Honest evidence stays far below; what is beyond costs a reader time and memory
 * that grow faster than the text: a complaint for each wrong value, a look at each lock for each finding.
 */
const MOST = {
  depth: 16,
  /** Objects, arrays and plain values, in all. */
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
  refuseImmoderate(parseEvidence(text));
  return readEvidence(text);
}

/** Without recursion: `[[[[…` may be millions deep. */
function refuseImmoderate(json: unknown): void {
  const open: { readonly value: unknown; readonly key: string; readonly depth: number }[] = [
    { value: json, key: '', depth: 0 },
  ];
  let values = 0;
  let containers = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, key, depth } = next;
    values += 1;
    const longest = key === 'sql' ? LONGEST_SQL + 1 : MOST.text;
    if (typeof value === 'string' && value.length > longest) throw immoderate('a text is too long');
    if (typeof value !== 'object' || value === null) continue;
    containers += 1;
    if (depth > MOST.depth) throw immoderate('it is nested too deeply');
    const isList = Array.isArray(value);
    const entries = isList ? value : Object.values(value);
    const most = isList && Object.hasOwn(LISTS, key) ? (LISTS[key] ?? 0) : MOST.entries;
    if (entries.length > most) throw immoderate('a list is too long');
    if (values + open.length > MOST.values || containers > MOST.containers) throw immoderate('it has too many values');
    const keys = isList ? undefined : Object.keys(value);
    for (const [index, entry] of entries.entries()) {
      open.push({ value: entry, key: keys?.[index] ?? key, depth: depth + 1 });
    }
  }
}

function immoderate(why: string): UserError {
  return new UserError(`The evidence is larger than a report can be: ${why}.`, {
    hint: 'Lint and rehearse fewer migrations in one run.',
  });
}
