import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAnnotations } from '../../src/report/annotations.ts';
import { findingOf, judged, lintOf, placeOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

test('annotations stand on the lines of the changed files, worst first', () => {
  assert.ok(SCENARIOS.fail && SCENARIOS['migration-failed'] && SCENARIOS['tests-failed']);
  const failing = renderAnnotations(SCENARIOS.fail);
  assert.deepEqual(
    failing.map(({ level, title, file, line, endLine }) => [level, title, file, line, endLine]),
    [
      ['error', 'create-index-blocking', 'db/migrations/0007_index_orders.sql', 3, 3],
      ['warning', 'set-not-null-scan', 'db/migrations/0008_require_phone.sql', 1, 2],
    ],
  );
  assert.match(
    failing[0]?.message ?? '',
    /\nLock: SHARE on public\.orders, held for 4\.1 s in the rehearsal; nobody can write\.\nInstead: Build it/,
  );
  assert.deepEqual(
    renderAnnotations(SCENARIOS['migration-failed']).map(({ title, line }) => [title, line]),
    [
      ['Migration failed', 2],
      ['edited-migration', 1],
    ],
  );
  assert.deepEqual(
    renderAnnotations(SCENARIOS['tests-failed']).map(({ title, file }) => [title, file]),
    [
      ['Test failed: orders › total is never negative', 'test/orders.test.ts'],
      ['Test failed: customers › phone is required', undefined],
    ],
  );
});

test('a migration that the change deletes has no line to stand on', () => {
  const findings = [findingOf({ rule: 'deleted-migration' })];
  const [one] = renderAnnotations(judged({ lint: lintOf({ findings }) }));
  assert.deepEqual([one?.title, one?.file], ['deleted-migration', undefined]);
});

test('columns are given on one line only', () => {
  const place = { ...placeOf('a.sql', 3, 'x', 0), column: 5, endColumn: 9 };
  const columnsAt = (endLine: number) => {
    const findings = [findingOf({ place: { ...place, line: 3, endLine } })];
    const [one] = renderAnnotations(judged({ lint: lintOf({ findings }) }));
    return [one?.column, one?.endColumn];
  };
  assert.deepEqual(columnsAt(3), [5, 9]);
  assert.deepEqual(columnsAt(4), [undefined, undefined]);
});

test('at most ten a level, and the tenth counts the rest', () => {
  const many = (number: number, severity: 'error' | 'warning' | 'notice') =>
    Array.from({ length: number }, (_, index) =>
      findingOf({ severity, rule: severity, place: placeOf('a.sql', index + 1, 'x', index) }),
    );
  const findings = [...many(25, 'warning'), ...many(10, 'error'), ...many(11, 'notice')];
  const annotations = renderAnnotations(judged({ lint: lintOf({ findings }) }));
  const titles = (level: string) =>
    annotations.filter((one) => one.level === level).map(({ title }) => title);
  assert.deepEqual(titles('error'), Array(10).fill('error'));
  assert.deepEqual(titles('warning'), [...Array(9).fill('warning'), '16 more warnings']);
  assert.deepEqual(titles('notice'), [...Array(9).fill('notice'), '2 more notices']);
});

test('hostile texts keep to GitHub’s limits and hold no control characters', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const annotations = renderAnnotations(hostileEvidence(seed, 40));
    assert.ok(annotations.length > 0);
    for (const { title, message, file } of annotations) {
      assert.ok(title.length <= 200 && message.length <= 4096);
      assert.ok(title.isWellFormed() && message.isWellFormed());
      assert.doesNotMatch(`${title}${file ?? ''}`, /\p{Cc}|[\u202A-\u202E]/u);
      assert.doesNotMatch(message, /(?![\n\t])\p{Cc}|[\u202A-\u202E]/u);
      assert.doesNotMatch(message, /hunter2/);
    }
  }
});
