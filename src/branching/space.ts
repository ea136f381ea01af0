import type { Copy, CopyStrategy } from './provider.ts';

/** A filesystem as statfs tells of it. `freeFiles` is undefined where it makes inodes as it needs them (btrfs). */
export type Volume = {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles?: number | undefined;
};

/** Where a copy goes. `wal` only when pg_wal stands on another volume than the data. */
export type Space = { readonly data: Volume; readonly wal?: Volume | undefined };

/** What a copy writes, in bytes: files, and log. */
export type Need = { readonly data: number; readonly wal: number };

export const MEGABYTE = 1024 * 1024;

/** A share's metadata: 0.5 KB a file on XFS, 0.8 KB on btrfs, measured. */
const BYTES_A_SHARED_FILE = 1024;
const RESERVE_SHARE = 0.05;
const MOST_RESERVE = 256 * MEGABYTE;
/** Whatever is made beside the copied files: catalogs that handing over rewrites, a directory, log. */
const CLONE_MARGIN = 16 * MEGABYTE;

/** What the strategy is foreseen to write. WAL_LOG writes each page twice: into the file and into the log (docs: CREATE DATABASE, STRATEGY). */
export function predictedNeed(
  strategy: CopyStrategy,
  { bytes, files }: { readonly bytes: number; readonly files: number },
): Need {
  if (strategy === 'clone') return { data: files * BYTES_A_SHARED_FILE, wal: 0 };
  return { data: bytes, wal: strategy === 'wal-log' ? bytes : 0 };
}

/** What must be free for it: the same, with a margin where next to nothing is written. */
export function requiredSpace(
  strategy: CopyStrategy,
  size: { readonly bytes: number; readonly files: number },
): Need {
  const need = predictedNeed(strategy, size);
  return strategy === 'clone' ? { ...need, data: need.data + CLONE_MARGIN } : need;
}

/** What no copy may touch, so that the rest of the server can go on writing its log: 5 % of the volume, 256 MB at most. */
export function reserveOf(volume: Volume): number {
  return Math.min(volume.totalBytes * RESERVE_SHARE, MOST_RESERVE);
}

/** A volume on which the need does not fit. */
export type Shortage = {
  readonly volume: 'data' | 'WAL';
  readonly needed: number;
  readonly reserve: number;
  readonly free: number;
};

/** The first volume that is too small; undefined when the need fits with the reserve left over. */
export function shortage({ data, wal }: Space, need: Need): Shortage | undefined {
  const parts = wal
    ? ([
        ['data', data, need.data],
        ['WAL', wal, need.wal],
      ] as const)
    : ([['data', data, need.data + need.wal]] as const);
  for (const [name, volume, needed] of parts) {
    const reserve = reserveOf(volume);
    if (volume.freeBytes < needed + reserve) return { volume: name, needed, reserve, free: volume.freeBytes };
  }
  return undefined;
}

/** A word of the docs for each strategy. */
export const STRATEGY_WORDS = {
  'wal-log': 'WAL_LOG',
  'file-copy': 'FILE_COPY',
  clone: 'FILE_COPY by clone',
} as const satisfies Record<Copy['strategy'], string>;
