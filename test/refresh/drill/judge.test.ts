import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeCollations } from '../../../src/refresh/drill/checks/collations.ts';
import { judgeEach } from '../../../src/refresh/drill/checks/integrity.ts';
import {
  type Answer,
  ageWords,
  judgeAge,
  judgeAssertion,
  judgeCompleteness,
  judgeFreshness,
  named,
  names,
} from '../../../src/refresh/drill/judge.ts';
import type { Expectation } from '../../../src/refresh/drill/limits.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('the age of a backup', () => {
  const table: readonly [taken: Date | undefined, limit: number | undefined, status: string, says: RegExp][] =
    [
      [ago(HOUR), 2 * HOUR, 'passed', /60 min old \(limit: 2 h\)/],
      [ago(2 * HOUR), 2 * HOUR, 'passed', /2 h old/],
      [ago(2 * HOUR + 1000), 2 * HOUR, 'failed', /2 h old/],
      [ago(1000 * HOUR), undefined, 'passed', /42 days old\./],
      [undefined, undefined, 'passed', /Nothing in the backup tells/],
      [undefined, HOUR, 'failed', /Nothing in the backup tells/],
      [ago(-4 * 60_000), HOUR, 'passed', /0 s old/],
      [ago(-2 * HOUR), undefined, 'failed', /2 h from now; a clock or drill\.time-zone/],
    ];
  for (const [taken, limit, status, says] of table) {
    test(`${taken?.toISOString()} under ${limit} is ${status}`, () => {
      const result = judgeAge(taken, NOW, limit);
      assert.equal(result.status, status);
      assert.match(result.summary, says);
    });
  }
});

test('freshness', () => {
  const limit = { schema: 's', table: 't', column: 'c', withinMs: HOUR };
  const status = (age: number | undefined) => judgeFreshness(limit, age).status;
  assert.deepEqual([0, HOUR, HOUR + 1, undefined, -60_000, -HOUR].map(status), [
    'passed',
    'passed',
    'failed',
    'failed',
    'passed',
    'failed',
  ]);
  assert.match(judgeFreshness(limit, -HOUR).summary, /in the future/);
});

describe('assertions', () => {
  const one = (number: number): Answer => ({ rows: 1, columns: 1, number });
  const table: readonly [expect: Expectation, answer: Answer, status: string][] = [
    ['none', { rows: 0, columns: 0 }, 'passed'],
    ['none', one(0), 'failed'],
    ['some', one(0), 'passed'],
    ['some', { rows: 0, columns: 0 }, 'failed'],
    [{ 'at-least': 3 }, one(3), 'passed'],
    [{ 'at-least': 3 }, one(2.9), 'failed'],
    [{ 'at-least': 0 }, { rows: 0, columns: 0 }, 'failed'],
    [{ 'at-least': 0 }, { rows: 2, columns: 1, number: 7 }, 'failed'],
    [{ 'at-least': 0 }, { rows: 1, columns: 2, number: 7 }, 'failed'],
    [{ 'at-least': 0 }, { rows: 1, columns: 1 }, 'failed'],
    [{ between: [1, 5] }, one(1), 'passed'],
    [{ between: [5, 1] }, one(5), 'passed'],
    [{ between: [1, 5] }, one(5.1), 'failed'],
  ];
  for (const [expect, answer, status] of table) {
    test(`${JSON.stringify(expect)} of ${JSON.stringify(answer)} is ${status}`, () => {
      assert.equal(judgeAssertion(expect, answer).status, status);
    });
  }

  test('no number of the answer is told', () => {
    assert.ok(!judgeAssertion({ between: [1, 5] }, one(987_654)).summary.includes('987'));
  });
});

test('rows may grow, fall a little, and not vanish', () => {
  const counted = (before: number, now: number | undefined) => [{ relation: 'public.t', before, now }];
  const status = (before: number, now: number | undefined) =>
    judgeCompleteness(counted(before, now), 20).status;
  assert.equal(status(100, 80), 'passed');
  assert.equal(status(100, 79), 'failed');
  assert.equal(status(100, 1_000_000), 'passed');
  assert.equal(status(0, 0), 'passed');
  assert.equal(status(0, undefined), 'failed');
});

test('what a budget cut off is never proved, and damage that was seen always counts', () => {
  const status = (broken: readonly string[], asked: number, all: number) =>
    judgeEach('index', 'amcheck', { broken, asked, all }).status;
  assert.deepEqual(
    [status([], 9, 9), status([], 8, 9), status(['a'], 3, 9), status(['a'], 9, 9), status([], 0, 0)],
    ['passed', 'skipped', 'failed', 'failed', 'passed'],
  );
  assert.match(
    judgeEach('index', 'amcheck', { broken: [], asked: 1, all: 9 }).summary,
    /after 1 of 9 indexes/,
  );
});

test('collation versions', () => {
  const version = (recorded: string | null, actual: string | null) => [{ name: 'default', recorded, actual }];
  const status = (recorded: string | null, actual: string | null, knows = true) =>
    judgeCollations(version(recorded, actual), knows, 'physical').status;
  assert.equal(status('2.36', '2.36'), 'passed');
  assert.equal(status('2.31', '2.36'), 'failed');
  assert.equal(status(null, null), 'passed');
  assert.equal(status(null, '2.36'), 'skipped');
  assert.equal(status('2.36', '2.36', false), 'skipped');
  assert.equal(judgeCollations([], false, 'dump').status, 'passed');
});

test('words', () => {
  assert.deepEqual([0, 119_000, 120_000, 7_199_000, 7_200_000, 71 * HOUR, 72 * HOUR].map(ageWords), [
    '0 s',
    '119 s',
    '2 min',
    '120 min',
    '2 h',
    '71 h',
    '3 days',
  ]);
  assert.equal(named('a`b'), '`aˋb`');
  assert.equal(names(Array.from({ length: 12 }, (_, n) => `t${n}`)).endsWith('`t9` and 2 more'), true);
});
