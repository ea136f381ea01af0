import { escapeHtml } from '../escape-html.ts';
import { clip, plain } from '../plain.ts';
import { count } from '../words.ts';

/** A piece of HTML that was built here; plain strings are never taken for one. */
export type Html = { readonly html: string };

type Part = Html | string | number | undefined | readonly (Html | undefined)[];

/** HTML from a template: what is put in is escaped text, unless it is Html itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { html: parts.reduce((text, part, index) => text + render(values[index - 1]) + part) };
}

/** Pieces one behind the other; absent ones are left out. */
export function join(pieces: readonly (Html | undefined)[]): Html {
  return { html: pieces.map((piece) => piece?.html ?? '').join('\n') };
}

/** Markup that another module of this room built and escaped. */
export function trusted(markup: string): Html {
  return { html: markup };
}

function render(value: Part): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(plain(value));
  return 'html' in value ? value.html : join(value).html;
}

/** Text of several lines, kept as it stands but wrapped, so that nothing needs to scroll; at most so many UTF-16 units. */
export function code(text: string, maximum = 20_000): Html {
  return { html: `<pre><code>${escapeElement(plain(clip(text, maximum), true))}</code></pre>` };
}

/** Text inside an element only: there quotes are plain characters, and JSON is full of them. */
export function escapeElement(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A name, set as code; a name from right to left does not reorder what stands beside it (style.ts isolates code). */
export function named(name: string): Html {
  return html`<code>${clip(name, 300)}</code>`;
}

/** A sentence in which `…` marks code. */
export function prose(text: string): Html {
  const pieces = plain(clip(text, 2000)).split(/`([^`]+)`/);
  return {
    html: pieces
      .map((piece, index) => (index % 2 === 1 ? `<code>${escapeHtml(piece)}</code>` : escapeHtml(piece)))
      .join(''),
  };
}

/** A mark with words: its colour only repeats what it says. */
export function badge(kind: 'good' | 'bad' | 'warn' | 'quiet', words: string): Html {
  return html`<span class="badge ${kind}">${words}</span>`;
}

/** A section with its heading; undefined when there is nothing in it. */
export function section(id: string, title: string, pieces: readonly (Html | undefined)[]): Html | undefined {
  const body = join(pieces);
  if (body.html.trim() === '') return undefined;
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>`;
}

/** Names with what is known of them; those with nothing known are left out. */
export function facts(rows: readonly (readonly [string, Html | string | undefined])[]): Html {
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** How much was not shown, as a paragraph; undefined when all was. */
export function moreWords(shown: number, total: number, noun: string): Html | undefined {
  if (total <= shown) return undefined;
  return html`<p class="dim">and ${count(total - shown, `more ${noun}`)}.</p>`;
}
