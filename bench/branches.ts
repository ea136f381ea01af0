import { existsSync } from 'node:fs';
import { findBinaries } from '../src/postgres/binaries.ts';
import { whyNoMount } from '../test/support/loop-mount.ts';
import { copyRows, manyRow, SIZES } from './branches-copies.ts';
import { dumpRows } from './branches-dump.ts';
import { CACHE, onFilesystem } from './branches-place.ts';
import type { Row } from './timing.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';
const DISK_MEGABYTES = 24_000;

/**
 * Branches on XFS and btrfs, mounted from sparse images: create, reset and drop by strategy and size, each beside the same
 * files copied by `cp --reflink`, the physical limit; a hundred branches of one baseline; and pg_dump | pg_restore, which
 * people do today, on Debian's Postgres 15. Rows come as they are measured.
 */
export async function* branchRows(): AsyncGenerator<Row> {
  const refusal = whyNoMount('xfs') ?? whyNoMount('btrfs');
  if (refusal !== undefined) {
    console.log(`  Branches are not measured: ${refusal}`);
    return;
  }
  const binaries = await findBinaries({ cacheDirectory: CACHE, sources: ['package', 'download'] });
  for (const filesystem of ['xfs', 'btrfs'] as const) {
    for (const size of SIZES) {
      yield* await onFilesystem(filesystem, binaries, DISK_MEGABYTES, (place) => copyRows(place, size));
    }
    yield await onFilesystem(filesystem, binaries, DISK_MEGABYTES, manyRow);
  }
  if (!existsSync(DEBIAN_15)) {
    console.log('  pg_dump is not measured: Debian’s Postgres 15 is missing (postgresql-15).');
    return;
  }
  const old = await findBinaries({ cacheDirectory: CACHE, directory: DEBIAN_15 });
  yield* await onFilesystem('xfs', old, DISK_MEGABYTES, (place) => dumpRows(place, DEBIAN_15));
}
