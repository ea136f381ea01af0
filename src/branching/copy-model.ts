import type { CopyStrategy } from './provider.ts';
import { MEGABYTE } from './space.ts';

/** What the time of a copy hangs on. `dirtyBytes`: what a checkpoint would have to write first. */
export type CopySize = { readonly bytes: number; readonly files: number; readonly dirtyBytes: number };

/** A copy that this server made. */
export type Measurement = CopySize & { readonly strategy: CopyStrategy; readonly actualMs: number };

type Coefficients = {
  readonly base: number;
  readonly megabyte: number;
  readonly file: number;
  readonly dirtyMegabyte: number;
};

/**
 * Milliseconds, measured by `npm run bench -- branches` on XFS and btrfs. WAL_LOG goes through the buffers and forces no
 * checkpoint; FILE_COPY forces one before and one after, which writes what all databases have dirty (docs: CREATE
 * DATABASE, STRATEGY); a clone takes its time by the file, whatever the file's size.
 */
const COEFFICIENTS: Record<CopyStrategy, Coefficients> = {
  'wal-log': { base: 40, megabyte: 2.2, file: 0.04, dirtyMegabyte: 0 },
  'file-copy': { base: 60, megabyte: 1, file: 0.15, dirtyMegabyte: 2 },
  clone: { base: 60, megabyte: 0, file: 0.13, dirtyMegabyte: 2 },
};

function modelMs(strategy: CopyStrategy, { bytes, files, dirtyBytes }: CopySize): number {
  const { base, megabyte, file, dirtyMegabyte } = COEFFICIENTS[strategy];
  return base + file * files + (megabyte * bytes + dirtyMegabyte * dirtyBytes) / MEGABYTE;
}

const LAST = 9;

function medianRatio(past: readonly Measurement[]): number | undefined {
  const ratios = past.map((each) => each.actualMs / modelMs(each.strategy, each)).toSorted((a, b) => a - b);
  return ratios[Math.floor((ratios.length - 1) / 2)];
}

/**
 * Milliseconds that the copy is foreseen to take: the model, scaled by the median of actual to foreseen time of this
 * server's last nine copies of the strategy. One that it never made is scaled by its other copies, for a slow machine is slow
 * at all of them, and the one strategy that is known to be slow must not lose to another that is only guessed.
 * `past`: newest first.
 */
export function predictMs(strategy: CopyStrategy, size: CopySize, past: readonly Measurement[]): number {
  const own = past.filter((each) => each.strategy === strategy).slice(0, LAST);
  const scale = medianRatio(own) ?? medianRatio(past.slice(0, LAST)) ?? 1;
  return modelMs(strategy, size) * scale;
}
