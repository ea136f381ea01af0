import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth, fitEnd, fitStart, wrap } from '../../src/report/display-width.ts';

const widths: readonly [string, number][] = [
  ['', 0],
  ['SELECT 1', 8],
  ['é', 1],
  ['e\u0301', 1],
  ['表示名', 6],
  ['한글', 4],
  ['😀', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['ﬃ', 1],
  ['Ａ', 2],
  ['مرحبا', 5],
];

test('columns are counted as a terminal shows them', () => {
  for (const [text, columns] of widths) assert.equal(displayWidth(text), columns, JSON.stringify(text));
});

test('a text is cut between characters, never beyond its columns', () => {
  assert.equal(fitStart('abcdef', 6), 'abcdef');
  assert.equal(fitStart('abcdef', 5), 'abcd…');
  assert.equal(fitEnd('abcdef', 5), '…cdef');
  assert.equal(fitStart('表示名', 4), '表…');
  assert.equal(fitEnd('表示名', 4), '…名');
  for (const text of ['abcdefgh', '表示名です', '😀😀😀', 'a👩‍👩‍👧‍👦b👩‍👩‍👧‍👦'])
    for (let columns = 1; columns < 9; columns += 1) {
      assert.ok(displayWidth(fitStart(text, columns)) <= columns, `${text} ${columns}`);
      assert.ok(displayWidth(fitEnd(text, columns)) <= columns, `${text} ${columns}`);
      assert.ok(fitStart(text, columns).isWellFormed());
    }
});

test('prose is broken between words, and a long word stands alone', () => {
  assert.deepEqual(wrap('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrap('a https://example.org/very/long b', 10), [
    'a',
    'https://example.org/very/long',
    'b',
  ]);
  assert.deepEqual(wrap('', 10), ['']);
});
