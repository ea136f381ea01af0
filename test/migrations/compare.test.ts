import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareMigrations, pending } from '../../src/migrations/compare.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import { sql } from '../../src/migrations/sql.ts';
import { memoryTree } from '../support/memory-tree.ts';

async function migrations(files: Record<string, string>): Promise<readonly Migration[]> {
  return sql.list(
    memoryTree(Object.fromEntries(Object.entries(files).map(([name, text]) => [`m/${name}.sql`, text]))),
    'm',
  );
}
const versions = (list: readonly Migration[]) => list.map(({ version }) => version);

test('added, edited, deleted and out of order', async () => {
  const base = await migrations({ 1: 'a', 3: 'b', 5: 'c', 7: 'd' });
  const head = await migrations({ 1: 'a', 2: 'new', 3: 'B', 7: 'd', 8: 'new' });
  const { added, edited, deleted, outOfOrder } = compareMigrations(base, head);
  assert.deepEqual(versions(added), ['2', '8']);
  assert.deepEqual(
    edited.map(({ text }) => text),
    ['B'],
  );
  assert.deepEqual(versions(deleted), ['5']);
  assert.deepEqual(versions(outOfOrder), ['2']);
});

test('line ends and names alone are no edit', async () => {
  const base = await migrations({ '1_a': 'select 1;\nselect 2;\n' });
  const head = await migrations({ '1_b': 'select 1;\r\nselect 2;\r\n' });
  assert.deepEqual(compareMigrations(base, head), { added: [], edited: [], deleted: [], outOfOrder: [] });
});

test('with no base everything is new and nothing out of order', async () => {
  const head = await migrations({ 1: 'a', 2: 'b' });
  const { added, outOfOrder } = compareMigrations([], head);
  assert.deepEqual(versions(added), ['1', '2']);
  assert.deepEqual(outOfOrder, []);
});

test('pending is what the history does not hold, in order', async () => {
  const list = await migrations({ 1: '', 2: '', 10: '' });
  assert.deepEqual(versions(pending(list, ['2', '99'])), ['1', '10']);
});

test('of two with one version each belongs to its own path, and the new one is new', async () => {
  const base = await migrations({ '1_a': 'a', '2_b': 'b' });
  const head = await migrations({ '1_a': 'a', '2_b': 'b', '2_c': 'c' });
  const { added, edited, deleted } = compareMigrations(base, head);
  assert.deepEqual(
    added.map(({ name }) => name),
    ['2_c'],
  );
  assert.deepEqual([edited, deleted], [[], []]);
  assert.deepEqual(
    compareMigrations(head, base).deleted.map(({ name }) => name),
    ['2_c'],
  );
});

test('a repeatable one is judged again when it changes, and may go', async () => {
  const base = (await migrations({ 1: 'a', 2: 'b' })).map((one) => ({
    ...one,
    repeatable: one.version === '1',
  }));
  const head = (await migrations({ 1: 'A', 2: 'b' })).map((one) => ({
    ...one,
    repeatable: one.version === '1',
  }));
  const { added, edited, deleted, outOfOrder } = compareMigrations(base, head);
  assert.deepEqual([versions(added), edited, deleted, outOfOrder], [['1'], [], [], []]);
  assert.deepEqual(compareMigrations(base, head.slice(1)).deleted, []);
});
