import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agoWords,
  count,
  durationWords,
  listWords,
  lockName,
  sentence,
  utcWords,
  waitingWords,
} from '../../src/report/words.ts';
import { LOCK_MODES } from '../../src/sql/effect.ts';
import { thousands } from '../../src/thousands.ts';

test('times are said as people say them', () => {
  const table: [number, string][] = [
    [0, 'under 1 ms'],
    [0.4, 'under 1 ms'],
    [1, '1 ms'],
    [411.6, '412 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [3210, '3.2 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min'],
    [90_000, '1 min 30 s'],
    [240_000, '4 min'],
    [599_900, '10 min'],
    [840_000, '14 min'],
    [9_000_000, '2.5 h'],
  ];
  for (const [milliseconds, expected] of table) assert.equal(durationWords(milliseconds), expected);
});

test('ages and times of day', () => {
  const now = '2026-11-21T09:00:00Z';
  const table: [string, string][] = [
    ['2026-11-21T08:59:30Z', 'just now'],
    ['2026-11-21T09:30:00Z', 'just now'],
    ['2026-11-21T08:46:00Z', '14 min ago'],
    ['2026-11-21T05:40:00Z', '3 h ago'],
    ['2026-11-19T10:00:00Z', '47 h ago'],
    ['2026-11-18T09:00:00Z', '3 days ago'],
  ];
  for (const [then, expected] of table) assert.equal(agoWords(then, now), expected, then);
  assert.equal(utcWords('2026-11-21T10:01:30+01:00'), '2026-11-21 09:01 UTC');
  assert.equal(utcWords('never'), 'at an unknown time');
});

test('numbers, lists and sentences', () => {
  assert.deepEqual([0, 999, 1000, 12_345, 1_234_567].map(thousands), [
    '0',
    '999',
    '1,000',
    '12,345',
    '1,234,567',
  ]);
  assert.deepEqual([count(0, 'row'), count(1, 'row'), count(1200, 'row')], ['0 rows', '1 row', '1,200 rows']);
  assert.deepEqual([listWords([]), listWords(['a']), listWords(['a', 'b', 'c'])], ['', 'a', 'a, b and c']);
  assert.deepEqual([sentence('a'), sentence('a.'), sentence('a?')], ['a.', 'a.', 'a?']);
});

test('every lock mode has the documentation’s name and says who waits', () => {
  assert.deepEqual(
    LOCK_MODES.map((mode) => [lockName(mode), waitingWords(mode)]),
    [
      ['ACCESS SHARE', 'reads and writes go on'],
      ['ROW SHARE', 'reads and writes go on'],
      ['ROW EXCLUSIVE', 'reads and writes go on'],
      ['SHARE UPDATE EXCLUSIVE', 'reads and writes go on; other schema changes wait'],
      ['SHARE', 'nobody can write'],
      ['SHARE ROW EXCLUSIVE', 'nobody can write'],
      ['EXCLUSIVE', 'nobody can write'],
      ['ACCESS EXCLUSIVE', 'nobody can read or write'],
    ],
  );
});
