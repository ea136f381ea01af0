import { planSweep } from '../src/branching/sweep-plan.ts';
import { randomServer } from '../test/branching/sweep-subjects.ts';
import { median, type Row } from './timing.ts';

const BRANCHES = 10_000;
const LIMIT_MS = 1_000;
const RUNS = 7;

/** The plan for ten thousand branches and two thousand remains. */
export function sweepRow(): Row {
  const times = Array.from({ length: RUNS }, (_, seed) => {
    const request = randomServer(seed + 1, BRANCHES);
    const started = performance.now();
    planSweep(request);
    return performance.now() - started;
  });
  const taken = median(times);
  return {
    what: 'sweep plan, 10,000 branches',
    measured: `${taken.toFixed(1)} ms (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)})`,
    against: `${(taken / LIMIT_MS).toFixed(3)} × its limit of ${LIMIT_MS} ms`,
    ok: taken < LIMIT_MS,
  };
}
