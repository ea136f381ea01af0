import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreOf } from '../../fixtures/personal/score.ts';

for (const set of ['tuned', 'held-out'] as const) {
  test(`${set} schemas: names and values together find 95 % of what is personal, and nine of ten claims are right`, () => {
    const { precision, recall, labelled } = scoreOf(set, 'both');
    assert.ok(labelled > 150, `only ${labelled} labels`);
    assert.ok(recall >= 0.95, `recall ${recall}`);
    assert.ok(precision >= 0.9, `precision ${precision}`);
  });

  test(`${set} schemas: names alone find 85 %, as a pull request has no values`, () => {
    const { precision, recall } = scoreOf(set, 'names alone');
    assert.ok(recall >= 0.85 && precision >= 0.9, `recall ${recall}, precision ${precision}`);
  });

  test(`${set} schemas: values alone find a third, and are seldom wrong`, () => {
    const { precision, recall } = scoreOf(set, 'data alone');
    assert.ok(recall >= 0.3 && precision >= 0.9, `recall ${recall}, precision ${precision}`);
  });
}
