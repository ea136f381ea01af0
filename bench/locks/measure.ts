import type { Connection } from '../../src/postgres/connection.ts';
import type { Measured } from './measured.ts';
import { foreignKeys, judge, locksOf, snapshot } from './observe.ts';

/** These search whole tables without a message (check_default_partition_contents, validateDomainCheckConstraint); the statistics tell. */
const SILENT_SCANS = /^(CREATE TABLE .* PARTITION OF|ALTER DOMAIN)/m;

/** A plan, or a partition's bound in the relation cache, that an earlier case left behind would spare this one the locks of making it. A row of pg_class that changes, even in vain, invalidates the cache. */
const FORGET = 'DISCARD PLANS; BEGIN; UPDATE pg_class SET relname = relname WHERE relispartition; ROLLBACK';

/** Runs a statement in a transaction that is rolled back, or at the caller's wish committed, with all its locks read before that. Throws the server's error. */
export async function measure(
  connection: Connection,
  sql: string,
  end: 'ROLLBACK' | 'COMMIT' = 'ROLLBACK',
): Promise<Measured> {
  let ending: string = 'ROLLBACK';
  const messages: string[] = [];
  const stop = connection.onNotice(({ message }) => messages.push(message));
  await connection.script(FORGET);
  await connection.script("BEGIN; SET LOCAL client_min_messages = 'debug1'; SET LOCAL lock_timeout = '5s'");
  const before = await snapshot(connection);
  try {
    await connection.script(sql);
    await connection.script('SET LOCAL client_min_messages = warning');
    const held = await locksOf(connection, connection.processId, before);
    const after = await snapshot(connection);
    const keys = await foreignKeys(connection);
    ending = end;
    return judge({ before, after, keys, held, messages, silentScans: SILENT_SCANS.test(sql) });
  } finally {
    stop();
    await connection.script(ending);
  }
}
