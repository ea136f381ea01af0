import type { Evidence } from '../evidence/schema.ts';
import { escapeHtml } from './escape-html.ts';
import { allLockBars, type LockBar, migrationSpans } from './lock-bars.ts';
import { clip, plain } from './plain.ts';
import { ticksUpTo } from './ticks.ts';
import { rowSummary, wordsOf } from './timeline-words.ts';
import { durationWords, lockName } from './words.ts';

const WIDTH = 960;
const ROW = 58;
const HEAD = 46;
const MAXIMUM_ROWS = 60;
const BANDS = 400;

/** Heights tell who waits as the colours do: nobody reads or writes, nobody writes, everybody goes on. */
const LOOKS = {
  'reads and writes': { name: 'all', top: 0, height: 24 },
  writes: { name: 'writes', top: 5, height: 14 },
  nothing: { name: 'none', top: 10, height: 5 },
} as const;

export type TimelineOptions = {
  /** Shorter locks than the longest so many are left out: a thousand bars of a pixel tell nothing. */
  readonly maximumBars?: number;
  /** The id of the element that tells of the bar's statement. */
  readonly target?: (bar: LockBar) => string;
};

export type Timeline = { readonly svg: string; readonly bars: number; readonly leftOut: number };

/**
 * The lock timeline as one SVG element without scripts or outer files, styled by html/timeline-style.ts: a row for each
 * relation, a bar for each lock from acquired to released. A bar is a link to its statement, and says it to whoever
 * points at it or comes by the Tab key. Undefined without locks.
 */
export function timelineSvg(
  evidence: Pick<Evidence, 'rehearsal'>,
  { maximumBars = 200, target = () => 'migrations' }: TimelineOptions = {},
): Timeline | undefined {
  const all = allLockBars(evidence);
  const groups = longest(all.slice(0, MAXIMUM_ROWS), maximumBars);
  if (groups.length === 0) return undefined;
  const spans = migrationSpans(evidence);
  const end = Math.max(...groups.flat().map(({ to }) => to), spans.at(-1)?.to ?? 0, 1);
  const height = HEAD + groups.length * ROW;
  const scale = WIDTH / end;
  const bars = groups.flat().length;
  const svg = [
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="group" aria-label="Locks of the rehearsal by table">`,
    ...spans.slice(0, BANDS).map((span, index) => band(span, index, scale, height)),
    ...ticksUpTo(end).map((at) => tick(at, scale, height)),
    ...groups.map((group, index) => row(group, HEAD + index * ROW, scale, { all, evidence, target })),
    '</svg>',
  ].join('\n');
  return { svg, bars, leftOut: all.flat().length - bars };
}

function longest(groups: readonly (readonly LockBar[])[], maximum: number) {
  // A lock that nobody waits for is the first to go.
  const weight = ({ blocks, from, to }: LockBar) => (to - from) * (blocks === 'nothing' ? 1e-6 : 1);
  const kept = new Set(
    groups
      .flat()
      .toSorted((a, b) => weight(b) - weight(a))
      .slice(0, maximum),
  );
  return groups.map((bars) => bars.filter((bar) => kept.has(bar))).filter((bars) => bars.length > 0);
}

function band(
  span: { file: string; from: number; to: number },
  index: number,
  scale: number,
  height: number,
) {
  const [x, width] = [span.from * scale, (span.to - span.from) * scale];
  const name = clip(plain(span.file).split('/').at(-1) ?? '', 60);
  const number = index + 1;
  const isRound = number % 10 === 0 ? String(number) : '';
  const label =
    name.length * 7.4 + 10 < width
      ? name
      : String(number).length * 6.3 + 6 < width
        ? String(number)
        : isRound;
  const shade = index % 2 === 0 ? 'even' : 'odd';
  return `<g><rect class="band ${shade}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="${height}"><title>${escapeHtml(`${number}. ${clip(plain(span.file), 200)}`)}</title></rect>${text('head', x + 5, 14, label)}</g>`;
}

function tick(at: number, scale: number, height: number): string {
  const x = (at * scale).toFixed(1);
  const nearEnd = at * scale > WIDTH - 60;
  const label = at === 0 ? '0' : durationWords(at);
  const beside = nearEnd ? Number(x) - 4 : Number(x) + 4;
  return `<g><line class="tick" x1="${x}" y1="22" x2="${x}" y2="${height}"/>${text(nearEnd ? 'time end' : 'time', beside, 33, label)}</g>`;
}

type Setting = Required<Pick<TimelineOptions, 'target'>> & {
  readonly evidence: Pick<Evidence, 'rehearsal'>;
  /** Also those that are not drawn: what is said of a table counts them. */
  readonly all: readonly (readonly LockBar[])[];
};

function row(bars: readonly LockBar[], y: number, scale: number, setting: Setting): string {
  const relation = bars[0]?.relation ?? '';
  const group = setting.all.find(([first]) => first?.relation === relation) ?? bars;
  const summary = rowSummary(setting.evidence, relation, group);
  return [
    '<g class="row">',
    text('table', 4, y + 17, clip(plain(relation), 36)),
    text('summary end', WIDTH - 4, y + 17, clip(summary, 100)),
    `<rect class="lane" x="0" y="${y + 24}" width="${WIDTH}" height="26"/>`,
    ...bars.map((bar) => link(bar, y, scale, setting)),
    '</g>',
  ].join('');
}

/** A bar is at least three units wide, or the shortest could not be seen. */
function link(bar: LockBar, y: number, scale: number, { evidence, target }: Setting): string {
  const { name, top, height } = LOOKS[bar.blocks];
  const width = Math.max(3, (bar.to - bar.from) * scale);
  const x = Math.min(bar.from * scale, WIDTH - width);
  const words = wordsOf(evidence, bar);
  const mode = lockName(bar.mode);
  const fits = height > 10 && mode.length * 7 + 14 < width;
  const sql = clip(plain(bar.sql).replaceAll(/␊\s*/g, ' '), 200);
  return [
    `<a class="bar ${name}" href="#${target(bar)}"><title>${escapeHtml(`${words}\n${sql}`)}</title>`,
    `<rect x="${x.toFixed(1)}" y="${y + 25 + top}" width="${width.toFixed(1)}" height="${height}" rx="2"/>`,
    fits ? text('mode', x + 6, y + 41, mode) : '',
    text('tip end', WIDTH - 4, y + 17, tip(bar, sql)),
    '</a>',
  ].join('');
}

/** What stands above the row while its bar is pointed at: the place and the statement come first, the title has all. */
function tip({ mode, from, to, where }: LockBar, sql: string): string {
  const place = plain(where).split('/').at(-1) ?? '';
  return clip(`${lockName(mode)} ${durationWords(to - from)} · ${clip(place, 40)} · ${sql}`, 92);
}

function text(name: string, x: number, y: number, words: string): string {
  if (words === '') return '';
  return `<text class="${name}" x="${x.toFixed(1)}" y="${y}">${escapeHtml(words)}</text>`;
}
