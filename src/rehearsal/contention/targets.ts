import type { Catalog, Relation } from '../../sql/catalog.ts';
import { blockedBy, type LockMode, lockStrength, type RelationKind } from '../../sql/effect.ts';

/** Tables that are probed at most: each takes two sessions. */
export const MOST_TABLES = 8;

/** Reads and writes per second, by schema-qualified name. */
export type Rates = ReadonlyMap<
  string,
  { readonly readsPerSecond?: number | undefined; readonly writesPerSecond?: number | undefined }
>;

/** What the lint says of a statement, as far as targets are chosen by it. */
export type PredictedStatement = {
  readonly sql: string;
  /** The grammar's tag: `AlterTableStmt`. */
  readonly kind: string;
  readonly seen: boolean;
  readonly effects: readonly { readonly relation: string; readonly lock: LockMode }[];
};

/** One relation to probe. */
export type Target = {
  /** Schema-qualified: `public.orders`. */
  readonly relation: string;
  readonly kind: RelationKind;
  /** Columns of the primary key, or of a unique index without nulls; empty when there is none. */
  readonly key: readonly string[];
  readonly rowSecurity: boolean;
};

export type Targets = {
  /** Hottest, then largest first. */
  readonly probed: readonly Target[];
  /** Those beyond the first eight. */
  readonly left: readonly string[];
  /** Relations that a forgotten session would hold: what the change locks against other changes of the schema. */
  readonly idle: readonly Target[];
};

const PROBED_KINDS: readonly RelationKind[] = ['table', 'partitioned table', 'materialized view'];
const BIG = Number.MAX_SAFE_INTEGER;

/** Work whose locks the text does not show: its code may name any table. */
function hidesWork({ seen, kind }: PredictedStatement): boolean {
  return !seen || kind === 'DoStmt' || kind === 'CallStmt';
}

/** Whether the text has the relation's bare name as a word. */
function names(text: string, relation: string): boolean {
  const bare = relation.slice(relation.indexOf('.') + 1);
  const isPart = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}_$]/u.test(character);
  for (let at = text.indexOf(bare); at >= 0; at = text.indexOf(bare, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + bare.length])) return true;
  }
  return false;
}

/** The strongest lock that the statement takes on the relation. */
function touches(statement: PredictedStatement, relation: string): LockMode | undefined {
  const modes = statement.effects.filter((effect) => effect.relation === relation).map(({ lock }) => lock);
  if (hidesWork(statement) && names(statement.sql, relation)) modes.push('AccessExclusiveLock');
  return modes.toSorted((a, b) => lockStrength(b) - lockStrength(a))[0];
}

function strongest(statements: readonly PredictedStatement[], relation: string): LockMode | undefined {
  const modes = statements.flatMap((statement) => touches(statement, relation) ?? []);
  return modes.toSorted((a, b) => lockStrength(b) - lockStrength(a))[0];
}

/** The columns by which one row is found: the primary key's, else those of a whole, valid, unique index without nulls. */
function keyOf(relation: Relation, catalog: Catalog): readonly string[] {
  const primary = relation.constraints.find(({ kind }) => kind === 'primary key');
  if (primary !== undefined) return primary.columns;
  const filled = new Set(relation.columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  for (const index of catalog.relations.values()) {
    const isWhole = index.unique && index.valid !== false && index.predicate === undefined;
    if (index.table !== relation.name || !isWhole || index.indexColumns.length === 0) continue;
    if (index.indexColumns.every((column) => filled.has(column))) return index.indexColumns;
  }
  return [];
}

function toTarget(relation: Relation, catalog: Catalog): Target {
  const { name, kind } = relation;
  return { relation: name, kind, key: keyOf(relation, catalog), rowSecurity: relation.rowSecurity === true };
}

function heat({ name, readsPerSecond, writesPerSecond }: Relation, rates: Rates): number {
  const known = rates.get(name) ?? { readsPerSecond, writesPerSecond };
  return (known.readsPerSecond ?? 0) + (known.writesPerSecond ?? 0);
}

/** A partition is read through its parent, where that one is probed. */
function stands(relation: Relation, chosen: ReadonlySet<string>, catalog: Catalog): boolean {
  return relation.parents.every(
    (parent) =>
      !chosen.has(parent) &&
      stands(catalog.relations.get(parent) ?? { ...relation, parents: [] }, chosen, catalog),
  );
}

/**
 * The relations with rows that existed before the change and that its statements, as predicted, lock against readers or
 * writers or change rows of, hottest and largest first. Where the lint cannot see what a statement does (DO, CALL), the
 * tables that its text names count.
 */
export function contentionTargets(
  statements: readonly PredictedStatement[],
  catalog: Catalog,
  rates: Rates,
  sizes: ReadonlyMap<string, { readonly bytes: number }> = new Map(),
): Targets {
  const touched = [...catalog.relations.values()].flatMap((relation) => {
    if (relation.isNew || !PROBED_KINDS.includes(relation.kind)) return [];
    const mode = strongest(statements, relation.name);
    return mode === undefined ? [] : [{ relation, mode }];
  });
  const busy = touched
    .filter(({ mode }) => blockedBy(mode).writes || mode === 'RowExclusiveLock')
    .map(({ relation }) => relation);
  const names = new Set(busy.map(({ name }) => name));
  const bytesOf = ({ name, bytes }: Relation) => sizes.get(name)?.bytes ?? bytes ?? BIG;
  const ordered = busy
    .filter((relation) => stands(relation, names, catalog))
    .toSorted(
      (a, b) => heat(b, rates) - heat(a, rates) || bytesOf(b) - bytesOf(a) || (a.name < b.name ? -1 : 1),
    );
  return {
    probed: ordered.slice(0, MOST_TABLES).map((relation) => toTarget(relation, catalog)),
    left: ordered.slice(MOST_TABLES).map(({ name }) => name),
    idle: touched
      .filter(({ mode }) => blockedBy(mode).ddl)
      .map(({ relation }) => toTarget(relation, catalog)),
  };
}

/**
 * Why no probe may stand beside these migrations, if so: what asks for a lock and takes no for an answer would go
 * another way because of a probe. Undefined when probes are safe.
 */
export function unsafeToProbe(
  texts: readonly { readonly path: string; readonly text: string }[],
): string | undefined {
  const found = texts.find(({ text }) => /\bnowait\b|\bskip\s+locked\b/i.test(text));
  if (found === undefined) return undefined;
  return `${found.path} says NOWAIT or SKIP LOCKED: beside other sessions it would do something else than alone.`;
}
