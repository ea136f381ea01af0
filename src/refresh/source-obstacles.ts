import { parseLabel } from '../branching/labels.ts';
import { UserError } from '../errors.ts';
import type { Connection } from '../postgres/connection.ts';
import { identifier } from '../postgres/quote.ts';
import { systemIdentifier } from '../postgres/system-identifier.ts';

/** What must not be read from: the branch server's own baselines and branches. */
export type NotASource = {
  /** pg_control_system's identifier of the branch server; a standby has its primary's. */
  readonly systemIdentifier: string | null;
  readonly databases: readonly string[];
};

/** Members of extensions come with these, but for the rows that an extension asks pg_dump for. */
const WITHOUT_MEMBERS = `NOT EXISTS (SELECT FROM pg_depend m JOIN pg_extension e ON e.oid = m.refobjid
    WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid AND m.deptype = 'e' AND NOT c.oid = ANY (coalesce(e.extconfig, '{}')))`;

/** pg_dump locks each table that it describes, which asks for SELECT; sequences are read for their place. */
const UNREADABLE = `
  SELECT n.nspname AS schema, format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ${WITHOUT_MEMBERS}
    AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.relkind = 'S'
      THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END)
  ORDER BY 1, 2`;

/** Asked with row_security on: off, the server says of no table that it would hide rows. */
const HIDING = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND row_security_active(c.oid)
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ${WITHOUT_MEMBERS}
  ORDER BY 1`;

const NAMES_SHOWN = 50;

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Refuses a source that cannot be read whole, all reasons at once. The connection is in its transaction.
 * @throws UserError with the GRANT or ALTER ROLE that is missing, or that it is a baseline or branch of ours.
 */
export async function refuseObstacles(connection: Connection, not: NotASource | undefined): Promise<void> {
  await refuseOwn(connection, not);
  const role = String((await connection.query('SELECT current_user::text AS role')).rows[0]?.role);
  const unreadable = (await connection.query(UNREADABLE)).rows;
  await connection.query("SELECT set_config('row_security', 'on', true)");
  const hiding = (await connection.query(HIDING)).rows.map(({ name }) => String(name));
  await connection.query("SELECT set_config('row_security', 'off', true)");
  const problems = [
    ...(unreadable.length === 0
      ? []
      : [`The role ${role} cannot read ${listed(unreadable.map(({ name }) => String(name)))}.`]),
    ...(hiding.length === 0
      ? []
      : [`Row-level security would hide rows from the role ${role} in ${listed(hiding)}.`]),
  ];
  if (problems.length === 0) return;
  const remedies = [
    ...grants(role, [...new Set(unreadable.map(({ schema }) => String(schema)))], connection.serverVersion),
    ...(hiding.length === 0 ? [] : [`ALTER ROLE ${identifier(role)} BYPASSRLS;`]),
  ];
  throw new UserError(problems.join(' '), { hint: `Run on the source: ${remedies.join(' ')}` });
}

function grants(role: string, schemas: readonly string[], version: number): readonly string[] {
  if (schemas.length === 0) return [];
  // The role came with 14.
  if (version >= 14) return [`GRANT pg_read_all_data TO ${identifier(role)};`];
  return schemas.map((name) => {
    const schema = identifier(name);
    const to = `TO ${identifier(role)};`;
    return `GRANT USAGE ON SCHEMA ${schema} ${to} GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} ${to} GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} ${to}`;
  });
}

const OWN = `
  SELECT current_database()::text AS database, shobj_description(d.oid, 'pg_database') AS label
  FROM pg_database d WHERE d.datname = current_database()`;

/** A baseline made from a baseline would pass for fresh data. */
async function refuseOwn(connection: Connection, not: NotASource | undefined): Promise<void> {
  const [row] = (await connection.query(OWN)).rows;
  const database = String(row?.database);
  const label = parseLabel(typeof row?.label === 'string' ? row.label : undefined);
  const hint = 'Name production, a standby of it, or a restored backup as the source.';
  if (label !== undefined) {
    throw new UserError(`The source ${database} is a baseline or a branch that Pullgres made.`, { hint });
  }
  if (not === undefined || !not.databases.includes(database)) return;
  const identifierHere = await systemIdentifier(connection);
  if (identifierHere === null || identifierHere !== not.systemIdentifier) return;
  throw new UserError(`The source ${database} is a database of the branch server that Pullgres works on.`, {
    hint,
  });
}

const MAY_WRITE = `
  SELECT r.rolsuper AS superuser, EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes
  FROM pg_roles r WHERE r.rolname = current_user`;

/** A sentence when the role could do more than read; we do not, but its password lies where the refresh runs. */
export async function excessRights(connection: Connection): Promise<string | undefined> {
  const [row] = (await connection.query(MAY_WRITE)).rows;
  if (row?.superuser === true)
    return 'The source is read as a superuser; a role that may only read is enough.';
  if (row?.writes !== true) return undefined;
  return 'The role that reads the source may also write there; one that may only read is enough.';
}
