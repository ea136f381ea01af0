import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideVerdict } from '../../src/evidence/verdict.ts';
import { migrationSections } from '../../src/report/migrations.ts';
import { missBound, worstMissBound } from '../../src/report/miss-bound.ts';
import { renderText } from '../../src/report/text.ts';
import { observedOf, unjudgedOf } from '../support/evidence.ts';

const sampledFor = (longestGapMs: number) =>
  observedOf({ sampled: true, sampling: { looks: 312, longestGapMs } });

const BOUNDS: readonly (readonly [number, string])[] = [
  [4.01, '4.1 ms'],
  [0.02, '0.1 ms'],
  [99.94, '100 ms'],
  [2103.2, '2.1 s'],
];

for (const [gap, words] of BOUNDS) {
  test(`what a gap of ${gap} ms may hide is never told smaller`, () => {
    assert.equal(missBound(sampledFor(gap)), `a lock shorter than ${words} may be missing`);
  });
}

test('exact locks have no bound, and a refused statement has no number', () => {
  assert.equal(missBound(observedOf()), undefined);
  assert.equal(missBound(observedOf({ sampled: true })), 'a short one may be missing');
  assert.equal(worstMissBound([observedOf(), observedOf({ sampled: true })]), undefined);
});

test('comment and terminal tell the bound', () => {
  const draft = unjudgedOf({
    rehearsal: {
      status: 'passed',
      findings: [],
      migrations: [
        {
          version: '2',
          file: 'db/migrations/2.sql',
          outcome: 'applied',
          durationMs: 900,
          statements: [sampledFor(1), sampledFor(4.01)],
        },
      ],
    },
  });
  const evidence = { ...draft, verdict: decideVerdict(draft) };
  const bound = 'a lock shorter than 4.1 ms may be missing';
  const limits = { migrations: 5, statements: 5, sqlLines: 5 };
  assert.ok(migrationSections(evidence, limits)?.includes(`(locks sampled from outside; ${bound})`));
  assert.ok(renderText(evidence, { color: false }).includes(`in 900 ms (locks sampled; ${bound})`));
});
