import { type Html, html } from './markup.ts';

/** Cells, the first of which is the row's header. */
export type Row = readonly (Html | string | undefined)[];

/** A column: its head, and its cell for one item, undefined where nothing is known. */
export type Column<T> = readonly [head: string, cell: (item: T) => Html | string | undefined];

/** A table of those columns alone for which at least one row has something to say; the first always stays. */
export function knownColumns<T>(
  caption: string,
  columns: readonly Column<T>[],
  items: readonly T[],
): Html | undefined {
  const known = columns.filter(
    ([, cell], index) => index === 0 || items.some((item) => cell(item) !== undefined),
  );
  return table(
    caption,
    known.map(([head]) => head),
    items.map((item) => known.map(([, cell]) => cell(item) ?? '–')),
  );
}

/**
 * A table in a region that scrolls sideways by itself, by keyboard too, so that the page never does. The first cell of
 * each row is its header. The caption names the region as well, so it has to be the only one of its words on the page.
 * Undefined without rows.
 */
export function table(caption: string, head: readonly string[], rows: readonly Row[]): Html | undefined {
  const bare = rows.length === 0 ? undefined : bareTable(caption, head, rows);
  return bare && html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">${bare}</div>`;
}

/** The same for narrow tables that are many: it wraps, and is no landmark and no stop for the Tab key. */
export function plainTable(caption: string, head: readonly string[], rows: readonly Row[]): Html | undefined {
  if (rows.length === 0) return undefined;
  return html`<table class="compared"><caption class="aloud">${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(bodyRow)}</tbody></table>`;
}

function bareTable(caption: string, head: readonly string[], rows: readonly Row[]): Html {
  return html`<table><caption><span>${caption}</span></caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(bodyRow)}</tbody></table>`;
}

function bodyRow([first, ...rest]: Row): Html {
  return html`<tr><th scope="row">${isBlank(first) ? '(blank)' : first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

/** Whether nobody would see or hear it: a hostile name can be made of spaces. */
function isBlank(cell: Html | string | undefined): boolean {
  const text = typeof cell === 'object' ? cell.html.replaceAll(/<[^>]*>/g, '') : (cell ?? '');
  return text.trim() === '';
}
