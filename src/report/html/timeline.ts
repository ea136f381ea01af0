import type { Evidence } from '../../evidence/schema.ts';
import type { LockBar } from '../lock-bars.ts';
import { timelineSvg } from '../timeline-svg.ts';
import { count } from '../words.ts';
import { type Html, html, section, trusted } from './markup.ts';

/** More locks than anybody wants to pass by the Tab key. */
const MANY = 15;

/** The picture, what its bars mean, and a way around it for whoever goes by the Tab key. */
export function timelineSection(
  evidence: Evidence,
  maximumBars: number,
  target: (bar: LockBar) => string,
): Html | undefined {
  const timeline = timelineSvg(evidence, { maximumBars, target });
  if (timeline === undefined) return undefined;
  const { svg, bars, leftOut } = timeline;
  const runs = evidence.rehearsal?.migrations.length ?? 0;
  return section('timeline', 'Timeline of the locks', [
    bars > MANY
      ? html`<a class="skip" href="#after-timeline">Skip the ${count(bars, 'lock')} of the timeline</a>`
      : undefined,
    html`<div class="scroll picture" role="region" aria-label="Timeline" tabindex="0">${trusted(svg)}</div>`,
    legend(),
    html`<p class="dim" id="after-timeline" tabindex="-1">${count(runs, 'migration')} from left to right, one behind the other. Point at a bar, or go to it with Tab, to read its statement; follow it to see all of it.${leftOut > 0 ? ` ${count(leftOut, 'shorter lock')} ${leftOut === 1 ? 'is' : 'are'} not drawn.` : ''}</p>`,
  ]);
}

function legend(): Html {
  return html`<ul class="legend">
<li><span class="swatch all"></span>tall: nobody reads or writes</li>
<li><span class="swatch writes"></span>middle: nobody writes</li>
<li><span class="swatch none"></span>thin: readers and writers go on</li>
</ul>`;
}
