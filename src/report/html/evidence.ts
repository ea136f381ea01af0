import type { Evidence } from '../../evidence/schema.ts';
import { plain } from '../plain.ts';
import { escapeElement, type Html, html, join, section } from './markup.ts';
import { type Cut, shorten } from './shorten.ts';

/** How much of each array and text is shown, less and less. */
const LEVELS: readonly Cut[] = [
  { items: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY },
  { items: 200, characters: 2000 },
  { items: 50, characters: 400 },
  { items: 20, characters: 200 },
  { items: 8, characters: 200 },
  { items: 3, characters: 120 },
  { items: 1, characters: 80 },
];

/** The record behind the report, readable, as much of it as fits into so many bytes, and what was left out. */
export function evidenceSection(evidence: Evidence, maximumBytes: number): Html | undefined {
  for (const cut of LEVELS) {
    const short = shorten(evidence, cut, maximumBytes);
    const text = short && readable(short.value, maximumBytes);
    if (short === undefined || text === undefined) continue;
    const { leftOut } = short;
    return section('evidence', 'Evidence', [
      html`<p>The record that all of this was made from, as JSON. ${leftOut.length === 0 ? 'It is complete.' : 'It is shortened here; the file <code>evidence.json</code> of the run is complete.'}</p>`,
      leftOut.length === 0
        ? undefined
        : html`<p class="dim">Left out: ${leftOut.slice(0, 20).join('; ')}.</p>`,
      html`<p class="dim only-print">The JSON itself is not printed.</p>`,
      html`<details class="json"><summary>Evidence as JSON</summary>${join([{ html: `<pre tabindex="0" role="region" aria-label="Evidence as JSON"><code>${text}</code></pre>` }])}</details>`,
    ]);
  }
  return section('evidence', 'Evidence', [
    html`<p>The record is too large to be shown here; the file <code>evidence.json</code> of the run has it.</p>`,
  ]);
}

/** What a reader of the JSON could be misled by stands as JSON's own escape. */
const ODD = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function readable(value: unknown, maximumBytes: number): string | undefined {
  const json = JSON.stringify(value, undefined, 1);
  if (json.length > maximumBytes) return undefined;
  const seen = json.replace(
    ODD,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const text = escapeElement(plain(seen, true));
  return Buffer.byteLength(text) > maximumBytes ? undefined : text;
}
