import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withEntry, withoutEntry } from '../../src/sql/persistent-map.ts';

test('a persistent map is the map that copying would have made, and leaves the earlier one alone', () => {
  let plain = new Map<string, number>();
  let made: ReadonlyMap<string, number> = plain;
  for (let step = 0; step < 2_000; step += 1) {
    const key = `k${(step * 7919) % 701}`;
    const earlier = made;
    const size = earlier.size;
    plain = new Map(plain).set(key, step);
    made = withEntry(made, key, step);
    assert.equal(made.get(key), step);
    assert.notEqual(earlier.get(key), step);
    if (step % 11 === 0) {
      const gone = `k${(step * 31) % 701}`;
      plain.delete(gone);
      made = withoutEntry(made, gone);
      assert.equal(made.has(gone), false);
    }
    assert.equal(earlier.size, size);
    if (step % 97 === 0) assert.deepEqual([...made], [...plain]);
  }
  assert.deepEqual([...made.keys()], [...plain.keys()]);
  assert.deepEqual([...made.values()], [...plain.values()]);
  const visited: [string, number][] = [];
  made.forEach((value, key) => void visited.push([key, value]));
  assert.deepEqual(visited, [...plain]);
  assert.deepEqual([made.size, made.has('nope')], [plain.size, false]);
});

test('keys of the same hash are told apart', () => {
  // Known pairs of words with the same FNV-1a hash, among so many others that the map has several levels.
  const words = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
  const keys = [...words, ...Array.from({ length: 500 }, (_, index) => `other ${index}`)];
  const all = keys.reduce<ReadonlyMap<string, string>>((map, key) => withEntry(map, key, key), new Map());
  for (const key of keys) assert.equal(all.get(key), key);
  const without = withoutEntry(all, 'liquid');
  assert.deepEqual([without.has('liquid'), without.get('costarring')], [false, 'costarring']);
  assert.deepEqual([...all.keys()], keys);
});
