import { placeKey } from '../../evidence/place-key.ts';
import type { Evidence } from '../../evidence/schema.ts';
import { groupBy } from '../../group-by.ts';
import { type ReportFinding, reportFindings, seenStatements } from '../findings.ts';
import { branchSection, dataSection, runSection } from './branch.ts';
import { schemaSection, testsSection } from './changed.ts';
import { evidenceSection } from './evidence.ts';
import { acceptedSection, findingsSection } from './findings.ts';
import { type Html, html, join, trusted } from './markup.ts';
import { costSection, deploySection, doubtSection, scaleSection, waitingSection } from './measured.ts';
import { overview } from './overview.ts';
import { migrationsSection, shownMigrations } from './statements.ts';
import { STYLE } from './style.ts';
import { timelineSection } from './timeline.ts';
import { TIMELINE_STYLE } from './timeline-style.ts';
import { reasonsSection, verdictHeader, verdictTitle } from './verdict.ts';

/** How much of the evidence a page shows, less and less, until the page is no longer than the goal. */
const LEVELS = [
  { statements: 50, bars: 200 },
  { statements: 20, bars: 200 },
  { statements: 8, bars: 200 },
  { statements: 3, bars: 150 },
  { statements: 0, bars: 60 },
] as const;
/** In bytes. The record gets what is left of the second, at least a little. */
const GOAL = 380_000;
const WHOLE = 470_000;

type Level = (typeof LEVELS)[number];

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The report as one HTML file without scripts, outer files or links that load anything: it reads the same on paper, by
 * keyboard and aloud. Its policy (CSP) forbids all but its own style, whatever a name in it may try.
 */
export function renderHtml(evidence: Evidence): string {
  const findings = reportFindings(evidence);
  let body: Html = { html: '' };
  for (const level of levelsFor(evidence)) {
    body = bodyOf(evidence, findings, level);
    if (Buffer.byteLength(body.html) <= GOAL) break;
  }
  const left = WHOLE - Buffer.byteLength(body.html) - STYLE.length - TIMELINE_STYLE.length;
  return page(evidence, findings, join([body, evidenceSection(evidence, left)]));
}

/** The levels that may fit: there is no need to write thousands of statements to see that they do not. */
function levelsFor(evidence: Evidence): readonly Level[] {
  const files = groupBy(seenStatements(evidence), ({ place }) => place.file);
  const shown = ({ statements }: Level) =>
    [...files.values()].reduce((sum, { length }) => sum + Math.min(length, statements), 0);
  const fitting = LEVELS.filter((level) => shown(level) * SHORTEST <= GOAL);
  return fitting.filter((level, at) => at === 0 || shown(level) < shown(fitting[at - 1] ?? level));
}

/** Bytes of a statement of a few words that locks nothing. */
const SHORTEST = 250;

function page(evidence: Evidence, findings: readonly ReportFinding[], body: Html): string {
  const title = verdictTitle(evidence, findings).replaceAll('`', '');
  const { html: text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<title>${title} – Pullgres</title>
<style>${trusted(STYLE)}${trusted(TIMELINE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
${verdictHeader(evidence, findings)}
${overview(evidence, findings)}
<main id="report" tabindex="-1">
${body}
</main>
</body>
</html>
`;
  return text;
}

function bodyOf(evidence: Evidence, findings: readonly ReportFinding[], level: Level): Html {
  const shown = shownMigrations(evidence, level.statements);
  const tests = testsSection(evidence);
  const isTestFailed = [evidence.tests, evidence.tests?.oldCode].some((one) => one?.status === 'failed');
  return join([
    reasonsSection(evidence, findings),
    findingsSection(findings, ({ place }) => shown.idOf(place.file, placeKey(place))),
    isTestFailed ? tests : undefined,
    timelineSection(evidence, level.bars, ({ file, key }) => shown.idOf(file, key)),
    waitingSection(evidence),
    scaleSection(evidence),
    deploySection(evidence),
    migrationsSection(shown),
    doubtSection(evidence),
    costSection(evidence),
    schemaSection(evidence),
    isTestFailed ? undefined : tests,
    acceptedSection(evidence),
    dataSection(evidence),
    branchSection(evidence),
    runSection(evidence),
  ]);
}
