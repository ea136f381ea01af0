import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservedStatement } from '../evidence/schema.ts';
import type { Connection } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import { askAgain } from './asked-again.ts';
import type { Clock } from './clock.ts';
import { PROBE_NAMES } from './contention/probe-sql.ts';
import { type ProgressRow, progressWords } from './progress.ts';

export type Waits = NonNullable<ObservedStatement['waits']>;

/** A statement that is over sooner is not asked about. */
const PERIOD_MS = 100;
const MESSAGE_PERIOD_MS = 1000;
/** A name is at most 63 bytes; what a message says beyond this is no help. */
const LONGEST_MESSAGE = 500;

/** The views of 13; COPY has had one since 14 (release notes). */
const VIEWS = ['create_index', 'cluster', 'vacuum', 'analyze'];
const COPY_SINCE = 14;

/**
 * Who keeps the backend waiting and how far its work is. pg_blocking_pids holds up the lock manager for a moment (docs
 * 9.27), so it is asked only while a lock is awaited. 0 stands there for a prepared transaction. The time since when a
 * lock is awaited is known since 14.
 */
const ticks = (views: readonly string[]) => `
  with waiting as (
    select min((pg_catalog.to_jsonb(l) ->> 'waitstart')::timestamptz) as since
      from pg_catalog.pg_locks l where l.pid = $1 and not l.granted having count(*) > 0
  ), blocker as (
    select distinct b.pid, s.application_name as name, s.backend_type as type
      from waiting, pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) b(pid)
      left join pg_catalog.pg_stat_get_activity(null) s on s.pid = b.pid
  ), progress(view, row, relid, indexrelid) as (
    ${views
      .map(
        (view) =>
          `select '${view}', pg_catalog.to_jsonb(p), p.relid, ${view === 'create_index' ? 'p.index_relid' : '0::oid'}
             from pg_catalog.pg_stat_progress_${view} p where p.pid = $1`,
      )
      .join(' union all ')}
  )
  select exists (select from waiting) as waits,
         (select extract(epoch from clock_timestamp() - since)::float8 * 1000 from waiting) as "sinceMs",
         (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) order by b.pid), '[]') from blocker b) as blockers,
         (select pg_catalog.to_jsonb(f) from (
            select p.view, p.row, t.relname as relation, i.relname as index
              from progress p
              left join pg_catalog.pg_class t on t.oid = p.relid
              left join pg_catalog.pg_class i on i.oid = p.indexrelid limit 1) f) as progress`;

type Blocker = { readonly pid: number; readonly name: string | null; readonly type: string | null };
type Tick = {
  readonly waits: boolean;
  readonly sinceMs: number | null;
  readonly blockers: readonly Blocker[];
  readonly progress: ProgressRow | null;
};

/** `pid 123 (psql)`. */
export function blockerWords({ pid, name, type }: Blocker): string {
  if (pid === 0) return 'a prepared transaction';
  const what = name || (type === 'client backend' ? undefined : type);
  return what ? `pid ${pid} (${what})` : `pid ${pid}`;
}

/** The readers and writers beside a rehearsal hold nothing for longer than a few milliseconds: they are no one to wait for. */
function isProbe(name: string | null): boolean {
  return name === PROBE_NAMES.read || name === PROBE_NAMES.write;
}

async function readTick(observer: Connection, processId: number): Promise<Tick | undefined> {
  const views = observer.serverVersion < COPY_SINCE ? VIEWS : [...VIEWS, 'copy'];
  const [row] = await askAgain(observer, 'pullgres_tick', ticks(views), processId);
  return row as Tick | undefined;
}

/** Adds up for whom the statement waited; times in milliseconds. */
function createWaits() {
  const sums = new Map<string, { ms: number; blockers: readonly string[] }>();
  return {
    add: (ms: number, blockers: readonly string[]): void => {
      const key = blockers.join('\n');
      const sum = sums.get(key) ?? { ms: 0, blockers };
      sums.set(key, { ...sum, ms: sum.ms + ms });
    },
    list: (): Waits => [...sums.values()].map(({ ms, blockers }) => ({ ms, blockers: [...blockers] })),
  };
}

function words(tick: Tick, blockers: readonly string[], statement: Statement): string | undefined {
  const progress = tick.progress === null ? undefined : progressWords(tick.progress, statement);
  const wait = tick.waits && blockers.length > 0 ? `waiting for ${blockers.join(', ')}` : undefined;
  const parts = [progress, wait].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

export type Ticker = {
  /** Ends the looking and gives what was waited for, to about the period. */
  readonly stop: () => Promise<Waits>;
};

/**
 * Looks every 100 ms at a statement that lasts: sums up its waits for other sessions' locks, and says at most once a
 * second how far it is. What it cannot read is left out: the look after the statement decides whether it was seen.
 */
export function startTicker(
  session: { readonly observer: Connection; readonly processId: number; readonly clock: Clock },
  statement: Statement,
  onProgress: (message: string) => void,
): Ticker {
  const { observer, processId, clock } = session;
  const waits = createWaits();
  const ended = new AbortController();
  let before = clock.time();
  let said = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const tick = await readTick(observer, processId);
    const now = clock.time();
    const passed = now - before;
    before = now;
    if (tick === undefined || ended.signal.aborted) return;
    const blockers = tick.blockers.filter(({ name }) => !isProbe(name)).map(blockerWords);
    const forProbes = tick.blockers.length > 0 && blockers.length === 0;
    if (tick.waits && !forProbes) waits.add(Math.min(passed, tick.sinceMs ?? passed), blockers);
    const text = words(tick, blockers, statement);
    if (text === undefined || now - said < MESSAGE_PERIOD_MS) return;
    said = now;
    onProgress(`${statement.place.file}: ${text}`.slice(0, LONGEST_MESSAGE).toWellFormed());
  };
  const pause = () => sleep(PERIOD_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  const loop = (async () => {
    await pause();
    while (!ended.signal.aborted) {
      await look().catch(() => undefined);
      await pause();
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await loop;
      return waits.list();
    },
  };
}
