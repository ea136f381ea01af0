import { styleText } from 'node:util';
import type { Evidence } from '../evidence/schema.ts';
import { alsoWords } from '../rules/gather.ts';
import { type ReportFinding, reportFindings } from './findings.ts';
import { headline, nextStep } from './headline.ts';
import { worstMissBound } from './miss-bound.ts';
import { clip, plain } from './plain.ts';
import { aftermathLines, idleText, measuredSections } from './text-measured.ts';
import { count, durationWords, lockName, waitingWords } from './words.ts';

type Paint = (style: 'red' | 'yellow' | 'blue' | 'green' | 'bold' | 'dim', text: string) => string;

const MAXIMUM_FINDINGS = 50;
const MAXIMUM_LINES = 8;
const SEVERITY_COLORS = { error: 'red', warning: 'yellow', notice: 'blue' } as const;
const VERDICT_COLORS = { pass: 'green', warn: 'yellow', fail: 'red', unproven: 'yellow' } as const;

/** The report for a terminal: each finding with its source, lock and safe form, then migrations, what was measured, tests and the verdict. */
export function renderText(evidence: Evidence, { color }: { readonly color: boolean }): string {
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const findings = reportFindings(evidence);
  const step = nextStep(evidence, findings);
  const more = findings.length - MAXIMUM_FINDINGS;
  const parts = [
    ...findings.slice(0, MAXIMUM_FINDINGS).map((finding) => findingText(finding, paint)),
    ...(more > 0 ? [`and ${count(more, 'more finding')}`] : []),
    ...problemTexts(evidence, paint),
    migrationTexts(evidence),
    idleText(evidence),
    ...measuredSections(evidence).map(([title, lines]) => [paint('bold', title), ...lines].join('\n')),
    paint('bold', paint(VERDICT_COLORS[evidence.verdict.conclusion], one(headline(evidence, findings)))),
    reasonTexts(evidence, findings),
    step === undefined ? '' : `${paint('bold', 'What to do now:')} ${one(step)}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function findingText(found: ReportFinding, paint: Paint): string {
  const { finding, lock, rewrites, scans, fixed, sql } = found;
  const { place, rule, severity, message, help } = finding;
  const title = paint(SEVERITY_COLORS[severity], `${severity}[${one(rule)}]`);
  const work = [rewrites ? 'rewrites the table' : '', scans ? 'reads the whole table' : ''].filter(Boolean);
  const held = lock?.heldMs === undefined ? '' : `, held for ${durationWords(lock.heldMs)} in the rehearsal`;
  const notes = [
    lock && `lock: ${lockName(lock.mode)} on ${one(lock.relation)}${held}: ${waitingWords(lock.mode)}`,
    work.length > 0 && `work: ${work.join(', ')}`,
    `instead: ${one(help)}`,
    fixed !== undefined && `rewrite: ${one(clip(fixed, 500))}`,
    `evidence: ${found.source}`,
    alsoWords(finding) !== '' && one(alsoWords(finding)),
  ].filter((note) => typeof note === 'string');
  const margin = ' '.repeat(String(place.line + excerptLines(sql).length).length);
  return [
    `${title}: ${paint('bold', one(message))}`,
    `${margin}${paint('blue', '-->')} ${one(place.file)}:${place.line}:${place.column}`,
    ...excerpt(found, margin.length, paint),
    ...notes.map((note) => `${margin} ${paint('blue', '=')} ${note}`),
  ].join('\n');
}

/** The statement with carets under what stands on each line. */
function excerpt({ finding, sql }: ReportFinding, width: number, paint: Paint): string[] {
  if (sql === undefined) return [];
  const lines = excerptLines(sql);
  const shown = lines.slice(0, MAXIMUM_LINES).flatMap((line, index) => {
    const indent = index === 0 ? ' '.repeat(Math.min(finding.place.column - 1, 40)) : '';
    const text = `${indent}${plain(clip(line, 160).replaceAll('\t', '  '))}`;
    const start = text.length - text.trimStart().length;
    const carets = '^'.repeat(Math.max(0, text.trimEnd().length - start));
    const number = String(finding.place.line + index).padStart(width);
    return [
      `${paint('blue', `${number} |`)} ${text}`,
      ...(carets === ''
        ? []
        : [
            `${paint('blue', `${' '.repeat(width)} |`)} ${' '.repeat(start)}${paint(SEVERITY_COLORS[finding.severity], carets)}`,
          ]),
    ];
  });
  const more = lines.length - MAXIMUM_LINES;
  return more > 0 ? [...shown, `${' '.repeat(width)} … ${count(more, 'more line')}`] : shown;
}

function excerptLines(sql: string | undefined): string[] {
  return (sql ?? '').split(/\r\n|\r|\n/);
}

function problemTexts({ lint, rehearsal }: Evidence, paint: Paint): string[] {
  const refused = (rehearsal?.migrations ?? []).flatMap(({ problem }) => problem ?? []);
  return [...(lint?.problems ?? []), ...refused].slice(0, MAXIMUM_FINDINGS).map((problem) => {
    const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
    const hint = problem.hint === undefined ? [] : [`  ${paint('blue', '=')} hint: ${one(problem.hint)}`];
    return [
      `${paint('red', 'error')}: ${paint('bold', one(problem.message))}`,
      `  ${paint('blue', '-->')} ${one(place)}`,
      ...hint,
    ].join('\n');
  });
}

function migrationTexts({ rehearsal, tests }: Evidence): string {
  const lines = (rehearsal?.migrations ?? []).slice(0, MAXIMUM_FINDINGS).flatMap((run) => {
    const { file, outcome, durationMs, statements } = run;
    const time = durationWords(durationMs);
    const bound = worstMissBound(statements);
    const sampled = bound === undefined ? '' : ` (locks sampled; ${bound})`;
    const done = outcome === 'applied' ? `applied ${one(file)} in` : `failed  ${one(file)} after`;
    return [`${done} ${time}${sampled}`, ...aftermathLines(run)];
  });
  const failures = (tests?.failures ?? []).map(
    ({ name, message }) => `failed  ${one(name)}: ${one(clip(message, 300))}`,
  );
  const missed = (tests?.oldCode?.failures ?? []).map(
    ({ name, message }) => `failed  ${one(name)} (running version): ${one(clip(message, 300))}`,
  );
  return [...lines, ...failures, ...missed].join('\n');
}

/** The reasons that no finding above has told. */
function reasonTexts({ verdict }: Evidence, findings: readonly ReportFinding[]): string {
  if (verdict.conclusion === 'pass') return '';
  const ends = new Set(findings.map(({ finding }) => `(${finding.rule}) ${alsoWords(finding)}`.trimEnd()));
  return verdict.reasons
    .filter((reason) => ![...ends].some((end) => reason.endsWith(end)))
    .map((reason) => `- ${one(reason)}`)
    .join('\n');
}

/** One line, without anything that a terminal would obey. */
function one(text: string): string {
  return plain(text);
}
