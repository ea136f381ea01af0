import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs } from '../../src/policy/duration.ts';

test('durations become milliseconds', () => {
  const table: [string, number][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['72h', 259_200_000],
    ['14d', 1_209_600_000],
  ];
  for (const [text, expected] of table) assert.equal(durationMs(text), expected, text);
});

test('anything else is refused', () => {
  for (const text of ['', '0s', '10', 's', '1.5h', '-1s', '1 s', '1w', '10M', '01s', '1s ', '9999999s']) {
    assert.throws(() => durationMs(text), RangeError, text);
  }
});
