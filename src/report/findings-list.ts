import type { Evidence } from '../evidence/schema.ts';
import { alsoWords } from '../rules/gather.ts';
import { productionTime } from './consequence.ts';
import type { ReportFinding } from './findings.ts';
import { blocks, code, escapeText, fence, prose } from './markdown.ts';
import { clip } from './plain.ts';
import { count, durationWords, lockName, waitingWords } from './words.ts';

const SEVERITY_WORDS = { error: '❌ **error**', warning: '⚠️ **warning**', notice: 'ℹ️ **notice**' } as const;

/** What the lines above the list have said of its first finding already. */
export type Told = { readonly message: boolean; readonly help: boolean };

/** The worst findings, each with consequence, lock, who waits, how long, and the safe form. A list, since a table of sentences is too wide for a phone. */
export function findingsList(
  evidence: Evidence,
  findings: readonly ReportFinding[],
  maximum: number,
  told: Told,
): string | undefined {
  if (findings.length === 0) return undefined;
  const nothing = { message: false, help: false };
  const items = findings.slice(0, maximum).map((one, index, all) => {
    const words = helpWords(one.finding, all.slice(0, index));
    return findingItem(evidence, one, index === 0 ? told : nothing, words);
  });
  const more = findings.length - items.length;
  return blocks([items.join('\n'), more > 0 ? `and ${count(more, 'more finding')}.` : undefined]);
}

/** The help, told once: a rule's further findings that differ in the table alone say where it stands. */
function helpWords(finding: ReportFinding['finding'], before: readonly ReportFinding[]): string {
  const { rule, help } = finding;
  const first = before.find((one) => one.finding.rule === rule && shape(one.finding) === shape(finding));
  if (first === undefined) return prose(clip(help, 500));
  const { file, line } = first.finding.place;
  return `as above, at ${code(clip(`${file}:${line}`, 200))}.`;
}

/** The help without the table's name. */
function shape({ help, relation }: ReportFinding['finding']): string {
  return relation === undefined ? help : help.replaceAll(relation, '…');
}

function findingItem(evidence: Evidence, one: ReportFinding, told: Told, help: string): string {
  const { rule, place, message, severity } = one.finding;
  const where = code(clip(`${place.file}:${place.line}`, 200));
  const also = alsoWords(one.finding);
  const lines = [
    `${SEVERITY_WORDS[severity]} at ${where} · ${escapeText(clip(rule, 80))} · ${one.source}`,
    told.message ? '' : prose(clip(message, 500)),
    lockLine(evidence, one),
    told.help ? '' : `**Instead:** ${help}`,
    also === '' ? '' : prose(clip(also, 500)),
  ];
  return `- ${lines.filter((line) => line !== '').join('<br>')}`;
}

function lockLine(evidence: Evidence, one: ReportFinding): string {
  const { lock, rewrites, scans } = one;
  const work = [rewrites ? 'rewrites the table' : '', scans ? 'reads the whole table' : ''].filter(Boolean);
  const held =
    lock &&
    `${lockName(lock.mode)} on ${code(clip(lock.relation, 130))}${heldWords(evidence, one)}: ${waitingWords(lock.mode)}`;
  const parts = [held, ...work].filter(Boolean);
  return parts.length === 0 ? '' : `**Lock:** ${parts.join('; ')}.`;
}

function heldWords(evidence: Evidence, one: ReportFinding): string {
  const { lock } = one;
  if (lock?.heldMs === undefined) return evidence.rehearsal === undefined ? '' : ', not measured';
  const time = `${lock.sampled ? 'about ' : ''}${durationWords(lock.heldMs)}`;
  // Without rows the time says nothing about production.
  const rows = evidence.branch?.baseline.kind === 'schema' ? ', without production’s rows' : '';
  const there = productionTime(evidence, one);
  return ` for ${time}${rows}${there === undefined ? '' : ` (in production ${there})`}`;
}

/** The worst finding's statement as its rule would write it, with what is to follow it, ready to copy. */
export function rewriteBlock(findings: readonly ReportFinding[], sqlLines: number): string | undefined {
  const [first] = findings;
  if (first?.fixed === undefined || sqlLines === 0) return undefined;
  const { file, line } = first.finding.place;
  return blocks([
    `**Write it like this** (${code(clip(`${file}:${line}`, 200))}):`,
    fence(withLater(first.fixed, first.finding.help), 'sql', sqlLines),
  ]);
}

const STATEMENT = /`((?:ALTER TABLE|ALTER DOMAIN|DROP) [^`]+)`/g;

/** The statements that the help asks for after the mended one, from the validation on: they run when that is committed. */
function withLater(fixed: string, help: string): string {
  const statements = [...help.matchAll(STATEMENT)].flatMap(([, sql]) => sql ?? []);
  const first = statements.findIndex((sql) => sql.includes(' VALIDATE CONSTRAINT '));
  if (first < 0) return fixed;
  const later = statements.slice(first).map((sql) => `${sql};`);
  return [
    `${fixed.trimEnd().replace(/;$/, '')};`,
    '-- then, each in a transaction of its own:',
    ...later,
  ].join('\n');
}
