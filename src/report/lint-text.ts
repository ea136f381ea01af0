import { SEVERITIES, type Severity } from '../rules/rule.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { thousands } from '../thousands.ts';
import { fitStart } from './display-width.ts';
import { findingBlock, messageShape, placeText, problemBlock } from './lint-text-blocks.ts';
import type { LintedFile, LintReporter, LintRun, LintSummary, ShownFinding } from './linted.ts';
import { type Pen, penOf, type TextOptions } from './pen.ts';
import { count, listWords } from './words.ts';

/** Findings of one rule that say the same of other names are told one by one up to here; the others are listed. */
const TOLD = 3;
/** Places in a list. */
const LISTED = 20;

/** Complaints of one shape: the first ones in full, the places of the others. */
type Told = {
  readonly blocks: string[];
  readonly others: string[];
  more: number;
};

type Group = Told & { readonly severity: Severity };

type Collected = {
  readonly groups: Map<string, Group>;
  /** By what they say. */
  readonly problems: Map<string, Told>;
  readonly unseen: string[];
  readonly accepted: string[];
};

/** The result for a person at a terminal, all at the end: worst first, what could not be judged, one line that sums it up. */
export function textReporter({ postgres }: LintRun, options: TextOptions): LintReporter {
  const pen = penOf(options);
  const collected: Collected = { groups: new Map(), problems: new Map(), unseen: [], accepted: [] };
  return {
    begin: () => '',
    file: (file) => {
      collect(file, collected, pen);
      return '';
    },
    end: (summary) => {
      const parts = [
        ...findingParts(collected, pen),
        ...[...collected.problems.values()].flatMap((told) => toldParts(told, 'place', pen)),
        unseenList(summary, collected, pen),
        acceptedList(summary, collected, pen),
        summaryText(summary, { postgres }, pen).trimEnd(),
      ];
      return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
    },
  };
}

function collect(file: LintedFile, { groups, problems, unseen, accepted }: Collected, pen: Pen): void {
  const bytes = lazily(() => Buffer.from(file.text ?? ''));
  for (const shown of file.findings) {
    if (shown.exception !== undefined) accepted.push(acceptedLine(shown, pen));
    else addFinding(groups, shown, () => findingBlock(shown.finding, file, bytes, pen), pen);
  }
  for (const problem of file.problems)
    addProblem(problems, problem, () => problemBlock(problem, bytes, pen), pen);
  for (const { statement, effects } of file.statements) {
    if (effects.seen || unseen.length >= LISTED) continue;
    unseen.push(placedLine(statement.place, statement.sql.slice(0, 300), pen));
  }
}

function addFinding(
  groups: Map<string, Group>,
  { finding }: ShownFinding,
  block: () => string,
  pen: Pen,
): void {
  const { severity, rule, place, relation } = finding;
  const key = JSON.stringify([severity, rule, messageShape(finding)]);
  const group = groups.get(key) ?? { severity, blocks: [], others: [], more: 0 };
  groups.set(key, group);
  tell(group, block, () => placedLine(place, relation ?? '', pen));
}

function addProblem(all: Map<string, Told>, problem: SqlProblem, block: () => string, pen: Pen): void {
  const key = JSON.stringify([messageShape(problem), problem.hint]);
  const told = all.get(key) ?? { blocks: [], others: [], more: 0 };
  all.set(key, told);
  tell(told, block, () => placedLine(problem, '', pen));
}

function tell(told: Told, block: () => string, line: () => string): void {
  if (told.blocks.length < TOLD) told.blocks.push(block());
  else if (told.others.length < LISTED) told.others.push(line());
  else told.more += 1;
}

function findingParts({ groups }: Collected, pen: Pen): readonly string[] {
  const worstFirst = [...groups.values()].toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity),
  );
  return worstFirst.flatMap((group) => toldParts(group, 'finding', pen));
}

function toldParts({ blocks, others, more }: Told, noun: string, pen: Pen): readonly string[] {
  if (others.length === 0) return blocks;
  const title = `${count(others.length + more, `more ${noun}`)} of this kind:`;
  const left = more > 0 ? [`    and ${thousands(more)} more`] : [];
  return [...blocks, [pen.paint('bold', `  ${title}`), ...others, ...left].join('\n')];
}

function unseenList({ notSeen }: LintSummary, { unseen }: Collected, { paint }: Pen): string {
  if (notSeen === 0) return '';
  const title = paint('bold', `Not seen: ${count(notSeen, 'statement')} whose work cannot be known`);
  const left = notSeen - unseen.length;
  const more = left > 0 ? [`    and ${thousands(left)} more; --format json has them all`] : [];
  return [title, ...unseen, ...more].join('\n');
}

function acceptedList(summary: LintSummary, { accepted }: Collected, { paint }: Pen): string {
  if (accepted.length === 0) return '';
  return [paint('bold', `Accepted risks: ${count(summary.accepted, 'finding')}`), ...accepted].join('\n');
}

function placedLine(
  place: Pick<SqlProblem, 'file' | 'line' | 'column'>,
  words: string,
  { clean, columns }: Pen,
): string {
  const where = `    ${clean(placeText(place))}`;
  const text = clean(words.replaceAll(/\s+/g, ' '));
  return text === '' ? where : `${where}  ${fitStart(text, Math.max(20, columns - where.length - 2))}`;
}

function acceptedLine({ finding, exception }: ShownFinding, { clean }: Pen): string {
  const { place, rule, relation } = finding;
  const until =
    exception === undefined ? '' : `until ${exception.until}, ${exception.owner}: ${exception.reason}`;
  const what = [rule, relation].filter((word) => word !== undefined).join(' on ');
  return `    ${clean(placeText(place))}  ${clean(what)}\n      ${clean(until)}`;
}

/** What was judged and found, in a line, and how it was judged. */
export function summaryText(summary: LintSummary, { postgres }: LintRun, pen: Pen): string {
  const how = `  Judged as Postgres ${postgres}${rest(summary)}.`;
  return `${summaryLine(summary, pen)}\n${pen.paint('dim', how)}\n`;
}

const MARKS = {
  clean: ['green', '✔'],
  findings: ['red', '✖'],
  'could not judge': ['red', '✖'],
} as const;

function summaryLine(summary: LintSummary, { paint }: Pen): string {
  const { errors, warnings, notices, unreadable, notSeen, accepted } = summary;
  const counts = [
    [errors, 'error'],
    [warnings, 'warning'],
    [notices, 'notice'],
  ] as const;
  const found = counts.flatMap(([number, noun]) => (number === 0 ? [] : [count(number, noun)]));
  const beside = [
    unreadable === 0 ? [] : [`${count(unreadable, 'file')} could not be read whole`],
    notSeen === 0 ? [] : [`${count(notSeen, 'statement')} not seen`],
    accepted === 0 ? [] : [`${thousands(accepted)} accepted`],
  ].flat();
  const what = [listWords(found) || 'no findings', ...beside].join('; ');
  const over = `${count(summary.files, 'file')}, ${count(summary.statements, 'statement')}`;
  const [style, mark] =
    summary.conclusion === 'clean' && errors + warnings + notSeen > 0
      ? (['yellow', '!'] as const)
      : MARKS[summary.conclusion];
  return paint('bold', paint(style, `${mark} ${over}: ${what}`));
}

function rest({ hidden, failOn }: LintSummary): string {
  const weakest = failOn === 'never' ? 'no finding fails' : `findings fail from severity ${failOn} on`;
  const left = hidden === 0 ? '' : `; ${count(hidden, 'finding')} below it not shown`;
  return `; ${weakest}${left}`;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
