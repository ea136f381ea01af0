import { ProviderError, UserError } from '../../errors.ts';
import type { DrillRecord } from '../../evidence/refresh-schema.ts';
import { ServerError } from '../../postgres/connection.ts';

export type Step = DrillRecord['steps'][number];

/** What a step found. `summary` is one sentence without a value of any row. */
export type StepResult = Pick<Step, 'status' | 'summary'>;

export type Steps = {
  /** Does the work and writes down how it went; gives what the work gave, undefined when it failed by an error. */
  readonly run: <T extends StepResult>(name: string, work: () => Promise<T>) => Promise<T | undefined>;
  /** Writes down what could not be asked. */
  readonly skip: (name: string, why: string) => void;
  /** Writes down a judgement on the steps before, with the limit that it was held against. */
  readonly add: (step: Step) => void;
  readonly list: () => readonly Step[];
};

export type StepOptions = {
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((name: string, done: number) => void) | undefined;
};

/** SQLSTATE of a statement that its timeout or somebody ended (docs: appendix A). */
export const CANCELLED = '57014';

/** An empty list of steps. An abort passes through `run`, as does what is a bug; every other error fails the step. */
export function createSteps({ clock, signal, onStep }: StepOptions): Steps {
  const steps: Step[] = [];
  const run: Steps['run'] = async (name, work) => {
    signal?.throwIfAborted();
    onStep?.(name, steps.length);
    const start = clock();
    const write = ({ status, summary }: StepResult): void => {
      steps.push({ name, status, summary, durationMs: Math.max(0, clock() - start), limitMs: null });
    };
    try {
      const result = await work();
      write(result);
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      write({ status: 'failed', summary: failureWords(error) });
      return undefined;
    }
  };
  return {
    run,
    skip: (name, why) =>
      void steps.push({ name, status: 'skipped', summary: why, durationMs: 0, limitMs: null }),
    add: (step) => void steps.push(step),
    list: () => [...steps],
  };
}

/** Words for an error that a step may end with. A server's own text can hold values of rows, so only its code is told. Throws what is a bug. */
export function failureWords(error: unknown): string {
  if (error instanceof ServerError) return `The server refused with SQLSTATE ${error.code}.`;
  if (error instanceof UserError || error instanceof ProviderError) {
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  }
  throw error;
}

/** The milliseconds of the named steps together; null when one of them is missing or did not pass. */
export function totalMs(steps: readonly Step[], names: readonly string[]): number | null {
  let total = 0;
  for (const name of names) {
    const step = steps.find((each) => each.name === name);
    if (step?.status !== 'passed') return null;
    total += step.durationMs;
  }
  return total;
}

export function hasFailed(steps: readonly Step[]): boolean {
  return steps.some(({ status }) => status === 'failed');
}
