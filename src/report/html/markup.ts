import { escapeHtml } from '../escape-html.ts';
import { clip, plain } from '../plain.ts';

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

/** Text of several lines, kept as it stands, at most so many UTF-16 units. */
export function code(text: string, maximum = 20_000): Html {
  return { html: `<pre tabindex="0"><code>${escapeHtml(plain(clip(text, maximum), true))}</code></pre>` };
}

/** A sentence in which `…` marks code. */
export function prose(text: string): Html {
  const pieces = plain(text).split(/`([^`]+)`/);
  return {
    html: pieces
      .map((piece, index) => (index % 2 === 1 ? `<code>${escapeHtml(piece)}</code>` : escapeHtml(piece)))
      .join(''),
  };
}

/** A table with a caption for whoever cannot see it; undefined without rows. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html | undefined {
  const bare = plainTable(caption, head, rows);
  return bare && html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">${bare}</div>`;
}

/** The same without a way to scroll it sideways, for narrow ones that are many. */
export function plainTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html | undefined {
  if (rows.length === 0) return undefined;
  return html`<table><caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

/** A section with its heading; undefined when there is nothing in it. */
export function section(title: string, pieces: readonly (Html | undefined)[]): Html | undefined {
  const body = join(pieces);
  if (body.html.trim() === '') return undefined;
  const id = title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${body}</section>`;
}
