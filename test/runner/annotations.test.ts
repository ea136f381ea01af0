import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from '../../src/runner/annotations.ts';

const cases: [text: string, limit: number, shown: string][] = [
  ['short', 5, 'short'],
  ['0123456789ab', 11, '0123… (cut)'],
  ['😀😀😀😀😀😀', 11, '😀😀… (cut)'],
  ['x😀😀😀😀😀😀', 11, 'x😀… (cut)'],
];

for (const [text, limit, shown] of cases) {
  test(`cut ${text} to ${limit}`, () => {
    assert.equal(cut(text, limit), shown);
    assert.ok(shown.length <= limit && shown.isWellFormed());
  });
}
