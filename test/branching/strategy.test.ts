import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../../src/branching/copy-model.ts';
import type { Copy, CopyStrategy } from '../../src/branching/provider.ts';
import { MEGABYTE } from '../../src/branching/space.ts';
import { chooseStrategy, isModelOff, offText, type TemplateFacts } from '../../src/branching/strategy.ts';

const GIGABYTE = 1024 * MEGABYTE;
const roomy = { data: { freeBytes: 500 * GIGABYTE, totalBytes: 1000 * GIGABYTE, freeFiles: 1e7 } };

const xfs18: TemplateFacts = {
  serverVersion: 18,
  bytes: GIGABYTE,
  files: 320,
  dirtyBytes: 0,
  reflink: 'proved',
  reflinkWhy: 'a file cloned on the server’s disk shares its blocks',
  space: roomy,
  past: [],
};
const ext4 = { reflink: 'absent', reflinkWhy: 'files on the server’s disk share no blocks' } as const;
const remote = {
  reflink: 'unknown',
  reflinkWhy: 'the server’s disk is not on this machine',
  space: undefined,
} as const;
const volume = (freeBytes: number) => ({ freeBytes, totalBytes: 10 * GIGABYTE });

const CASES: readonly [string, Partial<TemplateFacts>, CopyStrategy, RegExp][] = [
  ['18 on XFS, 1 GB', {}, 'clone', /1 GB in 320 files take FILE_COPY by clone about \d+ ms/],
  ['18 on XFS, an empty database', { bytes: 7.5 * MEGABYTE, files: 300 }, 'clone', /WAL_LOG about/],
  ['18 on XFS, 4 GB', { bytes: 4 * GIGABYTE, files: 330 }, 'clone', /4 GB in 330 files/],
  [
    '18 on XFS, many small files',
    { bytes: 50 * MEGABYTE, files: 6_300 },
    'wal-log',
    /FILE_COPY by clone about \d{3,} ms/,
  ],
  [
    '18 on XFS, neighbours with dirty buffers',
    { bytes: 20 * MEGABYTE, dirtyBytes: 800 * MEGABYTE },
    'wal-log',
    /WAL_LOG about/,
  ],
  [
    '18 on XFS, built without cloning',
    { cloneRefused: 'this server was built without cloning' },
    'file-copy',
    /built without cloning/,
  ],
  [
    '18 on ext4, 1 GB',
    ext4,
    'file-copy',
    /nothing is cloned, for files on the server’s disk share no blocks/,
  ],
  ['18 on ext4, tiny', { ...ext4, bytes: 7.5 * MEGABYTE, files: 300 }, 'wal-log', /7\.5 MB/],
  [
    '18 far away',
    { ...remote, files: undefined },
    'file-copy',
    /some 812 files, not counted.*not on this machine/,
  ],
  ['17 on XFS', { serverVersion: 17 }, 'file-copy', /Postgres 17 cannot clone files/],
  ['16 on XFS, tiny', { serverVersion: 16, bytes: 7.5 * MEGABYTE, files: 300 }, 'wal-log', /Postgres 16/],
  [
    '15 on XFS, dirty neighbours',
    { serverVersion: 15, bytes: 100 * MEGABYTE, dirtyBytes: 900 * MEGABYTE },
    'wal-log',
    /Postgres 15/,
  ],
  ['14 on XFS', { serverVersion: 14 }, 'file-copy', /Postgres 14 knows no other way/],
  [
    '13 on XFS, many files',
    { serverVersion: 13, files: 6_300 },
    'file-copy',
    /Postgres 13 knows no other way/,
  ],
  [
    '18 on ext4, room for one copy and not for two',
    { ...ext4, bytes: 7.5 * MEGABYTE, space: { data: volume(270 * MEGABYTE) } },
    'file-copy',
    /WAL_LOG about \d+ ms and 15 MB of disk, more than the 270 MB that are free less the reserve of 256 MB for/,
  ],
  [
    '18 on ext4, no room on the log’s own volume',
    { ...ext4, bytes: 7.5 * MEGABYTE, space: { ...roomy, wal: volume(258 * MEGABYTE) } },
    'file-copy',
    /WAL_LOG about \d+ ms and 15 MB of disk, more than the 258 MB that are free less the reserve of 256 MB for/,
  ],
  [
    '18 on XFS, many files and hardly room',
    { bytes: 300 * MEGABYTE, files: 6_300, space: { data: volume(400 * MEGABYTE) } },
    'clone',
    /take FILE_COPY by clone/,
  ],
  [
    '18 on ext4, room for nothing',
    { ...ext4, space: { data: volume(100 * MEGABYTE) } },
    'file-copy',
    /take FILE_COPY about \d+ ms and 1 GB of disk, more than is free/,
  ],
];

for (const [name, facts, strategy, why] of CASES) {
  test(`${name}: ${strategy}`, () => {
    const chosen = chooseStrategy({ ...xfs18, ...facts });
    assert.equal(chosen.strategy, strategy, chosen.why);
    assert.match(chosen.why, why);
    assert.match(chosen.why, /^[^.]+(\.\d[^.]*)*\.$/, 'one sentence');
  });
}

test('without proof that files share blocks, no version and no size makes it clone', () => {
  for (const reflink of ['absent', 'unknown'] as const) {
    for (const bytes of [MEGABYTE, GIGABYTE, 100 * GIGABYTE]) {
      assert.notEqual(chooseStrategy({ ...xfs18, reflink, bytes }).strategy, 'clone');
    }
  }
});

test('a clone is foreseen to take the same time for 100 MB and 4 GB of as many files, and WAL_LOG is not', () => {
  const predicted = (bytes: number, reflink: Copy['reflink']) =>
    chooseStrategy({ ...xfs18, bytes, reflink }).predictedMs;
  assert.equal(predicted(4 * GIGABYTE, 'proved'), predicted(100 * MEGABYTE, 'proved'));
  assert.ok(predicted(4 * GIGABYTE, 'absent') > 10 * predicted(100 * MEGABYTE, 'absent'));
});

test('disk foreseen: twice for WAL_LOG, once for FILE_COPY, the files’ metadata for a clone', () => {
  const tiny = { ...xfs18, ...ext4, bytes: 8 * MEGABYTE };
  assert.equal(chooseStrategy(tiny).predictedBytes, 16 * MEGABYTE);
  assert.equal(chooseStrategy({ ...xfs18, ...ext4 }).predictedBytes, GIGABYTE);
  assert.equal(chooseStrategy(xfs18).predictedBytes, 320 * 1024);
});

const measured = (strategy: CopyStrategy, actualMs: number): Measurement => ({
  strategy,
  bytes: xfs18.bytes,
  files: 320,
  dirtyBytes: 0,
  actualMs,
});

test('what this server’s copies took is what the next is foreseen to take', () => {
  const past = [900, 800, 90_000].map((ms) => measured('clone', ms));
  const chosen = chooseStrategy({ ...xfs18, past });
  assert.equal(chosen.strategy, 'clone');
  assert.ok(Math.abs(chosen.predictedMs - 900) < 1, `${chosen.predictedMs}`);
});

test('where cloning proved slow and WAL_LOG fast, it is left', () => {
  const past = [measured('clone', 9_000), measured('wal-log', 1_000), measured('file-copy', 4_000)];
  assert.equal(chooseStrategy({ ...xfs18, past }).strategy, 'wal-log');
});

test('only the newest nine copies count', () => {
  const past = [...Array(5).fill(measured('clone', 100)), ...Array(40).fill(measured('clone', 5_000))];
  assert.ok(Math.abs(chooseStrategy({ ...xfs18, past }).predictedMs - 100) < 1);
});

test('a slow server is taken to be slow at the strategies that it never tried', () => {
  const past = Array(3).fill(measured('clone', 2_000));
  assert.equal(chooseStrategy({ ...xfs18, past }).strategy, 'clone');
});

const copy: Copy = {
  strategy: 'clone',
  why: '',
  reflink: 'proved',
  bytes: GIGABYTE,
  predictedMs: 300,
  actualMs: 300,
  predictedBytes: MEGABYTE,
};

const OFF: readonly [string, Partial<Copy>, boolean][] = [
  ['as foreseen', {}, false],
  ['twice as long', { actualMs: 600 }, false],
  ['more than twice as long', { actualMs: 601 }, true],
  ['less than half as long', { actualMs: 149 }, true],
  ['short whatever was foreseen', { predictedMs: 5, actualMs: 99 }, false],
  ['short, and foreseen to be twice as long', { predictedMs: 199, actualMs: 5 }, false],
  ['foreseen to be long', { predictedMs: 201, actualMs: 5 }, true],
  ['a log whose segments were there', { predictedBytes: 2 * GIGABYTE, actualBytes: 0 }, false],
  ['a segment of the log more', { actualBytes: 17 * MEGABYTE }, false],
  ['a clone that shared nothing', { actualBytes: GIGABYTE }, true],
];

for (const [name, difference, off] of OFF) {
  test(`the model is ${off ? 'off' : 'right'}: ${name}`, () => {
    assert.equal(isModelOff({ ...copy, ...difference }), off);
  });
}

test('only what is off is named', () => {
  const copy = {
    predictedMs: 1000,
    actualMs: 1000,
    predictedBytes: 73 * MEGABYTE,
    actualBytes: 73 * MEGABYTE,
  };
  const off = (changes: Partial<Copy>) => offText({ ...copy, ...changes } as Copy);
  assert.equal(off({ actualMs: 5000 }), 'The copy took 5000 ms, not 1000 ms as foreseen.');
  assert.equal(off({ actualBytes: GIGABYTE }), 'The copy took 1 GB of disk, not 73 MB as foreseen.');
  assert.match(off({ actualMs: 5000, actualBytes: GIGABYTE }), /5000 ms, not 1000 ms, and 1 GB of disk/);
});
