import { type DrillRecord, REFRESH_VERSION, type RefreshRecord } from '../evidence/refresh-schema.ts';

/** What is known of a refresh so far. */
export type Known = Partial<Omit<RefreshRecord, 'version' | 'status' | 'reason' | 'checks' | 'notes'>> & {
  /** Appended to what is there. */
  readonly checks?: RefreshRecord['checks'];
  readonly notes?: RefreshRecord['notes'];
};

/** Gathers what a refresh learns on its way, so that its record is whole however it ends. */
export type RefreshLog = {
  readonly add: (known: Known) => void;
  /** The times of the drill that was added. */
  readonly drill: () => Pick<DrillRecord, 'source' | 'takenAt' | 'rpoSeconds' | 'rtoMs'> | undefined;
  readonly record: (status: RefreshRecord['status'], reason?: string) => RefreshRecord;
};

/** `startedAt`: ISO 8601. */
export function refreshLog(name: string, startedAt: string): RefreshLog {
  const begun = performance.now();
  let known: Omit<RefreshRecord, 'status' | 'reason'> = {
    version: REFRESH_VERSION,
    name,
    baseline: null,
    previous: null,
    source: 'a source that was not reached',
    sourceAt: null,
    startedAt,
    durationMs: 0,
    profileHash: '',
    keyId: '',
    tables: [],
    scrubbed: [],
    checks: [],
    needles: 0,
    bytesScanned: 0,
    fidelity: [],
    risks: [],
    notes: [],
    removed: [],
    manifest: null,
    drill: null,
  };
  return {
    add: ({ checks = [], notes = [], ...rest }) => {
      known = {
        ...known,
        ...rest,
        checks: [...known.checks, ...checks],
        notes: [...new Set([...known.notes, ...notes])],
      };
    },
    drill: () => {
      if (known.drill === null) return undefined;
      const { source, takenAt, rpoSeconds, rtoMs } = known.drill;
      return { source, takenAt, rpoSeconds, rtoMs };
    },
    record: (status, reason) => ({
      ...known,
      status,
      ...(reason === undefined ? {} : { reason }),
      durationMs: Math.round(performance.now() - begun),
    }),
  };
}

/** A check said no: nothing is published, and that is a result, not a failure to run. The message has no value of any row. */
export class RefusedRefresh extends Error {
  override readonly name = 'RefusedRefresh';
}
