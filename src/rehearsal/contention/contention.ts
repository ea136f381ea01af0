import { performance } from 'node:perf_hooks';
import type { MigrationRun, RehearsalRecord } from '../../evidence/schema.ts';
import { type Connection, openConnection } from '../../postgres/connection.ts';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { endWithClient } from '../../postgres/orphan.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Place } from '../../sql/statement.ts';
import { round } from '../clock.ts';
import { boundedByLocks } from './bounded.ts';
import { type Idle, type IdleRecord, startIdle } from './idle.ts';
import { type Probe, startProbe } from './probe.ts';
import { PROBE_NAMES, rowlessReason, takesWrites } from './probe-sql.ts';
import type { Rates, Target, Targets } from './targets.ts';
import { createTimeline, type Lag, startLag, type Timeline } from './timeline.ts';

export type ContentionRecord = NonNullable<RehearsalRecord['contention']>;
type TableRecord = ContentionRecord['tables'][number];

export type ContentionOptions = {
  readonly facts: ConnectionFacts;
  readonly targets: Targets;
  /** Production's, or those of a live database. */
  readonly rates: Rates;
  /** Hold a transaction open for so long, in milliseconds. */
  readonly idleMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Why a migration's run beside the probes does not count. */
export type Yielded = { readonly place: Place | undefined; readonly code: string };

export type Contention = {
  /** What runs from now on; undefined: nothing. */
  readonly during: (place: Place | undefined) => void;
  /** The migration gave up its wait for a lock: the probes end, so that it can be tried without them. */
  readonly giveWay: (yielded: Yielded) => Promise<void>;
  /** Ends all sessions, however often it is called. With the runs, no stall is longer than their locks allow. Never throws. */
  readonly stop: (runs?: readonly MigrationRun[]) => Promise<ContentionRecord>;
};

/** Pause between two queries of one probe; more probes take longer ones, so that together they stay a small load. */
const LEAST_PAUSE_MS = 8;
const PAUSE_PER_PROBE_MS = 1.25;

const SETTINGS = `SET lock_timeout = 0; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
  SET jit = off; SET max_parallel_workers_per_gather = 0; SET client_min_messages = error`;

async function openProbe({ facts, signal }: ContentionOptions, name: string): Promise<Connection> {
  const connection = await openConnection(facts, {
    applicationName: name,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await endWithClient(connection);
    await connection.script(SETTINGS);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

type Pair = {
  readonly target: Target;
  readonly probes: readonly (Probe & { kind: 'read' | 'write' })[];
  readonly notes: string[];
};
type Clock = { readonly now: () => number; readonly lag: Lag; readonly timeline: Timeline };

async function isEmpty(connection: Connection, { relation }: Target): Promise<boolean> {
  const { rows } = await connection.query(`SELECT 1 FROM ${qualifiedText(relation)} LIMIT 1`);
  return rows.length === 0;
}

async function startPair(
  options: ContentionOptions,
  target: Target,
  pauseMs: number,
  { now, lag }: Clock,
): Promise<Pair> {
  const opened: Connection[] = [];
  const open = async (name: string): Promise<Connection> => {
    const connection = await openProbe(options, name);
    opened.push(connection);
    return connection;
  };
  try {
    const reader = await open(PROBE_NAMES.read);
    const rowless = takesWrites(target) ? rowlessReason(target, await isEmpty(reader, target)) : undefined;
    const writer = takesWrites(target) ? await open(PROBE_NAMES.write) : undefined;
    const common = { target, pauseMs, now, lag: lag.total };
    const read = {
      ...startProbe({ ...common, connection: reader, kind: 'read', rows: true }),
      kind: 'read' as const,
    };
    const notes = rowless === undefined ? [] : [rowless];
    if (writer === undefined) return { target, probes: [read], notes };
    const rows = rowless === undefined;
    const write = {
      ...startProbe({ ...common, connection: writer, kind: 'write', rows }),
      kind: 'write' as const,
    };
    return { target, probes: [read, write], notes };
  } catch {
    // Too few connections, no right to read it: the rehearsal itself goes on.
    await Promise.all(opened.map((connection) => connection.close()));
    options.signal?.throwIfAborted();
    return {
      target,
      probes: [],
      notes: ['it could not be probed: the server gave no session that may read it'],
    };
  }
}

async function startIdleSession(options: ContentionOptions, clock: Clock): Promise<Idle | undefined> {
  const { idleMs, targets } = options;
  if (idleMs === undefined) return undefined;
  const opened: Connection[] = [];
  try {
    for (const name of ['pullgres idle transaction', 'pullgres idle watcher'])
      opened.push(await openProbe(options, name));
    const [holder, watcher] = opened as [Connection, Connection];
    const { timeline, now } = clock;
    return await startIdle({ holder, watcher, targets: targets.idle, forMs: idleMs, timeline, now });
  } catch {
    await Promise.all(opened.map((connection) => connection.close()));
    options.signal?.throwIfAborted();
    return undefined;
  }
}

function queued(stallMs: number, perSecond: number | undefined): number | undefined {
  // Statistics of a branch on which nobody works count nothing, which says nothing of production.
  return perSecond === undefined || perSecond === 0 ? undefined : Math.round((stallMs / 1000) * perSecond);
}

function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function tableRecord(
  { target, probes, notes }: Pair,
  { timeline }: Clock,
  rates: Rates,
  yielded: Yielded | undefined,
): TableRecord {
  const tallyOf = (kind: 'read' | 'write') => probes.find((probe) => probe.kind === kind)?.tally;
  const read = tallyOf('read');
  const write = tallyOf('write');
  const worst = (write?.longestMs ?? 0) > (read?.longestMs ?? 0) ? write : read;
  const place = worst?.longest && timeline.mostly(worst.longest.from, worst.longest.to);
  const rate = rates.get(target.relation);
  const gaveUp = yielded?.code === '55P03' && place !== undefined && place === yielded.place;
  const saved = gaveUp ? ['the migration gave up by its lock_timeout, which ended this wait'] : [];
  const note = [...new Set([...notes, ...saved, ...probes.flatMap(({ tally }) => tally.note ?? [])])].join(
    '; ',
  );
  return {
    relation: target.relation,
    reads: read?.done ?? 0,
    writes: write?.done ?? 0,
    longestReadMs: round(read?.longestMs ?? 0),
    longestWriteMs: round(write?.longestMs ?? 0),
    ...present({
      place,
      queuedReads: queued(read?.longestMs ?? 0, rate?.readsPerSecond),
      queuedWrites: queued(write?.longestMs ?? 0, rate?.writesPerSecond),
      note: note === '' ? undefined : note,
    }),
  };
}

function reasonOf(
  { targets, idleMs }: ContentionOptions,
  idle: IdleRecord | undefined,
  yielded: Yielded | undefined,
): string | undefined {
  const { probed, left } = targets;
  const sentences = [
    ...(left.length === 0
      ? []
      : [
          `Of ${probed.length + left.length} tables the ${probed.length} hottest and largest were probed, not ${left.slice(0, 8).join(', ')}${left.length > 8 ? ' and more' : ''}.`,
        ]),
    ...(yielded === undefined ? [] : [GAVE_WAY[yielded.code] ?? '']),
    ...(idleMs !== undefined && idle === undefined ? ['The idle transaction could not be held.'] : []),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

const GAVE_WAY: Readonly<Record<string, string>> = {
  '55P03':
    'Beside other sessions the migration gave up its wait for a lock (lock_timeout). It was tried again without them.',
  '40P01':
    'Beside other sessions the migration was the victim of a deadlock. It was tried again without them.',
};

/**
 * Opens a reader and a writer for each target, each in a session of its own, and begins; they run until `stop`. A table
 * that cannot be probed has a note. Throws the signal's reason when aborted, and leaves no session then.
 */
export async function startContention(options: ContentionOptions): Promise<Contention> {
  const now = () => performance.now();
  const clock: Clock = { now, lag: startLag(now), timeline: createTimeline(now) };
  const { probed } = options.targets;
  const pauseMs = Math.max(LEAST_PAUSE_MS, probed.length * 2 * PAUSE_PER_PROBE_MS);
  const starting = await Promise.allSettled(
    probed.map((target) => startPair(options, target, pauseMs, clock)),
  );
  const pairs = starting.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const endProbes = () => Promise.all(pairs.flatMap(({ probes }) => probes.map((probe) => probe.stop())));
  let idle: Idle | undefined;
  try {
    for (const each of starting) if (each.status === 'rejected') throw each.reason;
    idle = await startIdleSession(options, clock);
  } catch (error) {
    clock.lag.stop();
    await endProbes();
    throw error;
  }
  let yielded: Yielded | undefined;
  let ended: Promise<IdleRecord | undefined> | undefined;
  const end = async (): Promise<IdleRecord | undefined> => {
    const [held] = await Promise.all([idle?.stop(), endProbes()]);
    clock.lag.stop();
    return held;
  };
  const endOnce = () => (ended ??= end());
  return {
    during: clock.timeline.during,
    giveWay: async (why) => {
      yielded = why;
      await endOnce();
    },
    stop: async (runs) => {
      const held = await endOnce();
      const tables = pairs.map((pair) => tableRecord(pair, clock, options.rates, yielded));
      return {
        status: 'measured',
        // Of a try that gave way there is no record of locks.
        tables: runs === undefined || yielded !== undefined ? tables : boundedByLocks(tables, runs),
        ...present({ reason: reasonOf(options, held, yielded), idle: held && idleWords(held) }),
      };
    },
  };
}

function idleWords({ heldMs, waited }: IdleRecord): IdleRecord {
  return { heldMs: round(heldMs), waited: waited.map(({ place, ms }) => ({ place, ms: round(ms) })) };
}
