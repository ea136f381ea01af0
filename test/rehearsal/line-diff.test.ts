import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineDifference } from '../../src/rehearsal/line-diff.ts';

describe('line difference', () => {
  const cases: readonly (readonly [before: string, after: string, removed: string, added: string])[] = [
    ['', '', '', ''],
    ['abc', 'abc', '', ''],
    ['abc', 'axc', 'b', 'x'],
    ['abc', 'ac', 'b', ''],
    ['ac', 'abc', '', 'b'],
    ['', 'ab', '', 'ab'],
    ['ab', '', 'ab', ''],
    ['abcde', 'bxdey', 'ac', 'xy'],
    ['aaa', 'aa', 'a', ''],
    ['abab', 'baba', 'a', 'a'],
  ];
  for (const [before, after, removed, added] of cases) {
    it(`${before} → ${after}`, () => {
      const found = lineDifference([...before], [...after]);
      assert.deepEqual(found, { removed: [...removed], added: [...added] });
    });
  }

  it('tells a very long middle as a whole', () => {
    const [left, right] = [3, 5].map((seed) =>
      Array.from({ length: 2000 }, (_, at) => `${(at * seed) % 2000} ${at}`),
    );
    const { removed, added } = lineDifference(
      ['same', ...(left ?? []), 'end'],
      ['same', ...(right ?? []), 'end'],
    );
    assert.ok(removed.length >= 1998 && added.length >= 1998);
    assert.ok(!removed.includes('same') && !added.includes('end'));
  });
});
