import assert from 'node:assert/strict';
import { test } from 'node:test';
import { divergedBytes, unsharedBytes } from '../../src/branching/diverged.ts';

const HEAD = ' ext:     logical_offset:        physical_offset: length:   expected: flags:';

/** As e2fsprogs 1.47 prints it on XFS: a clone of 200 blocks of which six were written to. */
const CLONE = `Filesystem type is: 58465342
File size of /m/b is 819200 (200 blocks of 4096 bytes)
${HEAD}
   0:        0..      19:         24..        43:     20:             shared
   1:       20..      25:        244..       249:      6:         44:
   2:       26..     199:         50..       223:    174:        250: last,shared,eof
/m/b: 3 extents found
`;
const WHOLE = `Filesystem type is: ef53
File size of /etc/passwd is 1294 (1 block of 4096 bytes)
${HEAD}
   0:        0..       0:   25429704..  25429704:      1:             last,eof
/etc/passwd: 1 extent found
`;
const EMPTY = `Filesystem type is: 58465342
File size of /m/empty is 0 (0 blocks of 4096 bytes)
/m/empty: 0 extents found
`;
const NO_MAP = `Filesystem type is: 1021994
File size of /dev/shm/a is 6 (1 block of 4096 bytes)
`;
/** As ext4 shows what it has not given a place yet. */
const WAITING = `Filesystem type is: ef53
File size of /m/112 is 8192 (2 blocks of 4096 bytes)
${HEAD}
   0:        0..       1:          0..         0:      0:             last,unknown_loc,delalloc,eof
/m/112: 1 extent found
`;
const LARGE_BLOCKS = CLONE.replaceAll('4096 bytes', '1024 bytes');

const cases: readonly [string, string, number | undefined][] = [
  ['a clone counts only what it does not share', CLONE, 6 * 4096],
  ['a file that shares nothing counts in whole', WHOLE, 4096],
  ['an empty file counts for nothing', EMPTY, 0],
  ['files are added', CLONE + WHOLE + EMPTY, 7 * 4096],
  ['what waits for its place on disk counts', WAITING, 2 * 4096],
  ['the block size is the one told', LARGE_BLOCKS, 6 * 1024],
  ['a filesystem without maps says nothing', NO_MAP, undefined],
  ['one file without a map makes the sum unknown', WHOLE + NO_MAP + CLONE, undefined],
  ['no file says nothing', 'Filesystem type is: ef53\n', undefined],
  ['nothing says nothing', '', undefined],
];
for (const [name, printed, bytes] of cases) {
  test(name, () => assert.equal(unsharedBytes(printed), bytes));
}

test('a directory that cannot be read has no answer', async () => {
  assert.equal(await divergedBytes('/nowhere/at/all', 5), undefined);
});
