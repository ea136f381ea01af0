import type { Evidence } from '../evidence/schema.ts';
import { placeWords } from '../evidence/verdict.ts';
import { type ReportFinding, reportFindings } from './findings.ts';
import { consequence, factsLine, headline, isTeardown, nextStep } from './headline.ts';
import { quarantineSection } from './making.ts';
import { blocks, code, escapeText, fence, prose } from './markdown.ts';
import { migrationSections } from './migrations.ts';
import { clip } from './plain.ts';
import { rehearsalSections } from './rehearsed.ts';
import {
  acceptedSection,
  branchLine,
  dataLine,
  findingsTable,
  footer,
  policyLine,
  testsSection,
} from './sections.ts';

/** How much of the evidence a report shows. Each number is a maximum; 0 leaves the part out. */
export type Level = {
  readonly findings: number;
  readonly reasons: number;
  readonly migrations: number;
  /** Rows of each table of measurements. */
  readonly measured: number;
  readonly statements: number;
  readonly sqlLines: number;
  readonly failures: number;
  readonly accepted: number;
  /** Said at the end of a report that was shortened. */
  readonly note: string | undefined;
};

/** The report as Markdown at one level of detail. */
export function renderBody(evidence: Evidence, level: Level): string {
  const findings = reportFindings(evidence);
  return blocks([
    `### ${prose(headline(evidence, findings))}`,
    ...verdictBlocks(evidence, findings, level),
    level.findings > 0 ? findingsTable(evidence, findings, level.findings) : undefined,
    level.findings > 0 ? rewriteBlock(findings, level) : undefined,
    plainFacts(evidence),
    rehearsalSections(evidence, level.measured),
    migrationSections(evidence, level),
    level.failures > 0 ? testsSection(evidence, level.failures) : undefined,
    level.accepted > 0 ? acceptedSection(evidence, level.accepted) : undefined,
    level.accepted > 0 ? quarantineSection(evidence, level.accepted) : undefined,
    [dataLine(evidence), branchLine(evidence), policyLine(evidence)]
      .filter((line) => line !== undefined)
      .join('<br>\n'),
    level.note === undefined ? undefined : `_${level.note}_`,
    footer(evidence),
  ]);
}

/** The first report of the levels that fits, in UTF-8 bytes. The last level is small for any evidence. */
export function renderFitting(evidence: Evidence, levels: readonly Level[], maximumBytes: number): string {
  let body = '';
  for (const level of levels) {
    body = renderBody(evidence, level);
    if (Buffer.byteLength(body) <= maximumBytes) return body;
  }
  throw new Error(
    `The shortest report has ${Buffer.byteLength(body)} bytes; at most ${maximumBytes} were expected.`,
  );
}

function verdictBlocks(
  evidence: Evidence,
  findings: readonly ReportFinding[],
  level: Level,
): (string | undefined)[] {
  const step = nextStep(evidence, findings);
  const why = consequence(evidence, findings);
  return [
    why === undefined ? undefined : `**In production:** ${prose(why)}`,
    step === undefined ? undefined : `**What to do now:** ${prose(step)}`,
    isTeardown(evidence) ? undefined : reasonList(evidence, findings, level),
  ];
}

/** The reasons that the table of findings does not tell already. */
function reasonList(
  { verdict }: Evidence,
  findings: readonly ReportFinding[],
  level: Level,
): string | undefined {
  if (verdict.conclusion === 'pass') return undefined;
  const inTable = level.findings > 0 ? findings : [];
  const told = new Set(inTable.map(({ finding }) => `${placeWords(finding.place)}:`));
  const isTold = (reason: string) =>
    [...told].some((start) => reason.startsWith(start)) ||
    (inTable.length > 0 && /^\d+ more findings /.test(reason));
  const reasons = verdict.reasons.filter((reason) => !isTold(reason));
  const shown = reasons.slice(0, level.reasons).map((reason) => `- ${prose(clip(reason, 400))}`);
  const more = reasons.length - shown.length;
  return shown.length === 0 ? undefined : [...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

function plainFacts(evidence: Evidence): string | undefined {
  const facts = factsLine(evidence);
  return facts === undefined ? undefined : escapeText(facts);
}

/** The first failing statement as its rule would write it, ready to copy. */
function rewriteBlock(findings: readonly ReportFinding[], level: Level): string | undefined {
  const first = findings.find(({ fixed }) => fixed !== undefined);
  if (first?.fixed === undefined || level.sqlLines === 0) return undefined;
  const { file, line } = first.finding.place;
  return blocks([
    `**Write it like this** (${code(clip(`${file}:${line}`, 200))}):`,
    fence(first.fixed, 'sql', level.sqlLines),
  ]);
}
