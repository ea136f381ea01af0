import type { RuleBook } from '../profile/rules.ts';
import type { SourceForeignKey, SourceSchema, SourceTable } from '../source.ts';
import { type Columns, columnId, type Place } from './column-id.ts';
import type { Links } from './links.ts';

/** Why a column follows another: a foreign key or link, `like` in the profile, or its table is a partition or child. */
export type Follow = { readonly from: Place; readonly to: Place; readonly why: 'key' | 'like' | 'parent' };

/** Columns that must have one mask. */
export type Group = {
  readonly members: readonly Place[];
  /** Those that follow none; of a circle all. Their rules decide. */
  readonly roots: readonly Place[];
  readonly follows: readonly Follow[];
};

/** Groups of columns by columnId; a column that follows none and is followed by none has no group. */
export function groupColumns(
  schema: SourceSchema,
  columns: Columns,
  links: Links,
  book: RuleBook,
): ReadonlyMap<string, Group> {
  const follows = [...schema.tables].flatMap(([key, table]) => [
    ...table.foreignKeys.flatMap((one) => keyFollows(table, one, columns)),
    // A link that holds for some rows only does not decide for all of them.
    ...(links.get(key) ?? []).flatMap((one) =>
      one.when === undefined ? keyFollows(table, one, columns) : [],
    ),
    ...parentFollows(table, columns),
    ...likeFollows(table, columns, book),
  ]);
  return united(follows.filter(({ from, to }) => from.column !== to.column));
}

function keyFollows(table: SourceTable, key: SourceForeignKey, columns: Columns): Follow[] {
  const target = columns.byKey(key.references);
  if (target === undefined) return [];
  return key.columns.flatMap((name, index) => {
    const from = columns.column(table, name);
    const to = columns.column(target, key.referencedColumns[index] ?? '');
    return from && to ? [{ from, to, why: 'key' as const }] : [];
  });
}

function parentFollows(table: SourceTable, columns: Columns): Follow[] {
  const keys = table.partitionOf === undefined ? table.inherits : [table.partitionOf];
  const parents = keys.flatMap((key) => columns.byKey(key) ?? []);
  return parents.flatMap((parent) =>
    table.columns.flatMap((column) => {
      const to = columns.column(parent, column.name);
      return to ? [{ from: { table, column }, to, why: 'parent' as const }] : [];
    }),
  );
}

function likeFollows(table: SourceTable, columns: Columns, book: RuleBook): Follow[] {
  const rules = book(table.schema, table.name);
  return table.columns.flatMap((column) => {
    const rule = rules.named(column.name)?.rule;
    if (rule?.as !== 'like') return [];
    const target = columns.table(rule.column.schema, rule.column.table);
    const to = target && columns.column(target, rule.column.column);
    return to ? [{ from: { table, column }, to, why: 'like' as const }] : [];
  });
}

/** Union-find over the follows, with paths halved (Tarjan), so that a long chain costs no more than a short one. */
function united(follows: readonly Follow[]): ReadonlyMap<string, Group> {
  const parents = new Map<string, string>();
  const places = new Map<string, Place>();
  const find = (id: string): string => {
    let at = id;
    for (let next = parents.get(at) ?? at; next !== at; next = parents.get(at) ?? at) {
      parents.set(at, parents.get(next) ?? next);
      at = next;
    }
    return at;
  };
  for (const { from, to } of follows) {
    places.set(columnId(from), from).set(columnId(to), to);
    parents.set(find(columnId(from)), find(columnId(to)));
  }
  const members = new Map<string, Place[]>();
  for (const [id, place] of places) push(members, find(id), place);
  const inside = new Map<string, Follow[]>();
  for (const follow of follows) push(inside, find(columnId(follow.from)), follow);
  const groups = new Map([...members].map(([id, all]) => [id, groupOf(all, inside.get(id) ?? [])]));
  return new Map(
    [...places.keys()].flatMap((id) => {
      const group = groups.get(find(id));
      return group ? [[id, group] as const] : [];
    }),
  );
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function groupOf(members: readonly Place[], follows: readonly Follow[]): Group {
  const following = new Set(follows.map(({ from }) => columnId(from)));
  const free = members.filter((place) => !following.has(columnId(place)));
  const ordered = (free.length > 0 ? free : members).map((place) => ({ place, id: columnId(place) }));
  ordered.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { members, roots: ordered.map(({ place }) => place), follows };
}
