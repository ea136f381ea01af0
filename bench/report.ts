import { renderAnnotations } from '../src/report/annotations.ts';
import { renderComment } from '../src/report/comment.ts';
import { renderHtml } from '../src/report/html/page.ts';
import { renderSummary } from '../src/report/summary.ts';
import { largeEvidence } from '../test/support/large.ts';
import { median, type Row } from './timing.ts';

const MIGRATIONS = 200;
const RUNS = 20;
const LIMIT_MS = 200;

/** Everything that a run shows, from evidence of 1,000 findings in 200 migrations; each part's median below. */
export function* reportRows(): Generator<Row> {
  const evidence = largeEvidence(MIGRATIONS);
  const parts = {
    comment: () => renderComment(evidence),
    summary: () => renderSummary(evidence),
    annotations: () => renderAnnotations(evidence),
    html: () => renderHtml(evidence),
  };
  const times = Array.from({ length: RUNS }, () => Object.values(parts).map(timed));
  const whole = median(times.map((run) => run.reduce((sum, ms) => sum + ms, 0)));
  const first = times[0]?.reduce((sum, ms) => sum + ms, 0) ?? Number.NaN;
  const findings = evidence.lint?.findings.length ?? 0;
  const shares = Object.keys(parts).map(
    (name, index) => `${name} ${median(times.map((run) => run[index] ?? Number.NaN)).toFixed(0)}`,
  );
  yield {
    what: `report of ${findings} findings, ${MIGRATIONS} files`,
    measured: `${whole.toFixed(0)} ms (first ${first.toFixed(0)} ms)`,
    against: `${(whole / LIMIT_MS).toFixed(2)} × the limit of ${LIMIT_MS} ms: ${shares.join(', ')}`,
    ok: whole <= LIMIT_MS,
  };
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
