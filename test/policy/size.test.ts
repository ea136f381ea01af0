import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeBytes } from '../../src/policy/size.ts';

test('sizes become bytes, by the units of Postgres', () => {
  const table: [string, number][] = [
    ['500kB', 512_000],
    ['64MB', 67_108_864],
    ['2GB', 2_147_483_648],
    ['1TB', 1_099_511_627_776],
  ];
  for (const [text, expected] of table) assert.equal(sizeBytes(text), expected, text);
});

test('anything else is refused', () => {
  for (const text of ['', '0MB', '10', 'MB', '1.5GB', '1 GB', '1gb', '1KB', '9999999MB']) {
    assert.throws(() => sizeBytes(text), RangeError, text);
  }
});
