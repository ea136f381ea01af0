import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, ServerError } from '../../postgres/connection.ts';
import { END, type ProbeKind, probeText } from './probe-sql.ts';
import type { Target } from './targets.ts';

/** What one probe has seen so far. Times in milliseconds. */
export type Tally = {
  /** Tries that came through. */
  done: number;
  longestMs: number;
  /** The longest wait, by the caller's clock. */
  longest: { readonly from: number; readonly to: number } | undefined;
  note: string | undefined;
};

export type ProbeOptions = {
  readonly connection: Connection;
  readonly target: Target;
  readonly kind: ProbeKind;
  /** False: ask for the table's lock alone. */
  readonly rows: boolean;
  readonly pauseMs: number;
  /** Monotonic milliseconds, and how many of them our own process could not listen. */
  readonly now: () => number;
  readonly lag: () => number;
};

export type Probe = {
  readonly tally: Tally;
  /** Ends the loop, and the try that still waits; the connection is closed. Never throws. */
  readonly stop: () => Promise<void>;
};

/** How long to wait before another try for what is held: a twentieth of the wait so far, so that a long one costs few tries. */
const LONGEST_PAUSE_MS = 250;

/** Refusals that mean "held by somebody": lock_not_available; deadlock_detected, which cannot be. */
const HELD = new Set(['55P03', '40P01']);
/** The relation went, or took another name: undefined table, schema, column. */
const GONE = new Set(['42P01', '3F000', '42703']);
/** It is another kind of relation now, or keeps us out. */
const CHANGED = new Set(['42809', '42501']);

const TOO_SLOW =
  'its first rows could not be read within half a second at one time, so from then on the table’s lock alone was probed';

type Outcome = 'done' | 'stopped' | 'held' | 'slow' | { readonly note: string };

/** What a refusal means for the probe: a wait that goes on, a probe without rows, or the end with a note. */
function meaningOf(error: unknown): Outcome {
  if (!(error instanceof ServerError)) return { note: 'the connection was lost, so probing ended there' };
  if (HELD.has(error.code)) return 'held';
  if (error.code === '57014') return 'slow';
  if (GONE.has(error.code)) return { note: 'the migration renamed or dropped it, so probing ended there' };
  if (CHANGED.has(error.code))
    return { note: 'the migration took away what the probe needs, so probing ended there' };
  return { note: `the server refused the probe (SQLSTATE ${error.code}), so probing ended there` };
}

/** A try, again and again until it comes through: one query of an application. */
function createQuery(options: ProbeOptions, tally: Tally, signal: AbortSignal): () => Promise<boolean> {
  const { connection, target, kind, now, lag, pauseMs } = options;
  let { rows } = options;
  const enter = (from: number, lagged: number): void => {
    const to = now();
    const ms = Math.max(0, to - from - (lag() - lagged));
    if (ms <= tally.longestMs) return;
    tally.longestMs = ms;
    tally.longest = { from, to };
  };
  const attempt = async (): Promise<Outcome> => {
    try {
      await connection.script(probeText(target, kind, rows));
      return 'done';
    } catch (error) {
      if (error instanceof ServerError) await connection.script(END).catch(() => undefined);
      return signal.aborted ? 'stopped' : meaningOf(error);
    }
  };
  return async () => {
    const from = now();
    const lagged = lag();
    for (;;) {
      const outcome = await attempt();
      if (outcome === 'slow') {
        tally.note = TOO_SLOW;
        rows = false;
        return true;
      }
      enter(from, lagged);
      if (outcome === 'done') tally.done++;
      if (typeof outcome === 'object') tally.note = outcome.note;
      if (outcome !== 'held') return outcome === 'done';
      await rest(Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, (now() - from) / 20)), signal);
      if (signal.aborted) return false;
    }
  };
}

/** Begins to try, with a pause between two queries. */
export function startProbe(options: ProbeOptions): Probe {
  const tally: Tally = { done: 0, longestMs: 0, longest: undefined, note: undefined };
  const stopping = new AbortController();
  const { signal } = stopping;
  const query = createQuery(options, tally, signal);
  const loop = (async () => {
    while (!signal.aborted && (await query())) await rest(options.pauseMs, signal);
  })();
  return {
    tally,
    stop: async () => {
      stopping.abort();
      await options.connection.close();
      await loop;
    },
  };
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
