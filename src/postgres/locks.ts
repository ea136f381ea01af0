import { LOCK_MODES, type LockMode, lockStrength, type RelationKind } from '../sql/effect.ts';
import type { Connection } from './connection.ts';
import { RELATION_KINDS } from './relation-kinds.ts';

export type RelationLock = {
  /** Schema-qualified, as the observer knows it: a rename that is not committed still shows the old name. */
  readonly relation: string;
  readonly kind: RelationKind;
  /** The strongest mode that is held or awaited. */
  readonly mode: LockMode;
  /** True when that mode is not granted yet. */
  readonly awaited: boolean;
};

/** System catalogs, TOAST and temporary relations are left out: the first are locked by every statement, the second with their table, and the third nobody else can reach. */
const LOCKS = `
  SELECT n.nspname || '.' || c.relname AS relation, c.relkind::text AS kind, l.mode, l.granted, c.oid IS NULL AS unseen
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.pid = $1 AND l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND (c.oid IS NULL OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))
  ORDER BY 1`;

/**
 * The relations that a backend has locked or waits for, and how many more are locked that the observer cannot see:
 * those were made by the backend's own open transaction, so a lock on them keeps nobody waiting.
 */
export async function sampleLocks(
  observer: Connection,
  processId: number,
): Promise<{ readonly locks: RelationLock[]; readonly unseen: number }> {
  const { rows } = await observer.query(LOCKS, [processId]);
  const strongest = new Map<string, RelationLock>();
  for (const row of rows) {
    const lock = readLock(row);
    if (lock === undefined) continue;
    const known = strongest.get(lock.relation);
    if (known === undefined || lockStrength(lock.mode) > lockStrength(known.mode))
      strongest.set(lock.relation, lock);
  }
  return { locks: [...strongest.values()], unseen: rows.filter(({ unseen }) => unseen === true).length };
}

/**
 * The strongest lock per relation that the backend `processId` holds or awaits in the observer's own database, ordered
 * by relation. Without system catalogs, TOAST and temporary relations, and without relations that the backend's open
 * transaction made. Throws as `Connection.query` does.
 */
export async function readLocks(observer: Connection, processId: number): Promise<RelationLock[]> {
  return (await sampleLocks(observer, processId)).locks;
}

function readLock(row: Record<string, unknown>): RelationLock | undefined {
  const kind = RELATION_KINDS[String(row.kind)];
  const mode = LOCK_MODES.find((known) => known === row.mode);
  if (kind === undefined || mode === undefined) return undefined;
  return { relation: String(row.relation), kind, mode, awaited: row.granted !== true };
}
