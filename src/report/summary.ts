import type { Evidence } from '../evidence/schema.ts';
import { type Level, renderFitting } from './body.ts';

/** Longest summary, in UTF-8 bytes. GitHub refuses a step's summary over 1 MiB. */
export const MAXIMUM_SUMMARY_BYTES = 1_000_000;

const NOTE = 'Shortened to fit into a job summary; the whole record is in the evidence file.';
const ALL = Number.MAX_SAFE_INTEGER;
const COMPLETE: Level = {
  findings: ALL,
  reasons: ALL,
  migrations: ALL,
  measured: 1000,
  statements: ALL,
  sqlLines: 200,
  failures: 50,
  accepted: ALL,
  forecast: true,
  note: undefined,
};

/** The levels of a summary, fullest first. */
export const SUMMARY_LEVELS: readonly Level[] = [
  COMPLETE,
  {
    ...COMPLETE,
    findings: 1000,
    migrations: 500,
    statements: 100,
    measured: 200,
    sqlLines: 20,
    accepted: 500,
    note: NOTE,
  },
  {
    ...COMPLETE,
    findings: 500,
    migrations: 200,
    statements: 20,
    measured: 50,
    sqlLines: 3,
    accepted: 100,
    note: NOTE,
  },
  {
    ...COMPLETE,
    findings: 200,
    migrations: 200,
    statements: 5,
    measured: 20,
    sqlLines: 0,
    accepted: 50,
    note: NOTE,
  },
  {
    ...COMPLETE,
    findings: 20,
    reasons: 10,
    migrations: 0,
    measured: 0,
    sqlLines: 0,
    failures: 5,
    accepted: 5,
    note: NOTE,
  },
];

/** The job summary as Markdown: the complete report, under 1 MiB. */
export function renderSummary(evidence: Evidence): string {
  return renderFitting(evidence, SUMMARY_LEVELS, MAXIMUM_SUMMARY_BYTES);
}
