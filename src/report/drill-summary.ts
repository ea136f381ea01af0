import type { DrillRecord } from '../evidence/refresh-schema.ts';
import { drillTrend } from './drill-trend.ts';
import { blocks, escapeText, prose, table } from './markdown.ts';
import { clip } from './plain.ts';
import { count, durationWords, utcWords } from './words.ts';

type Step = DrillRecord['steps'][number];

const MARKS: Readonly<Record<Step['status'], string>> = { passed: '✅', failed: '❌', skipped: '⚪' };
const MAXIMUM_STEPS = 300;

/** A drill as Markdown for a job's summary or an issue: verdict, times, trend over `earlier` runs (oldest first), each step. What was skipped is called unproven. */
export function drillSummary(record: DrillRecord, earlier: readonly DrillRecord[]): string {
  const { steps } = record;
  const more = steps.length - MAXIMUM_STEPS;
  return blocks([
    `### ${escapeText(drillHeadline(record))}`,
    times(record).map(escapeText).join(' · '),
    drillTrend(record, earlier).map(escapeText).join(' · '),
    table(['', 'step', 'time', 'limit', 'what was found'], steps.slice(0, MAXIMUM_STEPS).map(row)),
    more > 0 ? `_${more} more are in the evidence file._` : undefined,
  ]);
}

/** One line: what failed first, what came back, what nobody looked at. */
export function drillHeadline({ source, steps }: DrillRecord): string {
  const failed = steps.filter(({ status }) => status === 'failed');
  const skipped = steps.filter(({ status }) => status === 'skipped').length;
  const unproven = skipped === 0 ? '' : `, ${count(skipped, 'step')} unproven`;
  const what = source === 'dump' ? 'the dump' : 'the backup';
  if (failed.length > 0) {
    const names = failed.slice(0, 3).map(({ name }) => clip(name, 80));
    const others = failed.length - names.length;
    return `Restore drill failed: ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}${unproven}`;
  }
  return `Restore drill passed: ${what} came back${unproven}`;
}

function times({ rtoMs, rpoSeconds, takenAt }: DrillRecord): readonly string[] {
  return [
    rtoMs === null ? 'RTO not reached' : `RTO ${durationWords(rtoMs)}`,
    rpoSeconds === null ? 'RPO unknown' : `RPO ${durationWords(rpoSeconds * 1000)}`,
    takenAt === null ? 'taken at an unknown time' : `taken ${utcWords(takenAt)}`,
  ];
}

function row({ name, status, durationMs, limitMs, summary }: Step): readonly string[] {
  return [
    `${MARKS[status]} ${status === 'skipped' ? 'unproven' : status}`,
    escapeText(clip(name, 200)),
    status === 'skipped' ? '' : durationWords(durationMs),
    limitMs === null ? '' : durationWords(limitMs),
    prose(clip(summary, 1500)),
  ];
}
