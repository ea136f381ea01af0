import type { Manifest } from '../../evidence/manifest.ts';
import type { DrillRecord } from '../../evidence/refresh-schema.ts';
import { restoreDump } from '../dump-source.ts';
import { restorePhysical } from '../physical-source.ts';
import { type Backup, RECOVERY_STEPS, type RestoreContext, type Restored } from '../restored.ts';
import { openWorkspace } from '../workspace.ts';
import { ageWords } from './judge.ts';
import type { DrillLimits } from './limits.ts';
import { runChecks } from './run-checks.ts';
import { createSteps, hasFailed, type Step, type Steps, totalMs } from './steps.ts';

export type DrillRequest = {
  readonly backup: Backup;
  readonly limits: DrillLimits;
  /** Each run makes a folder of its own in it; folders of dead runs in it are removed. */
  readonly directory: string;
  readonly cacheDirectory: string;
  readonly binaries?: string | undefined;
  readonly previous?: Manifest | undefined;
  readonly now: Date;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  /** Workers of pg_restore and pgBackRest. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((name: string, done: number) => void) | undefined;
};

export type Drilled = {
  readonly record: DrillRecord;
  /** Every step passed or was skipped. What was skipped is not proved. */
  readonly passed: boolean;
  /** The cluster that came back, also of a drill that failed late; undefined when nothing answers. */
  readonly restored: Restored | undefined;
  /** Stops the cluster and removes all that the drill brought here. */
  readonly close: () => Promise<void>;
};

/**
 * Restores a backup into a cluster of its own and asks it everything, each step timed and held against its limit.
 * Every failure is in the record; it rejects on an abort, and for what is a bug, once everything is removed again.
 */
export async function runDrill(request: DrillRequest): Promise<Drilled> {
  const { backup, limits, clock, signal, onStep, now, previous } = request;
  const workspace = await openWorkspace(request.directory);
  try {
    const steps = createSteps({ clock, signal, onStep });
    const context: RestoreContext = {
      steps,
      workspace,
      limits,
      now,
      cacheDirectory: request.cacheDirectory,
      binaries: request.binaries,
      jobs: request.jobs ?? 2,
      signal,
    };
    const restored = await (backup.kind === 'dump'
      ? restoreDump(context, backup.path)
      : restorePhysical(context, backup));
    const source = backup.kind === 'dump' ? 'dump' : 'physical';
    const rtoMs = judgeRecovery(steps, source, limits.maxRestoreMs);
    const checked =
      restored &&
      (await runChecks({ steps, facts: restored.facts, limits, now, previous, source, clock, signal }));
    const record = makeRecord(steps.list(), { source, rtoMs, restored, newestMs: checked?.newestMs, now });
    return { record, passed: !hasFailed(steps.list()), restored, close: workspace.close };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** Adds the recovery time as a step of its own when there is a limit for it. Null when it was not reached. */
function judgeRecovery(
  steps: Steps,
  source: 'dump' | 'physical',
  limitMs: number | undefined,
): number | null {
  const rtoMs = totalMs(steps.list(), RECOVERY_STEPS[source]);
  if (limitMs === undefined) return rtoMs;
  const name = 'recovery time';
  if (rtoMs === null) {
    steps.skip(name, 'The data did not come back, so there is no time to measure.');
    return null;
  }
  const late = rtoMs > limitMs;
  const summary = `${late ? 'Too slow: ' : ''}${ageWords(rtoMs)} from the first byte to the first answer (limit: ${ageWords(limitMs)}).`;
  steps.add({ name, status: late ? 'failed' : 'passed', durationMs: rtoMs, limitMs, summary });
  return rtoMs;
}

type Outcome = {
  readonly source: 'dump' | 'physical';
  readonly rtoMs: number | null;
  readonly restored: Restored | undefined;
  readonly newestMs: number | undefined;
  readonly now: Date;
};

/** Without a declared column, nothing newer than the backup's own time is known to have come back. */
function makeRecord(
  steps: readonly Step[],
  { source, rtoMs, restored, newestMs, now }: Outcome,
): DrillRecord {
  const takenAt = restored?.takenAt;
  const sinceTaken = takenAt === undefined ? undefined : Math.max(0, now.getTime() - takenAt.getTime());
  const ageMs = newestMs ?? sinceTaken;
  return {
    source,
    takenAt: takenAt?.toISOString() ?? null,
    rpoSeconds: ageMs === undefined ? null : Math.round(ageMs / 1000),
    rtoMs,
    steps: [...steps],
  };
}
