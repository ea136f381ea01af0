import { type Connection, ServerError } from './connection.ts';

/** The server's first version that looks after its client while it works (docs 19.3.2, client_connection_check_interval). */
const CHECKS_SINCE = 14;

/**
 * Lets the server end the session's statement soon after its client is gone: a killed run cannot cancel, and its locks
 * would stay for as long as the statement takes. Does nothing where the server's system cannot tell.
 */
export async function endWithClient(connection: Connection): Promise<void> {
  if (connection.serverVersion < CHECKS_SINCE) return;
  try {
    await connection.query("select pg_catalog.set_config('client_connection_check_interval', '2s', false)");
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
  }
}
