import type { Evidence } from '../evidence/schema.ts';
import { placeWords } from '../evidence/verdict.ts';
import { consequence } from './consequence.ts';
import { type ReportFinding, reportFindings } from './findings.ts';
import { findingsList, rewriteBlock } from './findings-list.ts';
import { factsLine, headline, isTeardown, nextStep, stepIsFindings } from './headline.ts';
import { quarantineSection } from './making.ts';
import { blocks, escapeText, prose } from './markdown.ts';
import { migrationSections } from './migrations.ts';
import { clip } from './plain.ts';
import { changeSections, deploySections } from './rehearsed.ts';
import {
  acceptedSection,
  branchLine,
  dataLine,
  footer,
  oldCodeSection,
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
  /** How long the branch's copy was foreseen to take. */
  readonly forecast: boolean;
  /** Said at the end of a report that was shortened. */
  readonly note: string | undefined;
};

/** The report as Markdown at one level of detail. */
export function renderBody(evidence: Evidence, level: Level): string {
  const findings = reportFindings(evidence);
  const failing = evidence.tests?.status === 'failed' || evidence.tests?.oldCode?.status === 'failed';
  const tests = testBlocks(evidence, level);
  return blocks([
    `### ${prose(headline(evidence, findings))}`,
    ...verdictBlocks(evidence, findings, level),
    ...findingBlocks(evidence, findings, level),
    ...(failing ? tests : []),
    plainFacts(evidence),
    deploySections(evidence, level.measured),
    migrationSections(evidence, level),
    changeSections(evidence, level.measured),
    ...(failing ? [] : tests),
    dataLine(evidence),
    level.accepted > 0 ? acceptedSection(evidence, level.accepted) : undefined,
    level.accepted > 0 ? quarantineSection(evidence, level.accepted) : undefined,
    branchLine(evidence, level.forecast),
    policyLine(evidence),
    level.note === undefined ? undefined : `_${level.note}_`,
    footer(evidence),
  ]);
}

function findingBlocks(
  evidence: Evidence,
  findings: readonly ReportFinding[],
  level: Level,
): (string | undefined)[] {
  if (level.findings === 0) return [];
  const told = {
    message: consequence(evidence, findings) !== undefined,
    help: stepIsFindings(evidence, findings),
  };
  return [findingsList(evidence, findings, level.findings, told), rewriteBlock(findings, level.sqlLines)];
}

function testBlocks(evidence: Evidence, level: Level): (string | undefined)[] {
  if (level.failures === 0) return [];
  return [testsSection(evidence, level.failures), oldCodeSection(evidence, level.failures)];
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

/** The reasons that the list of findings does not tell already. */
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
