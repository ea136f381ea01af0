import type { LockBar } from './lock-bars.ts';
import { clip, plain } from './plain.ts';
import { durationWords, lockName } from './words.ts';

/**
 * The lock timeline as a Mermaid gantt, fenced. Mermaid reads `:`, `;`, `#`, `%%` and line ends in names as its own, so
 * of a name only letters, digits, `_`, `.` and `-` are kept. Undefined without bars.
 */
export function gantt(groups: readonly (readonly LockBar[])[], maximum: number): string | undefined {
  const shown = groups.slice(0, maximum);
  if (shown.length === 0) return undefined;
  const sections = shown.flatMap((bars) => [
    `  section ${safe(bars[0]?.relation ?? '')}`,
    ...bars.slice(0, maximum).map(task),
  ]);
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %M:%S.%L', ...sections, '```'].join('\n');
}

/** A bar needs a width, or Mermaid draws a lock of less than a millisecond to the end of the chart. */
function task({ mode, from, to, blocks }: LockBar): string {
  const begin = Math.round(from);
  const end = Math.max(begin + 1, Math.round(to));
  const tag = blocks === 'reads and writes' ? 'crit' : 'active';
  return `  ${lockName(mode)} ${safe(durationWords(to - from))} :${tag}, ${begin}, ${end}`;
}

function safe(name: string): string {
  return clip(plain(name).replaceAll(/[^\p{L}\p{N}_. -]/gu, '·'), 60).replaceAll('…', '·');
}
