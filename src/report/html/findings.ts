import type { Evidence } from '../../evidence/schema.ts';
import { alsoWords } from '../../rules/gather.ts';
import { acceptedFindings } from '../accepted.ts';
import type { ReportFinding } from '../findings.ts';
import { count, durationWords, lockName, waitingWords } from '../words.ts';
import { badge, code, type Html, html, join, moreWords, named, prose, section } from './markup.ts';
import { table } from './table.ts';

/** More findings than anybody reads; the evidence has all. */
export const SHOWN_FINDINGS = 150;
/** So many stand open: the timeline must not be screens away. */
const UNFOLDED = 8;
const SQL_LENGTH = 1500;

const BADGES = { error: 'bad', warning: 'warn', notice: 'quiet' } as const;

/** Every finding with its consequence, its place, its lock and the safe form, worst first. */
export function findingsSection(
  findings: readonly ReportFinding[],
  target: (finding: ReportFinding['finding']) => string,
): Html | undefined {
  const shown = findings.slice(0, SHOWN_FINDINGS);
  if (shown.length === 0) return undefined;
  const items = shown.map((one) => item(one, target(one.finding)));
  const [first, folded] = [items.slice(0, UNFOLDED), items.slice(UNFOLDED)];
  return section('findings', 'Findings', [
    html`<ol class="findings">${first}</ol>`,
    folded.length === 0
      ? undefined
      : html`<details><summary>${count(folded.length, 'more finding')}</summary><ol class="findings">${folded}</ol></details>`,
    moreWords(shown.length, findings.length, 'finding'),
  ]);
}

function item(one: ReportFinding, target: string): Html {
  const { severity, message, help, place, rule } = one.finding;
  const also = alsoWords(one.finding);
  return html`<li><h3>${badge(BADGES[severity], severity)} ${prose(message)}</h3>
<p><strong>Instead</strong> ${prose(help)}</p>
${one.fixed === undefined ? undefined : html`<p class="dim">Write it like this:</p>${code(one.fixed, SQL_LENGTH)}`}
<p class="dim"><a href="#${target}">${named(`${place.file}:${place.line}`)}</a> · ${rule} · ${one.source}${lockPart(one)}</p>
${also === '' ? undefined : html`<p class="dim">${prose(also)}</p>`}</li>`;
}

function lockPart({ lock, rewrites, scans }: ReportFinding): Html {
  const held =
    lock?.heldMs === undefined ? '' : ` for ${lock.sampled ? 'about ' : ''}${durationWords(lock.heldMs)}`;
  const work = [rewrites && ' · rewrites the table', scans && ' · reads the whole table'].filter(
    (part) => typeof part === 'string',
  );
  return html`${lock && html` · ${lockName(lock.mode)} on ${named(lock.relation)}${held}: ${waitingWords(lock.mode)}`}${join(work.map((part) => html`${part}`))}`;
}

/** What was waived, by whom, why and until when. */
export function acceptedSection(evidence: Evidence): Html | undefined {
  const accepted = acceptedFindings(evidence);
  const shown = accepted.slice(0, SHOWN_FINDINGS);
  const rows = shown.map(({ finding, owner, until, reason, source }) => [
    html`${finding.rule}<br><small>${named(`${finding.place.file}:${finding.place.line}`)}</small>`,
    html`<bdi>${owner}</bdi>`,
    html`${until}<br><small>${leftWords(until, evidence.run.finishedAt)}</small>`,
    reason,
    source === 'policy' ? 'the policy' : 'the migration itself',
  ]);
  return section('accepted', 'Accepted risks', [
    table('Findings that somebody answers for', ['Risk', 'Owner', 'Until', 'Reason', 'Accepted by'], rows),
    moreWords(shown.length, accepted.length, 'risk'),
  ]);
}

/** The last day counts. */
function leftWords(until: string, now: string): string {
  const days = Math.round((Date.parse(until) - Date.parse(now.slice(0, 10))) / 86_400_000);
  if (Number.isNaN(days)) return '';
  return days < 0 ? 'expired' : days === 0 ? 'last day' : `${count(days, 'day')} left`;
}
