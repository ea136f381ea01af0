import type { Evidence, Verdict } from '../../evidence/schema.ts';
import { placeWords } from '../../evidence/verdict.ts';
import { consequence } from '../consequence.ts';
import type { ReportFinding } from '../findings.ts';
import { factsLine, headline, nextStep, VERDICT_WORDS } from '../headline.ts';
import { SHOWN_FINDINGS } from './findings.ts';
import { type Html, html, moreWords, named, prose, section, trusted } from './markup.ts';

const MAXIMUM_REASONS = 40;

/** Drawn, for not every machine has the glyphs; the words beside them say the same. */
const ICONS: Record<Verdict['conclusion'], string> = {
  pass: 'M7 13l3.4 3.4L17.5 8.6',
  fail: 'M8 8l8 8M16 8l-8 8',
  warn: 'M12 6.5v7M12 16.6v.4',
  unproven: 'M9.2 9.4a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.1.9-1.1 1.9M12 17.1v.2',
};

/** The verdict without its glyph: plain text in which `…` marks code. */
export function verdictTitle(evidence: Evidence, findings: readonly ReportFinding[]): string {
  const { glyph } = VERDICT_WORDS[evidence.verdict.conclusion];
  return headline(evidence, findings).slice(glyph.length).trimStart();
}

/** First the verdict, then what it would mean in production, what to do now and why. */
export function verdictHeader(evidence: Evidence, findings: readonly ReportFinding[]): Html {
  const { conclusion } = evidence.verdict;
  const [verdict, ...rest] = verdictTitle(evidence, findings).split(/(?<=^[^:`]+): /);
  const why = consequence(evidence, findings);
  const step = nextStep(evidence, findings);
  const done = factsLine(evidence);
  return html`<header class="verdict ${conclusion}">
<p class="subject">${subjectWords(evidence)}</p>
<h1>${icon(conclusion)}<span>${prose(verdict ?? '')}${rest.length === 0 ? undefined : html`<span class="aloud">: </span><span class="cause">${prose(rest.join(': '))}</span>`}</span></h1>
${why === undefined ? undefined : html`<p class="lead"><strong>In production</strong> ${prose(why)}</p>`}
${step === undefined ? undefined : html`<p class="lead"><strong>What to do now</strong> ${prose(step)}</p>`}
${done === undefined ? undefined : html`<p class="dim">${done}</p>`}
</header>`;
}

function icon(conclusion: Verdict['conclusion']): Html {
  return trusted(
    `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11"/><path d="${ICONS[conclusion]}"/></svg>`,
  );
}

function subjectWords({ subject, run }: Evidence): Html {
  const { repository, pullRequest, kind, headSha } = subject;
  const what = pullRequest === undefined ? KIND_WORDS[kind] : `pull request ${pullRequest}`;
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  return html`Pullgres report · <bdi>${repository}</bdi> · ${what} · commit ${named(headSha.slice(0, 7))} · ${runLink(evidenceUrl(run.url), `run ${run.id}${attempt}`)}`;
}

const KIND_WORDS = {
  'pull-request': 'pull request',
  'merge-group': 'merge queue',
  push: 'push',
  manual: 'started by hand',
} as const;

/** The link to the run is the only one that leaves the page; anything but http(s) stays text. */
function runLink(url: string | undefined, words: string): Html {
  return url === undefined
    ? html`<bdi>${words}</bdi>`
    : html`<a href="${url}" rel="noreferrer"><bdi>${words}</bdi></a>`;
}

function evidenceUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[\w.:/-]+$/.test(url) ? url : undefined;
}

/** Why the verdict is what it is, one sentence each, without those that the findings below tell in full. */
export function reasonsSection({ verdict }: Evidence, findings: readonly ReportFinding[]): Html | undefined {
  const told = findings.slice(0, SHOWN_FINDINGS).map(({ finding }) => `${placeWords(finding.place)}:`);
  const isTold = (reason: string) =>
    told.some((start) => reason.startsWith(start)) || (told.length > 0 && /^\d+ more findings /.test(reason));
  const reasons = verdict.reasons.filter((reason) => !isTold(reason));
  const shown = reasons.slice(0, MAXIMUM_REASONS);
  if (shown.length === 0) return undefined;
  return section('why', 'Why', [
    html`<ul>${shown.map((reason) => html`<li>${prose(reason)}</li>`)}</ul>`,
    moreWords(shown.length, reasons.length, 'reason'),
  ]);
}
