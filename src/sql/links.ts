import type { Relation } from './catalog.ts';
import { functionsMentioned, sequencesMentioned, typesMentioned } from './mentions.ts';
import { withEntry, withoutEntry } from './overlay-map.ts';

type Relations = ReadonlyMap<string, Relation>;

/** Names of the relations that point at a relation, by the way in which they do. */
export type Links = Readonly<Record<keyof typeof POINTERS, ReadonlyMap<string, readonly string[]>>>;

/** `public.orders.id` → `public.orders`. */
function ownerTable(ownedBy: string): string {
  return ownedBy.slice(0, ownedBy.lastIndexOf('.'));
}

/** What a relation points at. */
const POINTERS = {
  heirs: ({ parents }: Relation) => parents,
  indexes: ({ table }: Relation) => (table === undefined ? [] : [table]),
  referencing: ({ constraints }: Relation) =>
    constraints.flatMap(({ references }) => (references === undefined ? [] : [references])),
  readers: ({ reads }: Relation) => reads ?? [],
  /** By the bare names of functions and sequences, and the qualified ones of types, statistics and publications. */
  callers: functionsMentioned,
  drawers: sequencesMentioned,
  typed: typesMentioned,
  statistics: ({ statistics }: Relation) => statistics ?? [],
  publications: ({ publications }: Relation) => publications ?? [],
  sequences: ({ ownedBy }: Relation) => (ownedBy === undefined ? [] : [ownerTable(ownedBy)]),
} as const;
const KINDS = Object.keys(POINTERS) as (keyof typeof POINTERS)[];

const known = new WeakMap<Relations, Links>();

/** The links of a schema: read once, and carried along by `relationsWith`. */
export function linksOf(relations: Relations): Links {
  const cached = known.get(relations);
  if (cached !== undefined) return cached;
  const links = Object.fromEntries(KINDS.map((kind) => [kind, readLinks(relations, kind)])) as Links;
  known.set(relations, links);
  return links;
}

function readLinks(relations: Relations, kind: keyof Links): ReadonlyMap<string, readonly string[]> {
  const links = new Map<string, string[]>();
  for (const relation of relations.values())
    for (const target of new Set(POINTERS[kind](relation))) {
      const names = links.get(target);
      if (names === undefined) links.set(target, [relation.name]);
      else names.push(relation.name);
    }
  return links;
}

/** The relations with one added or changed, and their links brought up to date at the cost of the change alone. */
export function relationsWith(relations: Relations, relation: Relation): Relations {
  const links = linksOf(relations);
  const before = relations.get(relation.name);
  const result = withEntry(relations, relation.name, relation);
  const changed = KINDS.map((kind) => [kind, relinked(links[kind], kind, before, relation)]);
  known.set(result, Object.fromEntries(changed) as Links);
  return result;
}

/** The relations without one, likewise. What others say of it stays. */
export function relationsWithout(relations: Relations, name: string): Relations {
  const before = relations.get(name);
  if (before === undefined) return relations;
  const links = linksOf(relations);
  const result = withoutEntry(relations, name);
  const changed = KINDS.map((kind) => [kind, relinked(links[kind], kind, before, undefined)]);
  known.set(result, Object.fromEntries(changed) as Links);
  return result;
}

function relinked(
  links: ReadonlyMap<string, readonly string[]>,
  kind: keyof Links,
  before: Relation | undefined,
  after: Relation | undefined,
): ReadonlyMap<string, readonly string[]> {
  const self = after?.name ?? before?.name ?? '';
  const old = before === undefined ? [] : POINTERS[kind](before);
  const next = after === undefined ? [] : POINTERS[kind](after);
  let result = links;
  for (const target of new Set(old.filter((name) => !next.includes(name))))
    result = withEntry(
      result,
      target,
      (result.get(target) ?? []).filter((name) => name !== self),
    );
  for (const target of new Set(next.filter((name) => !old.includes(name))))
    result = withEntry(result, target, [...(result.get(target) ?? []), self]);
  return result;
}
