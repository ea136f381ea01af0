import type { Relation } from './catalog.ts';
import { functionsMentioned, sequencesMentioned, typesMentioned } from './mentions.ts';
import { withEntry, withoutEntry } from './persistent-map.ts';

type Relations = ReadonlyMap<string, Relation>;
type Names = ReadonlyMap<string, true>;

/** Names of the relations that point at a relation, by the way in which they do. */
export type Links = Readonly<Record<LinkKind, ReadonlyMap<string, Names>>>;
export type LinkKind = keyof typeof POINTERS;

/** What a relation points at, and the members that say so: while they stay the same, so do the links. */
type Pointer = {
  readonly from: readonly (keyof Relation)[];
  readonly targets: (relation: Relation) => readonly string[];
};

/** `public.orders.id` → `public.orders`. */
function ownerTable(ownedBy: string): string {
  return ownedBy.slice(0, ownedBy.lastIndexOf('.'));
}

const POINTERS = {
  heirs: { from: ['parents'], targets: ({ parents }) => parents },
  indexes: { from: ['table'], targets: ({ table }) => (table === undefined ? [] : [table]) },
  referencing: {
    from: ['constraints'],
    targets: ({ constraints }) =>
      constraints.flatMap(({ references }) => (references === undefined ? [] : [references])),
  },
  readers: { from: ['reads'], targets: ({ reads }) => reads ?? [] },
  /** By the bare names of functions and sequences, and the qualified ones of types, statistics and publications. */
  callers: {
    from: ['triggers', 'calls', 'columns', 'constraints', 'indexColumns', 'predicate'],
    targets: functionsMentioned,
  },
  drawers: { from: ['columns'], targets: sequencesMentioned },
  typed: { from: ['columns', 'typeOf'], targets: typesMentioned },
  statistics: { from: ['statistics'], targets: ({ statistics }) => statistics ?? [] },
  publications: { from: ['publications'], targets: ({ publications }) => publications ?? [] },
  sequences: {
    from: ['ownedBy'],
    targets: ({ ownedBy }) => (ownedBy === undefined ? [] : [ownerTable(ownedBy)]),
  },
} as const satisfies Readonly<Record<string, Pointer>>;
export const LINK_KINDS = Object.keys(POINTERS) as LinkKind[];

const known = new WeakMap<Relations, Links>();

/** The links of a schema: read once, and carried along by `relationsWith`. */
export function linksOf(relations: Relations): Links {
  const cached = known.get(relations);
  if (cached !== undefined) return cached;
  const links = Object.fromEntries(LINK_KINDS.map((kind) => [kind, readLinks(relations, kind)])) as Links;
  known.set(relations, links);
  return links;
}

/** The names of the relations that point at this one, or at a function, type or other thing of this name, in this way. */
export function pointersTo(relations: Relations, kind: LinkKind, name: string): readonly string[] {
  return [...(linksOf(relations)[kind].get(name)?.keys() ?? [])];
}

function readLinks(relations: Relations, kind: LinkKind): ReadonlyMap<string, Names> {
  const links = new Map<string, Map<string, true>>();
  for (const relation of relations.values())
    for (const target of POINTERS[kind].targets(relation)) {
      const names = links.get(target) ?? new Map<string, true>();
      links.set(target, names.set(relation.name, true));
    }
  return links;
}

/** The relations with one added or changed, and their links brought up to date at the cost of the change alone. */
export function relationsWith(relations: Relations, relation: Relation): Relations {
  const before = relations.get(relation.name);
  if (before === relation) return relations;
  const result = withEntry(relations, relation.name, relation);
  known.set(result, relinked(linksOf(relations), before, relation));
  return result;
}

/** The relations without one, likewise. What others say of it stays. */
export function relationsWithout(relations: Relations, name: string): Relations {
  const before = relations.get(name);
  if (before === undefined) return relations;
  const result = withoutEntry(relations, name);
  known.set(result, relinked(linksOf(relations), before, undefined));
  return result;
}

function relinked(links: Links, before: Relation | undefined, after: Relation | undefined): Links {
  let result = links;
  for (const kind of LINK_KINDS) {
    if (pointsAlike(POINTERS[kind], before, after)) continue;
    const relinked = relinkedKind(links[kind], POINTERS[kind], before, after);
    if (relinked !== links[kind]) result = { ...result, [kind]: relinked };
  }
  return result;
}

function pointsAlike({ from }: Pointer, before: Relation | undefined, after: Relation | undefined): boolean {
  return (
    before !== undefined && after !== undefined && from.every((member) => before[member] === after[member])
  );
}

function relinkedKind(
  links: ReadonlyMap<string, Names>,
  { targets }: Pointer,
  before: Relation | undefined,
  after: Relation | undefined,
): ReadonlyMap<string, Names> {
  const self = after?.name ?? before?.name ?? '';
  const old = before === undefined ? NOTHING : targets(before);
  const next = after === undefined ? NOTHING : targets(after);
  if (old.length === 0 && next.length === 0) return links;
  let result = links;
  for (const target of old)
    if (!next.includes(target))
      result = withEntry(result, target, withoutEntry(result.get(target) ?? NONE, self));
  for (const target of next)
    if (!old.includes(target))
      result = withEntry(result, target, withEntry(result.get(target) ?? NONE, self, true));
  return result;
}

const NONE: Names = new Map();
const NOTHING: readonly string[] = [];
