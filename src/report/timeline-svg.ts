import type { Evidence } from '../evidence/schema.ts';
import { escapeHtml } from './escape-html.ts';
import { type LockBar, lockBars } from './lock-bars.ts';
import { clip, plain } from './plain.ts';
import { durationWords, lockName } from './words.ts';

const WIDTH = 960;
const LABEL = 240;
const ROW = 26;
const AXIS = 28;
const MAXIMUM_ROWS = 60;
/** Shorter locks than the longest so many are left out: a thousand bars of a pixel tell nothing. */
const MAXIMUM_BARS = 300;
const DESCRIBED = 30;

/**
 * The lock timeline as one SVG element without scripts or outer files: a row for each relation, a bar for each lock that
 * kept writers (amber) or everybody (red) out; whoever hovers reads the statement. Undefined without such locks.
 */
export function timelineSvg(evidence: Pick<Evidence, 'rehearsal'>): string | undefined {
  const groups = longest(lockBars(evidence).slice(0, MAXIMUM_ROWS));
  const end = Math.max(...groups.flat().map(({ to }) => to));
  if (groups.length === 0) return undefined;
  const scale = (WIDTH - LABEL) / Math.max(end, 1);
  const height = AXIS + groups.length * ROW;
  const rows = groups.map((bars, index) => row(bars, AXIS + index * ROW, scale));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>Locks of the rehearsal</title>`,
    `<desc>${escapeHtml(byLength(groups.flat()).slice(0, DESCRIBED).map(barWords).join('; '))}</desc>`,
    ...ticks(end, scale, height),
    ...rows,
    '</svg>',
  ].join('\n');
}

function byLength(bars: readonly LockBar[]): readonly LockBar[] {
  return bars.toSorted((a, b) => b.to - b.from - (a.to - a.from));
}

function longest(groups: readonly (readonly LockBar[])[]): readonly (readonly LockBar[])[] {
  const kept = new Set(byLength(groups.flat()).slice(0, MAXIMUM_BARS));
  return groups.map((bars) => bars.filter((bar) => kept.has(bar))).filter((bars) => bars.length > 0);
}

function ticks(end: number, scale: number, height: number): string[] {
  return [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const x = LABEL + end * part * scale;
    const anchor = part === 1 ? 'end' : 'middle';
    return `<g><line x1="${x.toFixed(1)}" y1="${AXIS - 6}" x2="${x.toFixed(1)}" y2="${height}" stroke="#8888" stroke-width="0.5"/><text x="${x.toFixed(1)}" y="14" text-anchor="${anchor}" fill="currentColor">${part === 0 ? '0' : durationWords(end * part)}</text></g>`;
  });
}

function row(bars: readonly LockBar[], y: number, scale: number): string {
  const label = escapeHtml(clip(plain(bars[0]?.relation ?? ''), 34));
  return [
    `<g><text x="${LABEL - 8}" y="${y + 17}" text-anchor="end" fill="currentColor">${label}</text>`,
    ...bars.map((bar) => rect(bar, y, scale)),
    '</g>',
  ].join('');
}

/** A bar is at least two units wide, or the shortest could not be seen. */
function rect(bar: LockBar, y: number, scale: number): string {
  const x = LABEL + bar.from * scale;
  const width = Math.max(2, (bar.to - bar.from) * scale);
  const color = bar.blocks === 'writes' ? '#d29922' : '#cf222e';
  return `<rect x="${x.toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="16" rx="2" fill="${color}"><title>${escapeHtml(`${barWords(bar)}\n${clip(plain(bar.sql, true), 120)}`)}</title></rect>`;
}

function barWords({ relation, mode, from, to, blocks, where }: LockBar): string {
  return `${lockName(mode)} on ${plain(relation)} for ${durationWords(to - from)}, blocks ${blocks} (${plain(where)})`;
}
