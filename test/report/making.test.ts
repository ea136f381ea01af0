import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BranchRecord } from '../../src/evidence/schema.ts';
import { renderComment } from '../../src/report/comment.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { judged } from '../support/evidence.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { checkMarkdown } from '../support/markdown-check.ts';

type Making = NonNullable<BranchRecord['making']>;

const copy: NonNullable<Making['copy']> = {
  strategy: 'clone',
  why: 'the filesystem shares blocks',
  reflink: 'proved',
  bytes: 8_000_000,
  predictedMs: 200,
  actualMs: 100,
  predictedBytes: 0,
};

const commentOn = (
  making: Making | undefined,
  size?: BranchRecord['size'],
  render: typeof renderSummary = renderSummary,
) =>
  render(
    judged({
      branch: {
        name: 'pullgres_42_pr_7',
        id: 'pullgres_42_pr_7',
        provider: 'postgres',
        created: making !== undefined,
        lifetime: 'pull request',
        createdAt: '2026-11-21T09:00:00Z',
        expiresAt: '2026-11-24T09:00:00Z',
        baseline: { id: 'shop', kind: 'synthetic', createdAt: '2026-11-20T09:00:00Z' },
        postgresVersion: 18,
        durationMs: 150,
        making,
        size,
      },
    }),
  );

const size = { bytes: 8_000_000 };
const making = (change: Partial<typeof copy> = {}): Making => ({
  durationMs: 120,
  copy: { ...copy, ...change },
  quarantine: [],
});

const lines: readonly (readonly [string, string, RegExp])[] = [
  [
    'cloned',
    commentOn(making(), size),
    /\(postgres\), 7\.6 MB, cloned in 100 ms, foreseen 200 ms, expires 2026-11-24 09:00 UTC\.<?/,
  ],
  [
    'through the WAL',
    commentOn(making({ strategy: 'wal-log', actualMs: 390 })),
    /copied through the WAL in 390 ms/,
  ],
  ['file by file', commentOn(making({ strategy: 'file-copy' })), /copied file by file in/],
  [
    'by a provider that copies no files',
    commentOn({ durationMs: 120, quarantine: [] }),
    /, made in 120 ms, expires/,
  ],
  ['kept', commentOn(undefined, size), /\(postgres\), 7\.6 MB, expires/],
  [
    'far slower than foreseen',
    commentOn(making({ actualMs: 3_000 })),
    /The forecast of the copy was off by 15×\./,
  ],
  ['far faster than foreseen', commentOn(making({ predictedMs: 900 })), /off by 9×\./],
];

for (const [how, comment, pattern] of lines) {
  test(`the summary tells how the branch was made: ${how}`, () => {
    assert.match(comment, pattern);
    checkMarkdown(comment);
  });
}

test('the comment, which the change’s author reads, has no forecast', () => {
  const comment = commentOn(making({ actualMs: 3000 }), size, renderComment);
  assert.match(comment, /cloned in 3 s, expires/);
  assert.doesNotMatch(comment, /foreseen|forecast/);
});

test('a forecast that was right, or wrong by what nobody feels, is not told', () => {
  for (const change of [{}, { predictedMs: 1, actualMs: 200 }, { predictedMs: 1_000, actualMs: 1_999 }])
    assert.doesNotMatch(commentOn(making(change)), /forecast of the copy/);
});

test('what was made harmless is listed, folded, and stays inert whatever it is called', () => {
  const random = seeded(5);
  const quarantine = Array.from({ length: 30 }, (_, index) => ({
    kind: 'user mapping' as const,
    name: hostileText(random, 6),
    action: 'dropped' as const,
    ...(index === 0 ? { rows: 12 } : {}),
  }));
  const comment = commentOn({ durationMs: 1, quarantine }, undefined, renderComment);
  checkMarkdown(comment);
  assert.match(comment, /<details><summary>Made harmless on the branch: 30<\/summary>/);
  assert.match(comment, /user mapping .* dropped \(12 rows\)/);
  assert.match(comment, /- and 10 more/);
  assert.doesNotMatch(commentOn(making()), /Made harmless/);
});
