import type { Connection } from '../../src/postgres/connection.ts';
import type { HeldLock, Measured } from './measured.ts';
import { foreignKeys, judge, locksOf, type Snapshot, snapshot } from './observe.ts';

/**
 * How a statement is watched that runs in transactions of its own (CONCURRENTLY, VACUUM, REINDEX SCHEMA …). Nothing is
 * left to luck: the statement stands still at known points while a second session reads its locks.
 *
 * 1. At every commit. The server waits for a synchronous standby that does not exist, and a backend waits for it after
 *    the commit is written and before its locks are released (SyncRepWaitForLSN in RecordTransactionCommit, xact.c). So
 *    each of the statement's transactions shows all that it locked. Cancelling that wait lets the statement go on: the
 *    commit stands, with a warning (syncrep.c).
 * 2. In the middle of VACUUM, whose transactions write nothing that needs a commit: with a cost limit of 1 it sleeps at
 *    each page (vacuum_delay_point), when the table and its indexes are locked.
 *
 * Locks that a statement gives back before its transaction ends stay unseen, as they do for a statement inside one.
 */
export async function measureAlone(
  connection: Connection,
  observer: Connection,
  sql: string,
): Promise<Measured> {
  const messages: string[] = [];
  let goneOn = 0;
  const stop = connection.onNotice(({ message }) => {
    if (/^canceling wait for synchronous replication/.test(message)) goneOn += 1;
    else messages.push(message);
  });
  const before = await snapshot(observer);
  await connection.script(SETTINGS);
  const held: HeldLock[] = [];
  let failure: unknown;
  let isOver = false;
  const running = connection
    .script(sql)
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      isOver = true;
    });
  try {
    await followGates(observer, connection.processId, before, {
      held,
      isOver: () => isOver,
      goneOn: () => goneOn,
    });
    await running;
    if (failure !== undefined) throw failure;
    const [after, keys] = [await snapshot(observer), await foreignKeys(observer)];
    return judge({ before, after, keys, held, messages, silentScans: false });
  } finally {
    stop();
    await connection.script(RESETS);
  }
}

const SETTINGS = `SET client_min_messages = debug1; SET lock_timeout = '5s'; SET vacuum_cost_limit = 1;
  SET vacuum_cost_delay = '20ms'; SET synchronous_commit = on`;
/** Only these: whoever runs a history has settings of its own. */
const RESETS = SETTINGS.replace(/SET (\w+) = [^;]+/g, 'RESET $1');

type Course = {
  readonly held: HeldLock[];
  readonly isOver: () => boolean;
  /** Commits that were let through. */
  readonly goneOn: () => number;
};

/** Reads the locks at each gate, and lets the statement through, until it is over. */
async function followGates(
  observer: Connection,
  processId: number,
  before: Snapshot,
  course: Course,
): Promise<void> {
  while (!course.isOver()) {
    const gate = await gateOf(observer, processId);
    if (gate === undefined) continue;
    course.held.push(...(await locksOf(observer, processId, before)));
    if (gate !== 'SyncRep') continue;
    const passed = course.goneOn();
    await observer.query('SELECT pg_cancel_backend($1)', [processId]);
    while (course.goneOn() === passed && !course.isOver()) await observer.query('SELECT pg_sleep(0.001)');
  }
}

async function gateOf(observer: Connection, processId: number): Promise<string | undefined> {
  const { rows } = await observer.query(
    "SELECT wait_event FROM pg_stat_activity WHERE pid = $1 AND wait_event IN ('SyncRep', 'VacuumDelay')",
    [processId],
  );
  return rows[0] === undefined ? undefined : String(rows[0].wait_event);
}

/** Makes a server fit for `measureAlone`: it gets a standby that never comes, and sessions wait for it only if they ask to. Comes back when that is in force. */
export async function gateServer(observer: Connection, sibling: Connection): Promise<void> {
  await observer.query("ALTER SYSTEM SET synchronous_commit = 'off'");
  await observer.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await observer.query('SELECT pg_reload_conf()');
  await sibling.script('SET synchronous_commit = on');
  let isOpen = true;
  while (isOpen) {
    let isOver = false;
    const commit = sibling.script('CREATE TABLE gate_probe (); DROP TABLE gate_probe').finally(() => {
      isOver = true;
    });
    while (!isOver && isOpen) isOpen = (await gateOf(observer, sibling.processId)) !== 'SyncRep';
    if (!isOpen) await observer.query('SELECT pg_cancel_backend($1)', [sibling.processId]);
    await commit;
  }
  await sibling.script('RESET synchronous_commit');
}
