/** Table-level lock modes in pg_locks' own words, weakest first (documentation 13.3.1). */
export const LOCK_MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'index'
  | 'sequence'
  | 'view'
  | 'materialized view'
  | 'foreign table';

/** What a statement does to one relation. `relation` is schema-qualified and unquoted: `public.orders`. */
export type RelationEffect = {
  readonly relation: string;
  readonly kind: RelationKind;
  readonly lock: LockMode;
  readonly rewrite: boolean;
  readonly scan: boolean;
  /** Index built on this relation, if any: its schema-qualified name. */
  readonly builds: string | undefined;
  readonly dataLoss: boolean;
  /** The lock is this strong, and the work done, only if the statement's rows or the conditions in its code ask for it; else it is weaker, or not taken. */
  readonly conditional?: true;
  /** One phrase: why the statement does this to the relation. */
  readonly why: string;
};

/** Everything that is known about a statement's work. `seen: false` means the model does not know it: never silently clean. */
export type Effects = {
  readonly seen: boolean;
  readonly relations: readonly RelationEffect[];
};

/** Postgres major versions that Pullgres speaks for. */
export const POSTGRES_VERSIONS = [13, 14, 15, 16, 17, 18] as const;
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];

/** How strong a lock mode is, the weakest 0. */
export function lockStrength(mode: LockMode): number {
  return LOCK_MODES.indexOf(mode);
}

/** Whether a lock mode keeps readers out, writers out, and other DDL out (documentation 13.3.1, table 13.2). */
export function blockedBy(mode: LockMode): { reads: boolean; writes: boolean; ddl: boolean } {
  const strength = lockStrength(mode);
  return {
    reads: mode === 'AccessExclusiveLock',
    writes: strength >= lockStrength('ShareLock'),
    ddl: strength >= lockStrength('ShareUpdateExclusiveLock'),
  };
}
