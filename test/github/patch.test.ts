import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownLines } from '../../src/github/patch.ts';

const cases: readonly [string, string, readonly [number, number][]][] = [
  ['an added file', '@@ -0,0 +1,3 @@\n+a\n+b\n+c', [[1, 3]]],
  ['an added line', '@@ -0,0 +1 @@\n+a', [[1, 1]]],
  [
    'two hunks, the second with a heading',
    '@@ -1,3 +1,4 @@\n a\n+b\n c\n d\n@@ -40,2 +41,2 @@ CREATE TABLE x (\n-a\n+b\n c',
    [
      [1, 4],
      [41, 42],
    ],
  ],
  ['a hunk that only takes away', '@@ -1,2 +0,0 @@\n-a\n-b', []],
  ['no diff', 'Binary files differ', []],
  [
    'content that looks like a head',
    '@@ -0,0 +1,2 @@\n+@@ -1 +900,9 @@\n+x\r@@ -1 +800,9 @@\u2028@@ -1 +7 @@',
    [[1, 2]],
  ],
];

for (const [name, patch, lines] of cases) {
  test(`shown lines: ${name}`, () => {
    assert.deepEqual(
      shownLines(patch),
      lines.map(([first, last]) => ({ first, last })),
    );
  });
}
