import type { Connection } from './connection.ts';

/** Which cluster this is, the same for a primary and its standbys; null where the server does not tell (docs: 9.28, pg_control_system). */
export async function systemIdentifier(connection: Pick<Connection, 'query'>): Promise<string | null> {
  const allowed = await connection.query(
    "SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS allowed",
  );
  if (allowed.rows[0]?.allowed !== true) return null;
  const { rows } = await connection.query(
    'SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()',
  );
  return typeof rows[0]?.id === 'string' ? rows[0].id : null;
}
