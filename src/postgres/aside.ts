import type { Connection } from './connection.ts';

/** Where the connection is: in a transaction of somebody's, or in none. */
export type Where = 'inside a transaction' | 'outside';

const FRAMES: Readonly<Record<Where, { readonly begin: string; readonly end: string }>> = {
  outside: { begin: 'BEGIN TRANSACTION READ ONLY', end: 'ROLLBACK' },
  'inside a transaction': {
    begin: 'SAVEPOINT pullgres_aside',
    end: 'ROLLBACK TO SAVEPOINT pullgres_aside; RELEASE SAVEPOINT pullgres_aside',
  },
};

/**
 * Reads through a session without leaving a trace in it: read-only, with these settings, in a transaction or a
 * subtransaction that is rolled back. Locks and settings go with that (docs: 13.3.1, SET), and an error does not abort
 * the transaction around it. Throws what the work throws.
 */
export async function aside<Result>(
  connection: Connection,
  where: Where,
  settings: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const { begin, end } = FRAMES[where];
  await connection.script(begin);
  try {
    // A subtransaction may only become stricter, and its end undoes that.
    for (const [name, value] of Object.entries({ transaction_read_only: 'on', ...settings })) {
      await connection.query('SELECT pg_catalog.set_config($1, $2, true)', [name, value]);
    }
    return await work();
  } finally {
    await connection.script(end);
  }
}
