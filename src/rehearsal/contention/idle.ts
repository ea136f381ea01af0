import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../postgres/connection.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Place } from '../../sql/statement.ts';
import type { Target } from './targets.ts';
import type { Timeline } from './timeline.ts';

/** What the forgotten session kept waiting, by statement, in milliseconds; a wait shorter than a look may be missing. */
export type IdleRecord = {
  readonly heldMs: number;
  readonly waited: readonly { readonly place: Place; readonly ms: number }[];
};

export type Idle = { readonly stop: () => Promise<IdleRecord> };

export type IdleOptions = {
  /** Becomes the forgotten session. */
  readonly holder: Connection;
  readonly watcher: Connection;
  readonly targets: readonly Target[];
  readonly forMs: number;
  readonly timeline: Timeline;
  readonly now: () => number;
};

const LOOK_MS = 50;

/** pg_locks alone is read anew at each look (docs: 28.2); the holder's own lock waits are none. */
const WAITING = `select 1 from pg_catalog.pg_locks l
  where not l.granted and $1 = any (pg_catalog.pg_blocking_pids(l.pid)) limit 1`;

/**
 * A report or a console with autocommit off: a transaction that has read the tables and went idle. REPEATABLE READ keeps
 * its snapshot, for which CREATE INDEX CONCURRENTLY waits (docs: CREATE INDEX, Building Indexes Concurrently). It takes
 * all that it holds before the migrations begin and waits for nothing after, so it is in no deadlock.
 */
async function hold(holder: Connection, targets: readonly Target[]): Promise<void> {
  const isLocked = ({ kind }: Target) => kind !== 'materialized view';
  const reads = targets.filter((target) => !isLocked(target));
  const tables = targets.filter(isLocked).map(({ relation }) => qualifiedText(relation));
  await holder.script(
    [
      "SET lock_timeout = '2s'",
      'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
      ...(tables.length === 0 ? [] : [`LOCK TABLE ONLY ${tables.join(', ONLY ')} IN ACCESS SHARE MODE`]),
      ...reads.map(({ relation }) => `SELECT 1 FROM ${qualifiedText(relation)} LIMIT 1`),
      'SELECT 1 FROM pg_catalog.pg_class LIMIT 1',
    ].join('; '),
  );
}

/** Adds up looks by the statement that runs. */
function createWaits(timeline: Timeline) {
  const waits = new Map<Place, number>();
  return {
    enter: (from: number, to: number) => {
      const place = timeline.mostly(from, to);
      if (place !== undefined) waits.set(place, (waits.get(place) ?? 0) + to - from);
    },
    list: () => [...waits].map(([place, ms]) => ({ place, ms })),
  };
}

/** Holds the transaction open for so long, or until it is stopped. Throws as Connection.script does. */
export async function startIdle(options: IdleOptions): Promise<Idle> {
  const { holder, watcher, targets, forMs, timeline, now } = options;
  await hold(holder, targets);
  const begun = now();
  const waits = createWaits(timeline);
  const stopping = new AbortController();
  const { signal } = stopping;
  let ended: number | undefined;
  const watch = async (): Promise<void> => {
    let last = now();
    while (!signal.aborted && now() - begun < forMs) {
      const { rows } = await watcher.query(WAITING, [holder.processId]);
      const looked = now();
      if (rows.length > 0) waits.enter(last, looked);
      last = looked;
      await sleep(Math.min(LOOK_MS, Math.max(1, forMs - (looked - begun))), undefined, { signal }).catch(
        () => undefined,
      );
    }
  };
  const life = watch()
    .catch(() => undefined)
    .then(async () => {
      ended = now();
      await Promise.all([holder.close(), watcher.close()]);
    });
  return {
    stop: async () => {
      stopping.abort();
      await life;
      return { heldMs: (ended ?? now()) - begun, waited: waits.list() };
    },
  };
}
