import {
  type CommandFiles,
  createCommandFiles,
  type KeyValues,
  lastWrite,
  parseKeyValues,
  readCommandFile,
  SUMMARY_LIMIT,
} from './command-files.ts';
import { newTrackingId } from './job-environment.ts';
import type { Masks } from './masks.ts';
import { killTracked, lastingProcesses } from './processes.ts';
import { endProblems, secretProblems, watchFinish } from './step-checks.ts';
import { createStepLog, type LogLine, type StepAnnotation } from './step-log.ts';
import { type CancelTimes, type ProcessEnd, RUNNER_CANCEL_TIMES, runStepProcess } from './step-process.ts';

export type PlayOptions = {
  readonly script: string;
  readonly interpreter?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly temporary: string;
  /** By action.yml; undefined for a script, which may write any. */
  readonly declaredOutputs: readonly string[] | undefined;
  readonly masks: Masks;
  readonly secrets: readonly string[];
  readonly debug: boolean;
  readonly onLine?: (line: string) => void;
  readonly cancelAfterMs?: number;
  readonly cancelWhen?: (line: string) => boolean;
  readonly cancelTimes?: CancelTimes;
  readonly mayLeaveProcesses?: boolean;
  readonly limitMs?: number;
  readonly drainMs?: number;
};

/** How one script of an action went, and what the runner, or a careful reader, would complain of. */
export type StepResult = {
  readonly outcome: 'success' | 'failure' | 'cancelled';
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly durationMs: number;
  readonly outputs: Record<string, string>;
  /** What it wrote to GITHUB_ENV. */
  readonly environment: Record<string, string>;
  /** What it wrote to GITHUB_PATH, in order. */
  readonly paths: readonly string[];
  readonly state: Record<string, string>;
  /** Masked, as GitHub shows it; empty when it was over the limit. */
  readonly summary: string;
  readonly annotations: readonly StepAnnotation[];
  /** As the log shows it: masked, commands obeyed. */
  readonly log: string;
  /** As the process printed it. */
  readonly rawLog: string;
  /** Every value masked so far in the job. */
  readonly masks: readonly string[];
  readonly problems: readonly string[];
  readonly trackingId: string;
};

type Written = {
  readonly outputs: KeyValues;
  readonly state: KeyValues;
  readonly environment: KeyValues;
  readonly paths: readonly string[];
  readonly summary: string;
};

function readWritten(files: CommandFiles): Written {
  const environment = parseKeyValues(readCommandFile(files.ENV));
  return {
    outputs: parseKeyValues(readCommandFile(files.OUTPUT)),
    state: parseKeyValues(readCommandFile(files.STATE)),
    environment,
    paths: readCommandFile(files.PATH)
      .split(/\r?\n/)
      .filter((line) => line !== ''),
    summary: readCommandFile(files.STEP_SUMMARY),
  };
}

function fileProblems(written: Written, declared: readonly string[] | undefined): string[] {
  const malformed = (['outputs', 'state', 'environment'] as const).flatMap((kind) => {
    const { problem } = written[kind];
    return problem === undefined ? [] : [`Malformed file of ${kind}: ${problem}`];
  });
  const names = new Set(declared?.map((name) => name.toLowerCase()));
  const undeclared = Object.keys(written.outputs.pairs).filter(
    (name) => declared !== undefined && !names.has(name.toLowerCase()),
  );
  return [
    ...malformed,
    ...undeclared.map((name) => `The output ${name} is not declared in action.yml`),
    ...(Buffer.byteLength(written.summary) > SUMMARY_LIMIT
      ? ['The summary is over 1 MiB: the runner drops it whole']
      : []),
    ...('NODE_OPTIONS' in written.environment.pairs ? ["Can't store NODE_OPTIONS by GITHUB_ENV"] : []),
  ];
}

/** The summary's lines, as log lines, so that a secret in it is found too. */
function summaryLines(summary: string, masks: Masks): LogLine[] {
  return summary.split('\n').map((raw) => ({ raw, shown: masks.apply(raw), mask: false }));
}

async function leftProcesses(trackingId: string, mayLeave: boolean): Promise<string[]> {
  if (mayLeave) return [];
  const left = await lastingProcesses(trackingId);
  killTracked(trackingId);
  return left.map(({ pid, command }) => `Process ${pid} outlived the step: ${command}`);
}

function outcomeOf(end: ProcessEnd, failed: boolean): StepResult['outcome'] {
  if (end.sent.length > 0 && !end.overLimit) return 'cancelled';
  return end.exitCode === 0 && !failed ? 'success' : 'failure';
}

/** Runs one script of an action with fresh command files and judges what it did. */
export async function playStep(options: PlayOptions): Promise<StepResult> {
  const { masks } = options;
  const files = createCommandFiles(options.temporary);
  const trackingId = newTrackingId();
  const log = createStepLog(masks, options.debug);
  const watch = watchFinish();
  const end = await runStepProcess({
    ...options,
    environment: {
      ...options.environment,
      ...Object.fromEntries(Object.entries(files).map(([kind, path]) => [`GITHUB_${kind}`, path])),
      RUNNER_TRACKING_ID: trackingId,
    },
    onLine: (line) => {
      log.accept(line);
      watch.accept(line);
      options.onLine?.(line);
    },
    cancelTimes: options.cancelTimes ?? RUNNER_CANCEL_TIMES,
    limitMs: options.limitMs ?? 120_000,
    drainMs: options.drainMs ?? 5_000,
  });
  const written = readWritten(files);
  const problems = fileProblems(written, options.declaredOutputs);
  const malformed = [written.outputs, written.state, written.environment].some(
    (file) => file.problem !== undefined,
  );
  const { NODE_OPTIONS: _blocked, ...environment } = written.environment.pairs;
  const tooLong = Buffer.byteLength(written.summary) > SUMMARY_LIMIT;
  return {
    outcome: outcomeOf(end, malformed || log.failed()),
    exitCode: end.exitCode,
    signal: end.signal,
    durationMs: end.exitedAt - end.startedAt,
    outputs: written.outputs.pairs,
    environment,
    paths: written.paths,
    state: written.state.pairs,
    summary: tooLong ? '' : masks.apply(written.summary),
    annotations: log.annotations,
    log: log.lines.flatMap((line) => line.shown ?? []).join('\n'),
    rawLog: log.lines.map((line) => line.raw).join('\n'),
    masks: [...masks.values],
    problems: [
      ...problems,
      ...log.problems,
      ...secretProblems(
        options.secrets,
        { log: log.lines, summary: summaryLines(written.summary, masks) },
        { output: written.outputs.pairs, state: written.state.pairs, variable: environment },
        masks,
      ),
      ...endProblems(end, watch, lastWrite(files)),
      ...(await leftProcesses(trackingId, options.mayLeaveProcesses ?? false)),
    ],
    trackingId,
  };
}
