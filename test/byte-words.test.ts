import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteWords } from '../src/byte-words.ts';

const cases: readonly (readonly [number, string])[] = [
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1 kB'],
  [7_700_000, '7.3 MB'],
  [120 * 1024 ** 2, '120 MB'],
  [4 * 1024 ** 3, '4 GB'],
  [5000 * 1024 ** 4, '5000 TB'],
];

test('sizes are told in Postgres’ own units', () => {
  for (const [bytes, words] of cases) assert.equal(byteWords(bytes), words);
});
