import type { Connection } from '../../src/postgres/connection.ts';
import { LOCK_MODES } from '../../src/sql/effect.ts';

/** What the server showed for one statement: tables, partitions and materialized views only, qualified names. */
export type Measured = {
  /** `public.orders AccessExclusiveLock`, strongest a relation. */
  readonly locks: readonly string[];
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
  readonly builds: readonly string[];
};

/** These search whole tables without a message (check_default_partition_contents, validateDomainCheckConstraint); the statistics tell. */
const SILENT_SCANS = /^(CREATE TABLE .* PARTITION OF|ALTER DOMAIN)/m;

const KINDS = "('r', 'p', 'm', 'i', 'I', 'S', 'v')";

/** Runs a statement in a transaction that is rolled back. Names are those before the statement. Throws the server's error. */
export async function measure(connection: Connection, sql: string): Promise<Measured> {
  const messages: string[] = [];
  const stop = connection.onNotice(({ message }) => messages.push(message));
  await connection.script("BEGIN; SET LOCAL client_min_messages = 'debug1'; SET LOCAL lock_timeout = '5s'");
  const before = await relations(connection);
  try {
    await connection.script(sql);
    await connection.script('SET LOCAL client_min_messages = warning');
    return await readState(connection, before, messages, sql);
  } finally {
    stop();
    await connection.script('ROLLBACK');
  }
}

type Before = ReadonlyMap<number, { readonly name: string; readonly file: number; readonly scans: number }>;

async function relations(connection: Connection): Promise<Before> {
  const { rows } = await connection.query(
    `SELECT c.oid::int AS oid, n.nspname || '.' || c.relname AS name, pg_relation_filenode(c.oid)::int AS file
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ${KINDS} AND n.nspname = 'public'`,
  );
  const scans = await sequentialScans(connection);
  return new Map(
    rows.map(({ oid, name, file }) => [
      Number(oid),
      { name: String(name), file: Number(file), scans: scans.get(Number(oid)) ?? 0 },
    ]),
  );
}

/** The backend's own count, which it hands over only now and then: differences tell. */
async function sequentialScans(connection: Connection): Promise<ReadonlyMap<number, number>> {
  const { rows } = await connection.query(
    'SELECT relid::int AS oid, seq_scan::int AS scans FROM pg_stat_xact_user_tables',
  );
  return new Map(rows.map(({ oid, scans }) => [Number(oid), Number(scans)]));
}

async function readState(
  connection: Connection,
  before: Before,
  messages: readonly string[],
  sql: string,
): Promise<Measured> {
  const { rows: held } = await connection.query(
    `SELECT relation::int AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`,
  );
  const { rows: files } = await connection.query(
    `SELECT oid::int AS oid, pg_relation_filenode(oid)::int AS file FROM pg_class WHERE relkind IN ${KINDS}`,
  );
  const { rows: keys } = await connection.query(
    `SELECT conname AS name, conrelid::int AS oid FROM pg_constraint WHERE contype = 'f' AND conrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')`,
  );
  const after = await sequentialScans(connection);
  const read = [...before.keys()].filter((oid) => (after.get(oid) ?? 0) > (before.get(oid)?.scans ?? 0));
  const name = (oid: unknown): string | undefined => before.get(Number(oid))?.name;
  const byBareName = new Set([...before.values()].map((relation) => relation.name));
  const table = (bare: string | undefined): string[] =>
    byBareName.has(`public.${bare}`) ? [`public.${bare}`] : [];
  const found = (pattern: RegExp): string[] =>
    messages.flatMap((message) => pattern.exec(message)?.[1] ?? []);
  const validated = found(/^validating foreign key constraint "(.*)"/).flatMap((key) =>
    keys.filter((row) => row.name === key).flatMap((row) => name(row.oid) ?? []),
  );
  const changed = files.filter(({ oid, file }) => {
    const old = before.get(Number(oid));
    return old !== undefined && Number(old.file) > 0 && Number(file) !== old.file;
  });
  return {
    locks: strongestLocks(
      held.flatMap(({ oid, mode }) => (name(oid) ? [[name(oid), String(mode)] as [string, string]] : [])),
    ),
    rewrites: sorted([
      ...found(/^rewriting table "(.*)"/).flatMap(table),
      ...changed.flatMap(({ oid }) => name(oid) ?? []),
    ]),
    scans: sorted([
      ...found(/^verifying table "(.*)"/).flatMap(table),
      ...validated,
      ...(SILENT_SCANS.test(sql) ? read.flatMap((oid) => name(oid) ?? []) : []),
    ]),
    builds: sorted(found(/^building index ".*" on table "(.*?)"/).flatMap(table)),
  };
}

function strongestLocks(held: readonly (readonly [string, string])[]): readonly string[] {
  const strongest = new Map<string, number>();
  for (const [name, mode] of held) {
    const strength = (LOCK_MODES as readonly string[]).indexOf(mode);
    strongest.set(name, Math.max(strength, strongest.get(name) ?? 0));
  }
  return sorted([...strongest].map(([name, strength]) => `${name} ${LOCK_MODES[strength]}`));
}

export function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
