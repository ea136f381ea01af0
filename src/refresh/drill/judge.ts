import type { Expectation, FreshnessLimit } from './limits.ts';
import type { StepResult } from './steps.ts';

/** Clocks of two machines differ. */
const SKEW_MS = 5 * 60_000;
const MAXIMUM_NAMES = 10;

export const passed = (summary: string): StepResult => ({ status: 'passed', summary });
export const failed = (summary: string): StepResult => ({ status: 'failed', summary });
export const skipped = (summary: string): StepResult => ({ status: 'skipped', summary });

/** `3 indexes`, `1 index`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** A name of the catalog, marked as code for whoever renders the sentence. */
export function named(name: string): string {
  return `\`${name.slice(0, 200).replaceAll('`', 'ˋ')}\``;
}

/** The first names, and how many more there are. */
export function names(all: readonly string[]): string {
  const shown = all.slice(0, MAXIMUM_NAMES).map(named);
  const more = all.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** 90 s, 45 min, 26 h, 3 days: whole units, two at most digits that matter. */
export function ageWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 72 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Whether a backup is young enough. One whose age nobody knows is refused as soon as there is a limit. */
export function judgeAge(
  takenAt: Date | undefined,
  now: Date,
  limitMs: number | undefined,
): StepResult & { readonly ageMs?: number } {
  const limit = limitMs === undefined ? '' : ` (limit: ${ageWords(limitMs)})`;
  if (takenAt === undefined) {
    const summary = `Nothing in the backup tells when it was made${limit}.`;
    return limitMs === undefined ? passed(summary) : failed(summary);
  }
  const ageMs = now.getTime() - takenAt.getTime();
  if (ageMs < -SKEW_MS) {
    return failed(
      `The backup says that it was made ${ageWords(-ageMs)} from now; a clock or drill.time-zone is wrong.`,
    );
  }
  const summary = `It is ${ageWords(Math.max(0, ageMs))} old${limit}.`;
  const old = limitMs !== undefined && ageMs > limitMs;
  return { ...(old ? failed(summary) : passed(summary)), ageMs: Math.max(0, ageMs) };
}

/** Age of a declared column's newest value. `ageMs` is undefined for a table without such a value. */
export function judgeFreshness(limit: FreshnessLimit, ageMs: number | undefined): StepResult {
  const column = named(`${limit.schema}.${limit.table}.${limit.column}`);
  if (ageMs === undefined) return failed(`${column} has no value at all.`);
  if (ageMs < -SKEW_MS) {
    return failed(
      `The newest value of ${column} is ${ageWords(-ageMs)} in the future, so it tells nothing about freshness.`,
    );
  }
  const summary = `The newest value of ${column} is ${ageWords(Math.max(0, ageMs))} old (limit: ${ageWords(limit.withinMs)}).`;
  return ageMs > limit.withinMs ? failed(summary) : passed(summary);
}

/** What an assertion's query gave, without the values themselves: a lone number only where it is one. */
export type Answer = {
  readonly rows: number;
  readonly columns: number;
  readonly number?: number | undefined;
};

/** Holds an answer against what was expected; says no number of it, which may be a row's value. */
export function judgeAssertion(expect: Expectation, answer: Answer): StepResult {
  if (expect === 'none') {
    return answer.rows === 0 ? passed('No row, as expected.') : failed('There are rows; none was expected.');
  }
  if (expect === 'some') {
    return answer.rows > 0 ? passed('There are rows, as expected.') : failed('There is no row.');
  }
  if (answer.rows !== 1 || answer.columns !== 1 || answer.number === undefined) {
    return failed('The query must give one row with one number to be held against a bound.');
  }
  const [low, high] =
    'at-least' in expect
      ? [expect['at-least'], Number.POSITIVE_INFINITY]
      : [Math.min(...expect.between), Math.max(...expect.between)];
  const words = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `between ${low} and ${high}`;
  return answer.number >= low && answer.number <= high
    ? passed(`The number is ${words}, as expected.`)
    : failed(`The number is not ${words}.`);
}

export type Counted = {
  readonly relation: string;
  readonly before: number;
  readonly now: number | undefined;
};

/** Row counts against an earlier run's: more rows are never wrong, and `now` is undefined for a table that is gone. */
export function judgeCompleteness(counts: readonly Counted[], maxLossPercent: number): StepResult {
  const gone = counts.filter(({ now }) => now === undefined).map(({ relation }) => relation);
  const less = counts.filter(
    ({ before, now }) => now !== undefined && before > 0 && (before - now) / before > maxLossPercent / 100,
  );
  const lost = less.map(
    ({ relation, before, now = 0 }) =>
      `${named(relation)} (${before.toLocaleString('en-US')} → ${now.toLocaleString('en-US')} rows)`,
  );
  if (gone.length + lost.length === 0) {
    return passed(
      `None of ${counted(counts.length, 'table')} lost more than ${maxLossPercent} % of its rows.`,
    );
  }
  const parts = [
    gone.length > 0 ? `Tables that the last baseline had are missing: ${names(gone)}.` : '',
    lost.length > 0
      ? `More than ${maxLossPercent} % fewer rows than in the last baseline: ${lost.slice(0, MAXIMUM_NAMES).join(', ')}${lost.length > MAXIMUM_NAMES ? ` and ${lost.length - MAXIMUM_NAMES} more` : ''}.`
      : '',
  ];
  return failed(parts.filter((part) => part !== '').join(' '));
}
