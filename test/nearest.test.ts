import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../src/nearest.ts';

const KNOWN = ['fail-on', 'rules', 'exceptions', 'lock-timeout', 'idle-ttl'];

test('a misspelt name finds the one that it means', () => {
  const table: [string, string | undefined][] = [
    ['fail_on', 'fail-on'],
    ['failOn', 'fail-on'],
    ['FAIL-ON', 'fail-on'],
    ['fial-on', 'fail-on'],
    ['rule', 'rules'],
    ['exeption', 'exceptions'],
    ['lock_time_out', 'lock-timeout'],
    ['idle ttl', 'idle-ttl'],
    ['zebra', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ];
  for (const [given, expected] of table)
    assert.equal(nearestName(given, KNOWN), expected, given.slice(0, 20));
  assert.equal(nearestName('a', []), undefined);
  assert.equal(nearestName('12', ['13', '14']), undefined);
});
