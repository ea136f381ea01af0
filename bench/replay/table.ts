import type { Tally } from './run.ts';

const COLUMNS: readonly (readonly [title: string, cell: (tally: Tally) => number])[] = [
  ['files', ({ files }) => files],
  ['parsed', ({ files, unparsed }) => files - unparsed.length],
  ['statements', ({ statements }) => statements],
  ['agree', ({ agree }) => agree],
  ['differ', ({ differences }) => differences.length],
  ['not seen', ({ unseen }) => unseen.length],
  ['refused by this server', ({ refused }) => refused.length],
  ['schema differs in', ({ schema }) => schema.size],
  ['of all, outside a transaction', ({ outside }) => outside],
  ['locks that no row asked for', ({ notShown }) => notShown],
];

/** One line a figure, one column a history. */
export function table(histories: readonly { readonly name: string; readonly tally: Tally }[]): string {
  const rows = [
    ['', ...histories.map(({ name }) => name)],
    ...COLUMNS.map(([title, cell]) => [title, ...histories.map(({ tally }) => String(cell(tally)))]),
  ];
  const widths = (rows[0] ?? []).map((_, place) => Math.max(...rows.map((row) => row[place]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}
