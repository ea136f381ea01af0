import type { Migration } from './migration.ts';

/** What a change does to the migrations of its base. `outOfOrder`: added, but standing before a migration of the base. */
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

/** Compares two ordered lists by version and checksum; line ends alone make no difference. `edited` holds the head's form, `deleted` the base's. */
export function compareMigrations(base: readonly Migration[], head: readonly Migration[]): Comparison {
  const before = new Map(base.map((migration) => [migration.version, migration]));
  const after = new Set(head.map((migration) => migration.version));
  const lastKept = head.findLastIndex((migration) => before.has(migration.version));
  const isAdded = (migration: Migration) => !before.has(migration.version);
  return {
    added: head.filter(isAdded),
    edited: head.filter((migration) => {
      const old = before.get(migration.version);
      return old !== undefined && !sameContent(old, migration);
    }),
    deleted: base.filter((migration) => !after.has(migration.version)),
    outOfOrder: head.slice(0, Math.max(lastKept, 0)).filter(isAdded),
  };
}

/** The migrations whose version is not in the history, in their order. */
export function pending(migrations: readonly Migration[], applied: readonly string[]): readonly Migration[] {
  const done = new Set(applied);
  return migrations.filter((migration) => !done.has(migration.version));
}
