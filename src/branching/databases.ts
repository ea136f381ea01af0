import { identifier, literal } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { type Label, labelText, parseLabel } from './labels.ts';
import {
  dropForced,
  dropSubscriptions,
  endReaders,
  endSessions,
  hasReaders,
  needsInside,
  rollbackPrepared,
} from './obstacles.ts';
import { unblocked } from './unblock.ts';

/** One row of pg_database. `label` only when the database belongs to the administrator: everyone else's comment proves nothing. */
export type DatabaseRecord = {
  readonly oid: number;
  readonly name: string;
  readonly ours: boolean;
  readonly commented: boolean;
  readonly label: Label | undefined;
  readonly connectable: boolean;
  /** An interrupted DROP DATABASE left it; it can only be dropped again (docs: 52.15, datconnlimit −2). */
  readonly invalid: boolean;
  readonly template: boolean;
  /**
   * Its row in pg_database and its comment were last written by one and the same transaction, as when it was published:
   * since then nobody has let connections in, renamed it, granted anything on it or labelled it anew. Autovacuum writes
   * in place, and freezing keeps what is asked here (a row's xmin, docs: 5.6).
   */
  readonly untouched: boolean;
};

/** Every database of the server, ordered by name. */
export async function readDatabases(admin: Admin): Promise<readonly DatabaseRecord[]> {
  const { rows } = await admin.query(`
    SELECT d.oid::int8::text AS oid, datname::text AS name, c.description AS comment,
           coalesce(d.xmin = c.xmin, false) AS untouched,
           pg_get_userbyid(datdba) = current_user AS ours, datallowconn AS connectable,
           datconnlimit = -2 AS invalid, datistemplate AS template
    FROM pg_database d LEFT JOIN pg_shdescription c ON c.objoid = d.oid AND c.classoid = 'pg_database'::regclass
    ORDER BY datname COLLATE "C"`);
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    ours: row.ours === true,
    commented: row.comment !== null,
    label: row.ours === true && typeof row.comment === 'string' ? parseLabel(row.comment) : undefined,
    connectable: row.connectable === true,
    invalid: row.invalid === true,
    template: row.template === true,
    untouched: row.untouched === true,
  }));
}

/** The statement that labels a database. */
export function commentOn(database: string, label: Label): string {
  return `COMMENT ON DATABASE ${identifier(database)} IS ${literal(labelText(label))};`;
}

export type CopyRequest = {
  readonly name: string;
  readonly template: string;
  readonly label: Label;
  /** The group that owns what is in it. */
  readonly group: string;
};

/**
 * Copies the template into a new database that only the administrator can enter. A copy forgets the template's ACL, so
 * PUBLIC could connect to it; hence it is made closed, and opened in the same transaction that labels it and takes
 * CONNECT from PUBLIC. The owner group may create schemas in it, and connect when `admit` says so. `create` runs CREATE
 * DATABASE, with what it may append to the statement.
 */
export async function copyDatabase(
  admin: Admin,
  request: CopyRequest,
  create: (statement: string) => Promise<void> = admin.script,
): Promise<void> {
  const name = identifier(request.name);
  await create(`CREATE DATABASE ${name} TEMPLATE ${identifier(request.template)} ALLOW_CONNECTIONS false`);
  await admin.script(`
    ${commentOn(request.name, request.label)}
    REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
    GRANT CREATE ON DATABASE ${name} TO ${identifier(request.group)};
    ALTER DATABASE ${name} ALLOW_CONNECTIONS true;`);
}

/**
 * Drops the database with whoever is connected to it, and with what bites: a template mark, prepared transactions,
 * subscriptions (their slot stays on the publisher, and is named), readers of its logical slots. The database is closed
 * meanwhile when a reader must be kept out, and opened again when the drop fails. Throws ProviderError with the remedy.
 */
export async function dropDatabase(server: Server, admin: Admin, record: DatabaseRecord): Promise<void> {
  const alter = `ALTER DATABASE ${identifier(record.name)}`;
  if (record.template) await admin.script(`${alter} IS_TEMPLATE false`);
  if (!record.invalid && (await needsInside(admin, record.name))) {
    if (!record.connectable) await admin.script(`${alter} ALLOW_CONNECTIONS true`);
    await clearInside(server, record.name);
  }
  if (record.invalid || !(await hasReaders(admin, record.name))) return dropQuiet(server, admin, record);
  await admin.script(`${alter} ALLOW_CONNECTIONS false`);
  try {
    await endReaders(server, admin, record.name);
    await dropQuiet(server, admin, record);
  } catch (error) {
    if (record.connectable) await admin.script(`${alter} ALLOW_CONNECTIONS true`).catch(() => undefined);
    throw error;
  }
}

/** With whoever stands in its way ended; who prepares transactions faster than they are rolled back is shut out first. */
async function dropQuiet(server: Server, admin: Admin, record: DatabaseRecord): Promise<void> {
  const drop = () => unblocked(server, admin, () => dropForced(admin, record.name));
  try {
    await drop();
  } catch (error) {
    if (record.invalid || !record.connectable || !(await needsInside(admin, record.name))) throw error;
    await shutOut(admin, record.name, async () => {
      await clearInside(server, record.name);
      await drop();
    });
  }
}

/** Runs `work` while nobody but its owner may enter the database; those who might before may again when it fails. */
async function shutOut(admin: Admin, database: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await admin.query(
    `SELECT DISTINCT a.grantee::regrole::text AS role FROM pg_database d, aclexplode(d.datacl) a
     WHERE d.datname = $1 AND a.privilege_type = 'CONNECT' AND a.grantee NOT IN (0, d.datdba)`,
    [database],
  );
  const roles = rows.map(({ role }) => String(role)).join(', ');
  const name = identifier(database);
  if (roles !== '') await admin.script(`REVOKE CONNECT ON DATABASE ${name} FROM ${roles}`);
  try {
    await endSessions(admin, database);
    await work();
  } catch (error) {
    if (roles !== '')
      await admin.script(`GRANT CONNECT ON DATABASE ${name} TO ${roles}`).catch(() => undefined);
    throw error;
  }
}

const clearInside = (server: Server, database: string): Promise<void> =>
  asAdmin(
    server,
    async (inside) => {
      await rollbackPrepared(inside);
      await dropSubscriptions(server, inside);
    },
    { database },
  );
