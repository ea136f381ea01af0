import type { Evidence } from '../../evidence/schema.ts';
import { consequence } from '../consequence.ts';
import { reportFindings } from '../findings.ts';
import { factsLine, headline, nextStep } from '../headline.ts';
import { utcWords } from '../words.ts';
import { findingsSection, migrationsSection, schemaSection, testsSection } from './judged.ts';
import { html, join, prose, trusted } from './markup.ts';
import { deploySection, doubtSection, timelineSection, waitingSection } from './measured.ts';
import { STYLE } from './style.ts';

/**
 * The report as one HTML file without scripts, outer files or links that load anything: it reads the same on paper, by
 * keyboard and aloud. Its policy (CSP) forbids all but its own style, whatever a name in it may try.
 */
export function renderHtml(evidence: Evidence): string {
  let text = '';
  for (const statements of STATEMENTS) {
    text = page(evidence, statements);
    if (text.length <= GOAL) return text;
  }
  return text;
}

/** Statements shown of each migration, fewer until the page is no longer than the goal, in UTF-16 units. */
const STATEMENTS = [50, 20, 8, 3, 0];
const GOAL = 450_000;

function page(evidence: Evidence, statements: number): string {
  const findings = reportFindings(evidence);
  const title = headline(evidence, findings).replaceAll('`', '');
  const why = consequence(evidence, findings);
  const step = nextStep(evidence, findings);
  const { html: text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header class="${evidence.verdict.conclusion}">
<h1>${prose(headline(evidence, findings))}</h1>
${why === undefined ? undefined : html`<p><strong>In production:</strong> ${prose(why)}</p>`}
${step === undefined ? undefined : html`<p><strong>What to do now:</strong> ${prose(step)}</p>`}
<p>${factsLine(evidence)}</p>
</header>
<main>
${join([
  reasonsOf(evidence),
  findingsSection(evidence, findings),
  waitingSection(evidence),
  timelineSection(evidence),
  migrationsSection(evidence, statements),
  deploySection(evidence),
  schemaSection(evidence),
  testsSection(evidence),
  doubtSection(evidence),
])}
</main>
${footer(evidence)}
</body>
</html>
`;
  return text;
}

function reasonsOf({ verdict }: Evidence) {
  if (verdict.conclusion === 'pass') return undefined;
  return html`<ul>${verdict.reasons.map((reason) => html`<li>${prose(reason)}</li>`)}</ul>`;
}

function footer({ subject, run, tool, branch, policy }: Evidence) {
  const data =
    branch &&
    `${branch.baseline.kind} baseline of ${utcWords(branch.baseline.createdAt)}, Postgres ${branch.postgresVersion}`;
  return html`<footer>
<dl>
<dt>Commit</dt><dd><code>${subject.headSha.slice(0, 12)}</code> in ${subject.repository}</dd>
<dt>Run</dt><dd>${run.id}, attempt ${run.attempt}, ${utcWords(run.finishedAt)}</dd>
<dt>Data</dt><dd>${data ?? 'no branch'}</dd>
<dt>Policy</dt><dd>${policy.source === 'file' ? policy.path : 'defaults'}; fails on ${policy.failOn}; required: ${policy.required.join(', ')}</dd>
<dt>Made by</dt><dd>Pullgres ${tool.version}</dd>
</dl>
</footer>`;
}
