import { groupBy } from '../group-by.ts';
import type { Migration } from './migration.ts';

/**
 * What a change does to the migrations of its base. `added`: new, or repeatable and changed. `outOfOrder`: added, but
 * standing before a migration of the base.
 */
export type Comparison = {
  readonly added: readonly Migration[];
  readonly edited: readonly Migration[];
  readonly deleted: readonly Migration[];
  readonly outOfOrder: readonly Migration[];
};

/** Git may turn line ends round on checkout; that is no edit. */
function sameContent(a: Migration, b: Migration): boolean {
  return a.checksum === b.checksum || a.text.replaceAll('\r\n', '\n') === b.text.replaceAll('\r\n', '\n');
}

/**
 * Compares two ordered lists by version and checksum; line ends alone make no difference. `edited` holds the head's form,
 * `deleted` the base's. Of several with one version, each belongs to that of its own path.
 */
export function compareMigrations(base: readonly Migration[], head: readonly Migration[]): Comparison {
  const pairs = pairUp(base, head);
  const kept = new Set(pairs.values());
  const isEdited = (migration: Migration) => {
    const old = pairs.get(migration);
    return old !== undefined && !sameContent(old, migration);
  };
  const isAdded = (migration: Migration) =>
    !pairs.has(migration) || (migration.repeatable === true && isEdited(migration));
  const lastKept = head.findLastIndex((migration) => pairs.has(migration) && !migration.repeatable);
  return {
    added: head.filter(isAdded),
    edited: head.filter((migration) => !migration.repeatable && isEdited(migration)),
    deleted: base.filter((migration) => !migration.repeatable && !kept.has(migration)),
    outOfOrder: head.slice(0, Math.max(lastKept, 0)).filter((migration) => !pairs.has(migration)),
  };
}

/** Each of the head's migrations that the base has too, with the base's: first those of one path, then those that were renamed. */
function pairUp(base: readonly Migration[], head: readonly Migration[]): ReadonlyMap<Migration, Migration> {
  const waiting = groupBy(base, ({ version }) => version);
  const pairs = new Map<Migration, Migration>();
  const take = (migration: Migration, fits: (old: Migration) => boolean) => {
    const old = waiting.get(migration.version) ?? [];
    const at = old.findIndex(fits);
    if (at < 0 || pairs.has(migration)) return;
    pairs.set(migration, old[at] as Migration);
    old.splice(at, 1);
  };
  for (const migration of head) take(migration, ({ path }) => path === migration.path);
  for (const migration of head) take(migration, () => true);
  return pairs;
}

/** The migrations whose version is not in the history, in their order. */
export function pending(migrations: readonly Migration[], applied: readonly string[]): readonly Migration[] {
  const done = new Set(applied);
  return migrations.filter((migration) => !done.has(migration.version));
}
