import { renderAnnotations } from '../src/report/annotations.ts';
import { renderComment } from '../src/report/comment.ts';
import { renderHtml } from '../src/report/html/page.ts';
import { renderSummary } from '../src/report/summary.ts';
import { largeEvidence } from '../test/support/large.ts';
import { median, type Row } from './timing.ts';

const MIGRATIONS = 200;
const RUNS = 20;
const LIMIT_MS = 200;

type Cost = { readonly cpuMs: number; readonly wallMs: number };

/** Everything that a run shows, from evidence of 1,000 findings in 200 migrations. By processor time: pure work, and other programs' turns are no part of it. */
export function* reportRows(): Generator<Row> {
  const evidence = largeEvidence(MIGRATIONS);
  const parts: Readonly<Record<string, () => unknown>> = {
    comment: () => renderComment(evidence),
    summary: () => renderSummary(evidence),
    annotations: () => renderAnnotations(evidence),
    html: () => renderHtml(evidence),
  };
  const costs = Array.from({ length: RUNS }, () => Object.values(parts).map(costOf));
  const middle = (of: (run: readonly Cost[]) => number) => median(costs.map(of));
  const cpuMs = middle((run) => run.reduce((sum, cost) => sum + cost.cpuMs, 0));
  const wallMs = middle((run) => run.reduce((sum, cost) => sum + cost.wallMs, 0));
  const each = Object.keys(parts).map(
    (name, index) => `${name} ${middle((run) => run[index]?.cpuMs ?? Number.NaN).toFixed(0)}`,
  );
  yield {
    what: `report of ${evidence.lint?.findings.length} findings, ${MIGRATIONS} files`,
    measured: `${cpuMs.toFixed(0)} ms (wall ${wallMs.toFixed(0)} ms)`,
    against: `${(cpuMs / LIMIT_MS).toFixed(2)} × the limit of ${LIMIT_MS} ms: ${each.join(', ')}`,
    ok: cpuMs <= LIMIT_MS,
  };
}

function costOf(work: () => unknown): Cost {
  const [started, before] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - started };
}
