import type { SchemaChange } from '../evidence/schema.ts';
import type { Complaint, ComplaintKind } from './server-words.ts';

/** What the complaint means for code that does not know the change; by SQLSTATE. */
const MEANING: Readonly<Record<string, string>> = {
  '42703': 'there is no column',
  '42P01': 'there is no table',
  '3F000': 'there is no schema',
  '42883': 'there is no function',
  '42704': 'there is no type',
  '23502': 'a value is required for the column',
  '23514': 'a row is refused by the check',
  '23503': 'a row is refused by the foreign key',
  '23505': 'a row is refused by the unique constraint',
  '23P01': 'a row is refused by the exclusion constraint',
  '22P02': 'a value is refused by the type',
  '42804': 'a value is of another type than the column',
  '428C9': 'nothing can be written to the column',
  '55000': 'rows cannot be written to the view',
  '42501': 'there is no permission for',
};

/** Kinds of objects in a schema's difference that a complaint may be about. */
const KINDS: Readonly<Record<ComplaintKind, readonly string[]>> = {
  column: ['column', 'attribute'],
  relation: ['table', 'view', 'materialized view', 'foreign table', 'sequence'],
  schema: ['schema'],
  function: ['function', 'procedure', 'aggregate'],
  type: ['enum', 'domain', 'range', 'composite type', 'base type'],
  constraint: ['constraint', 'index'],
};

const MISSING = new Set(['42703', '42P01', '3F000', '42883', '42704']);

/**
 * The complaint in words, with what the change did to the thing where its schema difference has it:
 * `there is no column `orders.note`, which this change dropped`.
 */
export function explain(complaint: Complaint, schema: readonly SchemaChange[] = []): string {
  const { code, kind, name, relation } = complaint;
  const meaning = MEANING[code] ?? 'the server refuses';
  const change = findChange(complaint, schema);
  const own = kind === 'column' && relation !== undefined ? `${relation}.${name}` : name;
  if (!change) return `${meaning} ${quoted(own)}`;
  return `${meaning} ${quoted(own)}, which this change ${deed(change)}`;
}

function deed({ change, name }: SchemaChange): string {
  if (change === 'renamed') return `renamed to ${quoted(name)}`;
  return change === 'created' ? 'added' : change;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', 'ˋ').slice(0, 200)}\``;
}

/** What is missing went or got another name, or its table did; what is in the way came or is not as it was. */
function findChange(complaint: Complaint, schema: readonly SchemaChange[]): SchemaChange | undefined {
  const isMissing = MISSING.has(complaint.code);
  const deeds = isMissing ? ['dropped', 'renamed'] : ['created', 'altered'];
  const candidates = schema.filter(
    ({ change, kind }) => deeds.includes(change) && KINDS[complaint.kind].includes(kind),
  );
  const named = candidates.filter((change) => endsWith(nameBefore(change), complaint.name, complaint.kind));
  const { relation } = complaint;
  const within = named.filter((change) => relation !== undefined && belongsTo(change, relation));
  // In a query the relation may be an alias, which no schema knows; one column of that name can still be told.
  return within[0] ?? (named.length === 1 ? named[0] : undefined);
}

/** Code that does not know the change calls things as they were called before. */
function nameBefore({ was, name }: SchemaChange): string {
  return was ?? name;
}

/** `public.orders.note` ends with `note`, `orders_note_check on public.orders` begins with its own name. */
function endsWith(full: string, name: string, kind: ComplaintKind): boolean {
  if (kind === 'constraint') return full.split(' on ')[0] === name || full.endsWith(`.${name}`);
  return full === name || full.endsWith(`.${name}`);
}

function belongsTo(change: SchemaChange, relation: string): boolean {
  const full = nameBefore(change);
  const owner = full.includes(' on ') ? full.split(' on ')[1] : full.slice(0, full.lastIndexOf('.'));
  return owner === relation || owner?.endsWith(`.${relation}`) === true;
}
