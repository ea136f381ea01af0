import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { type Label, labelText, parseLabel } from './labels.ts';

/** One row of pg_database. `label` only when the database belongs to the administrator: everyone else's comment proves nothing. */
export type DatabaseRecord = {
  readonly name: string;
  readonly ours: boolean;
  readonly commented: boolean;
  readonly label: Label | undefined;
  readonly connectable: boolean;
  /** An interrupted DROP DATABASE left it; it can only be dropped again (docs: 52.15, datconnlimit −2). */
  readonly invalid: boolean;
  readonly template: boolean;
};

/** Every database of the server, ordered by name. */
export async function readDatabases(admin: Admin): Promise<readonly DatabaseRecord[]> {
  const { rows } = await admin.query(`
    SELECT datname::text AS name, shobj_description(oid, 'pg_database') AS comment,
           pg_get_userbyid(datdba) = current_user AS ours, datallowconn AS connectable,
           datconnlimit = -2 AS invalid, datistemplate AS template
    FROM pg_database ORDER BY datname COLLATE "C"`);
  return rows.map((row) => ({
    name: String(row.name),
    ours: row.ours === true,
    commented: row.comment !== null,
    label: row.ours === true && typeof row.comment === 'string' ? parseLabel(row.comment) : undefined,
    connectable: row.connectable === true,
    invalid: row.invalid === true,
    template: row.template === true,
  }));
}

/** The statement that labels a database. */
export function commentOn(database: string, label: Label): string {
  return `COMMENT ON DATABASE ${identifier(database)} IS ${literal(labelText(label))};`;
}

/**
 * Copies the template into a new database that only the administrator can enter. A copy forgets the template's ACL, so
 * PUBLIC could connect to it; hence it is made closed, and opened in the same transaction that labels it and takes
 * CONNECT from PUBLIC. The owner group may create schemas in it, and connect when `admit` says so. `create` runs CREATE
 * DATABASE, with what it may append to the statement.
 */
export async function copyDatabase(
  admin: Admin,
  request: {
    readonly name: string;
    readonly template: string;
    readonly label: Label;
    readonly group: string;
  },
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

/** The statements that let the database's roles in; what they make there belongs to the group. */
export function admit(database: string, roles: { readonly login: string; readonly group: string }): string {
  const [name, login, group] = [database, roles.login, roles.group].map(identifier);
  return `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${group};
    ALTER ROLE ${login} IN DATABASE ${name} SET role = ${literal(roles.group)};`;
}

/**
 * Ends every other session in the database; FORCE of DROP DATABASE does it by itself, RENAME does not. An autovacuum
 * worker has no role, which only a superuser may end, and goes by itself when a database is dropped or renamed.
 */
export async function endSessions(admin: Admin, database: string): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid() AND usesysid IS NOT NULL`,
    [database],
  );
}

/**
 * Drops the database with whoever is connected to it. Clears a template mark and prepared transactions; a subscription
 * or an active replication slot stops it with a ProviderError that gives the remedy, since both have an end elsewhere.
 */
export async function dropDatabase(server: Server, admin: Admin, record: DatabaseRecord): Promise<void> {
  if (record.template) await admin.script(`ALTER DATABASE ${identifier(record.name)} IS_TEMPLATE false`);
  await refuseReplication(admin, record.name);
  if (!record.invalid) await rollbackPrepared(server, admin, record.name);
  await dropForced(admin, record.name);
}

/**
 * FORCE asks whether it may end each session, an autovacuum worker too, and so refuses whoever is no superuser while one
 * works there. A plain DROP sends the worker away without asking (procarray.c: CountOtherDBBackends).
 */
async function dropForced(admin: Admin, database: string): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${identifier(database)}`;
  try {
    await admin.script(`${drop} WITH (FORCE)`);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== '42501') throw error;
    await endSessions(admin, database);
    await admin.script(drop);
  }
}

async function refuseReplication(admin: Admin, database: string): Promise<void> {
  const { rows } = await admin.query(
    `SELECT 'the subscription ' || quote_ident(subname) AS what,
            format('In that database: ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I; then drop its slot on the publisher.', subname) AS remedy
     FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1
     UNION ALL
     SELECT 'the active replication slot ' || quote_ident(slot_name),
            format('Stop its reader, or SELECT pg_terminate_backend(%s); then SELECT pg_drop_replication_slot(%L).', active_pid, slot_name)
     FROM pg_replication_slots WHERE database = $1 AND active_pid IS NOT NULL`,
    [database],
  );
  const first = rows[0];
  if (!first) return;
  throw new ProviderError(`The database ${database} cannot be dropped because of ${first.what}.`, {
    hint: String(first.remedy),
  });
}

/** ROLLBACK PREPARED works only inside the transaction's own database (docs: ROLLBACK PREPARED). */
async function rollbackPrepared(server: Server, admin: Admin, database: string): Promise<void> {
  const { rows } = await admin.query('SELECT gid FROM pg_prepared_xacts WHERE database = $1', [database]);
  if (rows.length === 0) return;
  await asAdmin(
    server,
    async (inside) => {
      for (const row of rows) await inside.script(`ROLLBACK PREPARED ${literal(String(row.gid))}`);
    },
    { database },
  );
}
