import type { RehearsalRecord } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import type { DdlPart, SchemaObject, SchemaSnapshot } from '../postgres/schema-snapshot.ts';
import { type LineDifference, lineDifference } from './line-diff.ts';
import { byName, linesWithin, objectName } from './schema-names.ts';

/** One object that is not as it was; lines of DDL without the object's name, which stands in `name`. */
export type SchemaChange = NonNullable<RehearsalRecord['schema']>[number];

type Schemas = { readonly before: SchemaSnapshot; readonly after: SchemaSnapshot };
type Found = { readonly object: SchemaObject; readonly change: SchemaChange };

/**
 * What became of each object, by its identity: dropped and made again under the same name is exactly that. What
 * belongs to a relation that was made or dropped stands among its lines; what partitions and children have from their
 * parent is told there alone.
 */
export function schemaChanges(before: SchemaSnapshot, after: SchemaSnapshot): SchemaChange[] {
  const schemas = { before, after };
  const found = [
    ...onlyIn(before, after).map((object) => one(schemas, 'dropped', object)),
    ...onlyIn(after, before).map((object) => one(schemas, 'created', object)),
    ...[...after.values()].flatMap((object) => kept(schemas, object)),
  ];
  const told = found.filter(({ object, change }) => isTold(schemas, object, change));
  return sorted(schemas, withoutRepeats(withoutRebuilt(told)));
}

/** The same by name and DDL, where objects were made again and so are others: what one would see in two dumps. */
export function schemaDifference(before: SchemaSnapshot, after: SchemaSnapshot): SchemaChange[] {
  const named = { before: byName(before), after: byName(after) };
  return [...schemaChanges(named.before, named.after), ...reordered(named)];
}

function onlyIn(these: SchemaSnapshot, those: SchemaSnapshot): SchemaObject[] {
  return [...these.values()].filter(({ key }) => !those.has(key));
}

function one(schemas: Schemas, change: 'created' | 'dropped', object: SchemaObject): Found {
  const schema = change === 'created' ? schemas.after : schemas.before;
  const own = object.parts.flatMap(({ text }) => text.split('\n'));
  const lines = [...own, ...(belongings(schema).get(object.key) ?? []).flatMap(linesWithin)];
  const [removed, added] = change === 'created' ? [[], lines] : [lines, []];
  const name = objectName(schema, object);
  return { object, change: { change, kind: object.kind, name, removed, added } };
}

const belongingsOf = new WeakMap<SchemaSnapshot, ReadonlyMap<string | undefined, readonly SchemaObject[]>>();

/** What belongs to each object, kind by kind: asked for once for each object that came or went. */
function belongings(schema: SchemaSnapshot): ReadonlyMap<string | undefined, readonly SchemaObject[]> {
  const inOrder = () => [...schema.values()].sort((a, b) => rank(a) - rank(b) || besides(a, b));
  const known = belongingsOf.get(schema) ?? groupBy(inOrder(), ({ of }) => of);
  belongingsOf.set(schema, known);
  return known;
}

const ORDER = ['column', 'attribute', 'sequence', 'constraint', 'index', 'trigger', 'rule', 'policy'];

/** Columns keep their own order. */
function besides(a: SchemaObject, b: SchemaObject): number {
  if (a.kind === 'column' || a.kind === 'attribute' || a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function rank({ kind }: SchemaObject): number {
  return ORDER.indexOf(kind);
}

/** What another object tells of, where it says nothing itself: columns of views, indexes of constraints, NOT NULL. */
const SILENT: ReadonlySet<string> = new Set(['column', 'index', 'constraint']);

/** An object that says nothing comes and goes silently, and so does one with what it belongs to. */
function isTold(
  { before, after }: Schemas,
  { kind, of, parts }: SchemaObject,
  { change }: SchemaChange,
): boolean {
  if (change !== 'created' && change !== 'dropped') return true;
  const other = change === 'created' ? before : after;
  return (parts.length > 0 || !SILENT.has(kind)) && (of === undefined || other.has(of));
}

function kept({ before, after }: Schemas, object: SchemaObject): Found[] {
  const old = before.get(object.key);
  if (old === undefined) return [];
  const lines = partDifference(old.parts, object.parts);
  const isRenamed = old.name !== object.name || old.schema !== object.schema;
  const isAltered = lines.removed.length + lines.added.length > 0;
  const facts = { kind: object.kind, name: objectName(after, object) };
  const changes: Found[] = [];
  if (isRenamed) {
    const was = objectName(before, old);
    changes.push({ object, change: { change: 'renamed', ...facts, was, ...mutable(lines) } });
  } else if (isAltered) changes.push({ object, change: { change: 'altered', ...facts, ...mutable(lines) } });
  if (old.filenode !== object.filenode && !isRewrittenWithTable({ before, after }, object)) {
    changes.push({ object, change: { change: 'rewritten', ...facts, removed: [], added: [] } });
  }
  return changes;
}

function mutable({ removed, added }: LineDifference): { removed: string[]; added: string[] } {
  return { removed: [...removed], added: [...added] };
}

function isRewrittenWithTable({ before, after }: Schemas, { of }: SchemaObject): boolean {
  const [old, now] = of === undefined ? [] : [before.get(of), after.get(of)];
  return old?.filenode !== now?.filenode;
}

/** A piece is the same when its text is, or what the server has stored: then only others' names in it are new. */
function partDifference(before: readonly DdlPart[], after: readonly DdlPart[]): LineDifference {
  const same = (a: DdlPart) => (b: DdlPart) =>
    a.text === b.text || (a.stored !== undefined && a.stored === b.stored);
  const gone = before.filter((part) => !after.some(same(part)));
  const come = after.filter((part) => !before.some(same(part)));
  const lines = (parts: readonly DdlPart[]) => parts.flatMap(({ text }) => text.split('\n'));
  return lineDifference(lines(gone), lines(come));
}

const REBUILT_KINDS: readonly string[] = ['index', 'constraint'];

/**
 * Where a column's type was changed the server itself makes the indexes and constraints on it again, the same as they
 * were (ALTER TABLE, "SET DATA TYPE"): that is no change of theirs.
 */
function withoutRebuilt(found: readonly Found[]): readonly Found[] {
  if (!found.some(({ change: { change, kind } }) => kind === 'column' && change === 'altered')) return found;
  const made = ({ object, change }: Found): string =>
    JSON.stringify([object.kind, object.of, change.name, object.parts.map(({ text }) => text)]);
  const all = (wanted: SchemaChange['change']) =>
    new Set(found.filter(({ change }) => change.change === wanted).map(made));
  const [dropped, created] = [all('dropped'), all('created')];
  return found.filter((each) => {
    const isRebuilt =
      REBUILT_KINDS.includes(each.object.kind) && dropped.has(made(each)) && created.has(made(each));
    return !isRebuilt;
  });
}

/** A change of a child that its parent's object went through too is told once. */
function withoutRepeats(found: readonly Found[]): readonly Found[] {
  const told = ({ change, kind, removed, added }: SchemaChange, key: string | undefined): string =>
    JSON.stringify([change, key, ...(kind === 'column' ? [removed, added] : [])]);
  const changed = new Set(found.map(({ object, change }) => told(change, object.key)));
  return found.filter(
    ({ object: { from }, change }) => from === undefined || !changed.has(told(change, from)),
  );
}

/** Each relation's changes beside each other, its own first. */
function sorted({ before, after }: Schemas, found: readonly Found[]): SchemaChange[] {
  const place = ({ object, change }: Found): string => {
    const schema = change.change === 'dropped' ? before : after;
    const owner = object.of === undefined ? undefined : schema.get(object.of);
    return owner === undefined
      ? `${change.name}\0`
      : `${objectName(schema, owner)}\0${change.kind}\0${change.name}`;
  };
  return found
    .map((each) => ({ at: place(each), change: each.change }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ change }) => change);
}

/** Tables whose columns stand in another order; what was dropped between them makes none. */
function reordered({ before, after }: Schemas): SchemaChange[] {
  return [...after.values()].flatMap((table): SchemaChange[] => {
    if (table.kind !== 'table' || !before.has(table.key)) return [];
    const [old, now] = [columnNames(before, table.key), columnNames(after, table.key)];
    const was = old.filter((name) => now.includes(name));
    const is = now.filter((name) => old.includes(name));
    if (was.every((name, at) => name === is[at])) return [];
    const line = (names: readonly string[]) => [`COLUMNS IN THE ORDER ${names.join(', ')}`];
    return [
      {
        change: 'altered',
        kind: 'table',
        name: objectName(after, table),
        removed: line(was),
        added: line(is),
      },
    ];
  });
}

function columnNames(schema: SchemaSnapshot, table: string): readonly string[] {
  const columns = (belongings(schema).get(table) ?? []).filter(({ kind }) => kind === 'column');
  return columns.map(({ name }) => name);
}

const VERBS: Readonly<Record<SchemaChange['change'], string>> = {
  created: 'is there',
  dropped: 'is gone',
  altered: 'is another',
  renamed: 'has another name',
  rewritten: 'was written anew',
};

/** The changes as lines that a person reads: each object, and below it what went (-) and what came (+). */
export function changeLines(changes: readonly SchemaChange[]): string[] {
  return changes.flatMap(({ change, kind, name, was, removed, added }) => [
    `${kind} ${name} ${VERBS[change]}${was === undefined ? '' : `, was ${was}`}`,
    ...removed.map((line) => `- ${line}`),
    ...added.map((line) => `+ ${line}`),
  ]);
}
