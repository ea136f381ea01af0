import { byteWords } from '../byte-words.ts';
import type { BranchRecord, Evidence } from '../evidence/schema.ts';
import { code, details } from './markdown.ts';
import { clip } from './plain.ts';
import { count, durationWords } from './words.ts';

type Making = NonNullable<BranchRecord['making']>;
type Copy = NonNullable<Making['copy']>;

const HOW: Record<Copy['strategy'], string> = {
  clone: 'cloned',
  'file-copy': 'copied file by file',
  'wal-log': 'copied through the WAL',
};

/** Below this nobody minds a wrong forecast, in milliseconds. */
const UNFELT_MS = 250;

/** How the branch was made and how large it is, as a part of a sentence: plain text. Empty where nothing is known. */
export function makingWords({ making, size }: BranchRecord, withForecast = true): string {
  const { copy } = making ?? {};
  const made =
    copy === undefined
      ? making && `made in ${durationWords(making.durationMs)}`
      : `${HOW[copy.strategy]} in ${durationWords(copy.actualMs)}${withForecast ? `, foreseen ${durationWords(copy.predictedMs)}` : ''}`;
  return [size && byteWords(size.bytes), made].filter((part) => part !== undefined).join(', ');
}

/** A sentence about a forecast that was wrong by more than 2×; our model then has to be mended. */
export function missWords({ making }: BranchRecord): string | undefined {
  const { copy } = making ?? {};
  if (copy === undefined) return undefined;
  const [less, more] = [copy.predictedMs, copy.actualMs].toSorted((a, b) => a - b) as [number, number];
  if (more <= 2 * less || more - less < UNFELT_MS) return undefined;
  const times = less < 1 ? 'far' : `${(more / less).toFixed(1).replace(/\.0$/, '')}×`;
  return `The forecast of the copy was off by ${times}.`;
}

/** What came with the baseline, could reach out of the branch, and was made harmless. */
export function quarantineSection({ branch }: Evidence, maximum: number): string | undefined {
  const quarantine = branch?.making?.quarantine ?? [];
  if (quarantine.length === 0) return undefined;
  const lines = quarantine.slice(0, maximum).map(({ kind, name, action, rows }) => {
    const counted = rows === undefined ? '' : ` (${count(rows, 'row')})`;
    return `- ${kind} ${code(clip(name, 200))} ${action}${counted}`;
  });
  const more = quarantine.length - lines.length;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return details(`Made harmless on the branch: ${quarantine.length}`, [...lines, ...rest].join('\n'));
}
