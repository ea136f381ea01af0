import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Admin } from './admin.ts';

/** A table of ours in the administrator's database, in the schema `pullgres`, which no branch's role can read or write. */
export type OwnTable = {
  /** Without its schema; a plain word. */
  readonly name: string;
  /** What stands between the brackets of CREATE TABLE. */
  readonly columns: string;
  /** COMMENT ON TABLE, for whoever finds it: what it is, and what dropping it does. */
  readonly comment: string;
};

/** Whose the table is, if it is there: another role's could say what it likes. */
export async function ownerOf(admin: Admin, { name }: OwnTable): Promise<'nobody' | 'us' | { role: string }> {
  const { rows } = await admin.query(
    `SELECT pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(c.relowner) = current_user AS ours
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'pullgres' AND c.relname = $1`,
    [name],
  );
  const found = rows[0];
  if (found === undefined) return 'nobody';
  return found.ours === true ? 'us' : { role: String(found.owner) };
}

/** Whether the table is there. Throws ProviderError when another role owns it. */
export async function isThere(admin: Admin, table: OwnTable): Promise<boolean> {
  const owner = await ownerOf(admin, table);
  if (typeof owner === 'string') return owner === 'us';
  throw new ProviderError(`The table pullgres.${table.name} belongs to the role ${owner.role}.`, {
    hint: 'Every job must connect to the branch server as the same administrator.',
  });
}

/**
 * Runs statements that make the schema `pullgres` and what is in it. Throws ProviderError with the GRANT that is missing:
 * CREATEDB and CREATEROLE give no right to make a schema in a database of somebody else's.
 */
export async function makeOurs(admin: Admin, statements: string): Promise<void> {
  try {
    await admin.script(statements);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== '42501') throw error;
    throw (await withoutCreate(admin, error).catch(() => undefined)) ?? error;
  }
}

async function withoutCreate(admin: Admin, cause: ProviderError): Promise<ProviderError | undefined> {
  const { rows } = await admin.query(
    `SELECT current_database()::text AS database, current_user::text AS me,
            has_database_privilege(current_database(), 'CREATE') AS may`,
  );
  if (rows[0]?.may !== false) return undefined;
  const [database, me] = [identifier(String(rows[0].database)), identifier(String(rows[0].me))];
  return new ProviderError(cause.message, {
    status: '42501',
    hint: `The schema pullgres is made in the administrator’s own database. As its owner or a superuser: GRANT CREATE ON DATABASE ${database} TO ${me}`,
    cause,
  });
}

/** Makes the table at its first need. Two jobs may come here at once, so the caller holds `tableLock`. */
export async function makeTable(admin: Admin, { name, columns, comment }: OwnTable): Promise<void> {
  await makeOurs(
    admin,
    `
    CREATE SCHEMA IF NOT EXISTS pullgres;
    REVOKE ALL ON SCHEMA pullgres FROM PUBLIC;
    CREATE TABLE pullgres.${name} (${columns});
    REVOKE ALL ON pullgres.${name} FROM PUBLIC;
    COMMENT ON TABLE pullgres.${name} IS ${literal(comment)};`,
  );
}

/** The advisory lock under which the table is made and written, as an SQL expression. */
export function tableLock({ name }: OwnTable): string {
  return `hashtextextended(${literal(`pullgres ${name}`)}, 0)`;
}

/** The table is there once this returns, and is our session's to write until the session ends. */
export async function takeTable(admin: Admin, table: OwnTable): Promise<void> {
  await admin.query(`SELECT pg_advisory_lock(${tableLock(table)})`);
  if (!(await isThere(admin, table))) await makeTable(admin, table);
}
