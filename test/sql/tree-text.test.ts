import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeText } from '../../src/sql/tree-text.ts';

test('a tree is written as JSON.stringify writes it, without what is left out', () => {
  const tree = { a: [1, 'x"\n', null, { location: 4, b: true }, []], location: 3, c: {}, d: undefined };
  assert.equal(treeText(tree), JSON.stringify(tree));
  const without = JSON.stringify(tree, (key, value) => (key === 'location' ? undefined : value));
  assert.equal(treeText(tree, new Set(['location'])), without);
  assert.equal(treeText(undefined), 'null');
});

test('however deep and however wide it is', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 50_000; level += 1) deep = [deep];
  assert.equal(treeText(deep).length, 100_001);
  assert.equal(treeText(Array.from({ length: 500_000 }, () => 1)).length, 1_000_001);
});
