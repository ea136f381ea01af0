import type { Evidence, RehearsalRecord } from '../../evidence/schema.ts';
import { besideWords, estimateWords, probedWords } from '../beside.ts';
import { disagreements } from '../disagreements.ts';
import { timelineSvg } from '../timeline-svg.ts';
import { durationWords, lockName } from '../words.ts';
import { type Html, html, prose, section, table, trusted } from './markup.ts';

const MAXIMUM = 200;

type Probed = NonNullable<RehearsalRecord['contention']>['tables'][number];

/** Who would have waited, here and in production. */
export function waitingSection({ rehearsal }: Evidence): Html | undefined {
  const { contention, scale } = rehearsal ?? {};
  const extrapolated = [...(scale?.estimates ?? []).map(estimateWords), ...(scale?.notes ?? [])];
  return section('Who would have waited', [
    ...(contention === undefined ? [] : besideWords(contention, MAXIMUM)).map(
      (words) => html`<p>${prose(words)}</p>`,
    ),
    table(
      'Readers and writers beside the migrations',
      ['Table', 'Longest wait of a read', 'Longest wait of a write', 'Would have queued', 'Note'],
      (contention?.tables ?? []).slice(0, MAXIMUM).map(probedRow),
    ),
    ...extrapolated.slice(0, MAXIMUM).map((words) => html`<p>${prose(words)}</p>`),
    scale && extrapolated.length > 0 ? html`<p><small>Sizes: ${scale.source}</small></p>` : undefined,
  ]);
}

function probedRow(one: Probed): (Html | string)[] {
  const { read = 'not probed', write = 'not probed', queued = 'rate unknown' } = probedWords(one);
  return [html`<code>${one.relation}</code>`, read, write, queued, one.note ?? ''];
}

export function timelineSection(evidence: Evidence): Html | undefined {
  const svg = timelineSvg(evidence);
  return section('Timeline of the locks that block', [
    svg === undefined
      ? undefined
      : html`<div class="scroll" role="region" aria-label="Timeline" tabindex="0">${trusted(svg)}</div>
<p><small>Red: nobody could read or write. Amber: nobody could write. Times from the begin of the first migration.</small></p>`,
  ]);
}

export function deploySection({ rehearsal }: Evidence): Html | undefined {
  const { advice = [], tables = [] } = rehearsal?.deploy ?? {};
  return section('Plan for the deploy', [
    advice.length === 0
      ? undefined
      : html`<ol>${advice.slice(0, MAXIMUM).map((text) => html`<li>${prose(text)}</li>`)}</ol>`,
    table(
      'How long each table is blocked in all',
      ['Table', 'Strongest lock', 'Blocked'],
      tables
        .slice(0, MAXIMUM)
        .map(({ relation, mode, heldMs }) => [
          html`<code>${relation}</code>`,
          lockName(mode),
          durationWords(heldMs),
        ]),
    ),
  ]);
}

/** What was predicted and disproved, and where our model and the server disagree. */
export function doubtSection({ rehearsal }: Evidence): Html | undefined {
  const differing = rehearsal === undefined ? [] : disagreements(rehearsal);
  return section('Predicted otherwise', [
    table(
      'Disproved by the rehearsal, and so not counted',
      ['Rule', 'Place', 'Measured'],
      (rehearsal?.refuted ?? [])
        .slice(0, MAXIMUM)
        .map(({ finding, reason }) => [finding.rule, `${finding.place.file}:${finding.place.line}`, reason]),
    ),
    table(
      'Statements for which Pullgres predicted otherwise: a defect of ours, please report it',
      ['Place', 'Predicted and not seen', 'Seen and not predicted'],
      differing
        .slice(0, MAXIMUM)
        .map(({ where, missing, unexpected }) => [where, missing.join('; '), unexpected.join('; ')]),
    ),
  ]);
}
