import { docsUrl } from '../rules/docs-url.ts';
import { alsoAbout } from '../rules/gather.ts';
import type { Finding } from '../rules/rule.ts';
import { blockedBy, lockStrength, type RelationEffect } from '../sql/effect.ts';
import type { Place, SqlProblem } from '../sql/statement.ts';
import { wrap } from './display-width.ts';
import { type ExcerptLine, excerpt } from './excerpt.ts';
import type { LintedFile } from './linted.ts';
import type { Pen, Style } from './pen.ts';
import { partOf } from './statement-part.ts';
import { listWords, lockName } from './words.ts';

const COLORS = { error: 'red', warning: 'yellow', notice: 'blue' } as const satisfies Record<string, Style>;
/** Prose is read best up to here, however wide the terminal. */
const WIDEST_PROSE = 100;
/** Relations beside the finding's own whose lock is told. */
const OTHER_LOCKS = 3;
/** Lines for what stands beneath a finding. */
const ALSO = 10;

/** As editors and terminals make it a link. */
export function placeText({ file, line, column }: Pick<Place, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`;
}

/** What a message says whatever the names in it: equal for findings that differ in names and numbers only. */
export function messageShape({ message }: { readonly message: string }): string {
  return message.replaceAll(/`[^`]*`/g, '`').replaceAll(/\d[\d,.]*/g, '0');
}

/** A finding with its place, the source, who is blocked, and what to do. */
export function findingBlock(
  finding: Finding,
  file: Pick<LintedFile, 'path' | 'statements' | 'text'>,
  bytes: () => Buffer,
  pen: Pen,
): string {
  const { place, severity, rule, message, help } = finding;
  const color = COLORS[severity];
  const judged = file.statements.find(({ statement }) => statement.place.startByte === place.startByte);
  const part = judged && !judged.statement.rendered ? partOf(judged, finding) : undefined;
  const bytesBefore = (end: number) => Buffer.byteLength(judged?.statement.sql.slice(0, end) ?? '');
  const span = part && {
    startByte: place.startByte + bytesBefore(part.start),
    endByte: place.startByte + bytesBefore(part.end),
  };
  const source =
    file.text === undefined ? [] : excerptText(bytes(), { place, span: span ?? place, color }, pen);
  return [
    `${pen.paint('bold', pen.clean(placeText(place)))}  ${pen.paint(color, `${severity}[${pen.clean(rule)}]`)}`,
    ...source,
    ...prose('', message, pen, 'bold'),
    ...workLines(finding, judged?.effects.relations ?? [], pen),
    ...prose('help', help, pen),
    ...labelled('also', alsoLines(finding), pen),
    ...labelled('docs', [docsUrl(rule)], pen),
  ].join('\n');
}

/** A file that could not be read: where, why, what to do. */
export function problemBlock(problem: SqlProblem, bytes: () => Buffer, pen: Pen): string {
  const at = pointIn(bytes(), problem);
  const source = at === undefined ? [] : excerptText(bytes(), { place: at, span: at, color: 'red' }, pen);
  return [
    `${pen.paint('bold', pen.clean(placeText(problem)))}  ${pen.paint('red', 'could not be judged')}`,
    ...source,
    ...prose('', `${problem.message}`, pen, 'bold'),
    ...prose('help', problem.hint, pen),
  ].join('\n');
}

/** The word at a line and column, as far as it can be found. */
function pointIn(bytes: Buffer, { file, line, column }: SqlProblem): Place | undefined {
  let start = 0;
  for (let left = line - 1; left > 0; left -= 1) {
    const newline = bytes.indexOf(0x0a, start);
    if (newline < 0) return undefined;
    start = newline + 1;
  }
  const newline = bytes.indexOf(0x0a, start);
  const text = bytes.toString('utf8', start, newline < 0 ? bytes.length : newline).replace(/^\uFEFF/, '');
  if (text.trim() === '') return undefined;
  const characters = Array.from(text);
  const before = characters.slice(0, column - 1).join('');
  const word = /^(?:[\p{L}\p{N}_]+|\S)?/u.exec(text.slice(before.length))?.[0] ?? '';
  const mark = line === 1 && bytes[0] === 0xef ? 3 : 0;
  const startByte = start + mark + Buffer.byteLength(before);
  const endByte = startByte + Math.max(1, Buffer.byteLength(word));
  return { file, line, column, endLine: line, endColumn: column + 1, startByte, endByte };
}

type Marked = {
  readonly place: Place;
  readonly span: Pick<Place, 'startByte' | 'endByte'>;
  readonly color: Style;
};

function excerptText(bytes: Buffer, { place, span, color }: Marked, pen: Pen): readonly string[] {
  const digits = String(place.endLine).length;
  const gutter = (text: string) => pen.paint('blue', `  ${text.padStart(digits)} │`);
  const columns = pen.columns - digits - 5;
  const lines = excerpt(
    bytes,
    { statement: place, part: span, line: place.line },
    { columns, clean: pen.clean },
  );
  const drawn = lines.flatMap(({ number, text, marks }: ExcerptLine) => [
    `${gutter(number === undefined ? '' : String(number))} ${text}`.trimEnd(),
    ...(marks === undefined
      ? []
      : [`${gutter('')} ${' '.repeat(marks.start)}${pen.paint(color, '^'.repeat(marks.end - marks.start))}`]),
  ]);
  return [...drawn, gutter('')];
}

/** The lock on the finding's relation and the strongest on others, and the work done under it. */
function workLines({ relation }: Finding, effects: readonly RelationEffect[], pen: Pen): readonly string[] {
  const rank = (effect: RelationEffect) => lockStrength(effect.lock);
  const held = effects.filter(({ kind }) => kind !== 'index' && kind !== 'sequence');
  const sorted = held.toSorted((a, b) => rank(b) - rank(a));
  const own = sorted.filter((effect) => effect.relation === relation).slice(0, 1);
  const others = sorted.filter((effect) => effect.relation !== relation && blockedBy(effect.lock).writes);
  const shown = own.length > 0 ? [...own, ...others.slice(0, OTHER_LOCKS)] : sorted.slice(0, 1);
  const more = others.length - OTHER_LOCKS;
  const lines = shown.map((effect) => `${lockName(effect.lock)} on ${effect.relation}: ${waiting(effect)}`);
  const locks = more > 0 && own.length > 0 ? [...lines, `and on ${more} more`] : lines;
  const work = shown.flatMap(workOn);
  return [
    ...labelled('lock', locks, pen),
    ...labelled('work', work.length > 0 ? [work.join(', ')] : [], pen),
  ];
}

/** What stands beneath it, a place a line. */
function alsoLines(head: Finding): readonly string[] {
  const { also = [] } = head;
  const lines = also
    .slice(0, ALSO)
    .map((one) => [`line ${one.place.line}`, ...alsoAbout(head, one)].join('  '));
  return also.length > ALSO ? [...lines, `and ${also.length - ALSO} more`] : lines;
}

function waiting({ lock }: RelationEffect): string {
  const { reads, writes, ddl } = blockedBy(lock);
  const blocked = [reads ? ['reads'] : [], writes ? ['writes'] : [], ddl ? ['DDL'] : []].flat();
  return blocked.length === 0 ? 'nobody waits' : `blocks ${listWords(blocked)}`;
}

function workOn({ relation, rewrite, scan, builds, dataLoss }: RelationEffect): readonly string[] {
  return [
    rewrite ? [`rewrites ${relation}`] : [],
    scan ? [`reads all of ${relation}`] : [],
    builds === undefined ? [] : [`builds ${builds}`],
    dataLoss ? [`loses data of ${relation}`] : [],
  ].flat();
}

const LABEL = 8;

function prose(label: string, text: string, pen: Pen, style?: Style): readonly string[] {
  const indent = label === '' ? 2 : LABEL;
  const lines = wrap(text, Math.min(pen.columns, WIDEST_PROSE) - indent);
  if (label !== '') return labelled(label, lines, pen);
  return lines.map((line) => `  ${style ? pen.paint(style, pen.clean(line)) : pen.clean(line)}`);
}

function labelled(label: string, lines: readonly string[], { clean, paint }: Pen): readonly string[] {
  return lines.map((line, index) => {
    const head = index === 0 ? paint('blue', `  ${label}`) : `  ${' '.repeat(label.length)}`;
    return `${head}${' '.repeat(LABEL - 2 - label.length)}${clean(line)}`;
  });
}
