import type { SweepRecord } from '../evidence/sweep-schema.ts';
import { blocks, code, escapeText } from './markdown.ts';
import { clip } from './plain.ts';
import { MAXIMUM_SUMMARY_BYTES } from './summary.ts';
import { holdingsWords, type SweepRow, sweepHeadline, sweepRows } from './sweep-rows.ts';

const HEAD = `| branch | pull request | age | end | activity | bytes | what | why |
| --- | --- | --- | --- | --- | --- | --- | --- |`;

/** For what stands around the table. */
const RESERVED_BYTES = 40_000;
const MAXIMUM_PROBLEMS = 20;

/** The job summary as Markdown: a headline, a table with the worst first, sums. Under 1 MiB, whatever the names are. */
export function renderSweepSummary(record: SweepRecord): string {
  const rows = sweepRows(record);
  const shown = fitting(rows.map(tableRow), MAXIMUM_SUMMARY_BYTES - RESERVED_BYTES);
  const more = rows.length - shown.length;
  const problems = record.survey.problems.slice(0, MAXIMUM_PROBLEMS);
  return blocks([
    `### ${escapeText(sweepHeadline(record))}`,
    escapeText(record.modeReason),
    ...problems.map((problem) => `⚠️ ${escapeText(clip(problem, 1000))}`),
    rows.length === 0 ? 'Nothing of this repository is on the server.' : [HEAD, ...shown].join('\n'),
    more > 0 ? `_${more} more are in the evidence file._` : undefined,
    ...holdingsWords(record).map((line) => escapeText(clip(line, 2000))),
  ]);
}

function tableRow(row: SweepRow): string {
  const { name, pull, age, end, activity, bytes, outcome, why } = row;
  const texts = [pull, age, end, activity, bytes, outcome, why];
  return `| ${[code(clip(name, 130)), ...texts.map((text) => escapeText(clip(text, 600)))].join(' | ')} |`;
}

function fitting(lines: readonly string[], maximumBytes: number): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > maximumBytes;
  });
  return end < 0 ? lines : lines.slice(0, end);
}
