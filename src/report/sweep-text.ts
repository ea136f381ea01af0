import type { SweepRecord } from '../evidence/sweep-schema.ts';
import { jsonText } from './json-text.ts';
import { clip, plain } from './plain.ts';
import { holdingsWords, type SweepRow, sweepHeadline, sweepRows } from './sweep-rows.ts';

/** The sweep for a terminal: two lines for each thing, worst first, then sums. */
export function renderSweepText(record: SweepRecord): string {
  const lines = [
    ...sweepRows(record).flatMap(rowLines),
    ...record.survey.problems.map((problem) => `⚠ ${problem}`),
    ...holdingsWords(record),
    record.modeReason,
    sweepHeadline(record),
  ];
  return `${lines.map((line) => clip(plain(line), 1000)).join('\n')}\n`;
}

function rowLines({ name, pull, age, end, activity, bytes, outcome, why }: SweepRow): string[] {
  const facts = [pull, age && `age ${age}`, end, activity, bytes].filter((fact) => fact !== '');
  return [`${outcome}  ${name}  (${facts.join(', ')})`, `    ${why}`];
}

/** The record as its documented JSON (docs/sweep.schema.json), on one line. */
export function sweepJson(record: SweepRecord): string {
  return `${jsonText(record)}\n`;
}
