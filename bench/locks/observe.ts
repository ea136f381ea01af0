import type { Connection } from '../../src/postgres/connection.ts';
import { readServerMessage, type ServerMessage } from '../../src/postgres/messages.ts';
import { type HeldLock, type Measured, sorted, strongestLocks } from './measured.ts';

const KINDS = "('r', 'p', 'm', 'i', 'I', 'S', 'v', 'f')";

export type Known = {
  readonly name: string;
  readonly kind: string;
  readonly file: number;
  readonly scans: number;
};

/** Relations of the world by oid: their names, files and counts of scans as the connection sees them now. */
export type Snapshot = ReadonlyMap<number, Known>;

/** Reads every relation but the system's own and temporary ones, which no other session can reach. */
export async function snapshot(connection: Connection): Promise<Snapshot> {
  const { rows } = await connection.query(
    `SELECT c.oid::int AS oid, n.nspname || '.' || c.relname AS name,
       c.relkind::text AS kind, coalesce(pg_relation_filenode(c.oid), 0)::int AS file, coalesce(s.seq_scan, 0)::int AS scans
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_stat_xact_user_tables s ON s.relid = c.oid
     WHERE c.relkind IN ${KINDS} AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  );
  return new Map(
    rows.map(({ oid, name, kind, file, scans }) => [
      Number(oid),
      { name: String(name), kind: String(kind), file: Number(file), scans: Number(scans) },
    ]),
  );
}

/** The relation locks of a backend, held and awaited, on relations of the snapshot. */
export async function locksOf(
  observer: Connection,
  processId: number,
  before: Snapshot,
): Promise<readonly HeldLock[]> {
  const { rows } = await observer.query(
    "SELECT relation::int AS oid, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation'",
    [processId],
  );
  return rows.flatMap(({ oid, mode }) => {
    const relation = before.get(Number(oid))?.name;
    return relation === undefined ? [] : [{ relation, mode: String(mode) }];
  });
}

/** Tables of foreign keys by the keys' names, of leaf tables only: a message names the key alone. */
export type Keys = readonly { readonly name: string; readonly oid: number }[];

export async function foreignKeys(connection: Connection): Promise<Keys> {
  const { rows } = await connection.query(
    "SELECT conname AS name, conrelid::int AS oid FROM pg_constraint WHERE contype = 'f' AND conrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')",
  );
  return rows.map(({ name, oid }) => ({ name: String(name), oid: Number(oid) }));
}

/** Puts together what was seen: locks, messages of level DEBUG1, and how the relations differ after it. `silentScans`: statements that search tables without a message are told by the statistics. */
export function judge(seen: {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly keys: Keys;
  readonly held: readonly HeldLock[];
  readonly messages: readonly string[];
  readonly silentScans: boolean;
}): Measured {
  const { before, after, keys, held } = seen;
  const tables = new Map([...before.values()].map(({ name }) => [name.slice(name.indexOf('.') + 1), name]));
  const messages = seen.messages.flatMap((text) => readServerMessage(text) ?? []);
  const named = (kind: ServerMessage['kind']): readonly string[] =>
    messages.flatMap((message) => (message.kind === kind ? (tables.get(message.relation ?? '') ?? []) : []));
  const validated = messages.flatMap((message) =>
    message.kind === 'validate'
      ? keys
          .filter(({ name }) => name === message.constraint)
          .flatMap(({ oid }) => before.get(oid)?.name ?? [])
      : [],
  );
  const entries = [...before];
  const moved = entries.filter(([oid, { file }]) => file > 0 && (after.get(oid)?.file ?? file) !== file);
  const read = entries.filter(([oid, { scans }]) => (after.get(oid)?.scans ?? 0) > scans);
  return {
    locks: strongestLocks(held),
    rewrites: sorted([...named('rewrite'), ...moved.map(([, { name }]) => name)]),
    scans: sorted([
      ...named('verify'),
      ...validated,
      ...(seen.silentScans ? read.map(([, { name }]) => name) : []),
    ]),
    builds: sorted(named('build')),
  };
}
