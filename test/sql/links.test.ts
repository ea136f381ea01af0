import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { linksOf } from '../../src/sql/links.ts';
import { withEntry } from '../../src/sql/overlay-map.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { schemaOf, statementsOf } from './schema.ts';

before(loadParser);

test('an overlay is the map that copying would have made, and leaves its own base alone', () => {
  let plain = new Map<string, number>();
  let made: ReadonlyMap<string, number> = plain;
  for (let step = 0; step < 2_000; step += 1) {
    const key = `k${(step * 7919) % 701}`;
    const earlier = made;
    const size = earlier.size;
    plain = new Map(plain).set(key, step);
    made = withEntry(made, key, step);
    assert.equal(earlier.size, size);
    assert.notEqual(earlier.get(key), step);
    assert.equal(made.get(key), step);
    if (step % 97 === 0) assert.deepEqual([...made], [...plain]);
  }
  assert.deepEqual([...made.keys()], [...plain.keys()]);
  assert.deepEqual([...made.values()], [...plain.values()]);
  const visited: [string, number][] = [];
  made.forEach((value, key) => void visited.push([key, value]));
  assert.deepEqual(visited, [...plain]);
  assert.deepEqual([made.size, made.has('k1'), made.has('nope')], [701, true, false]);
});

test('links that were carried along are those that a fresh look finds', () => {
  const world = schemaOf(WORLD);
  const shown = (relations: typeof world.relations): string =>
    JSON.stringify(
      Object.entries(linksOf(relations)).map(([kind, links]) => [
        kind,
        [...links]
          .map(([name, names]) => [name, [...names].sort()])
          .filter(([, names]) => names?.length)
          .sort(),
      ]),
    );
  for (const { sql } of CASES) {
    if (!parseSql(sql, 'case.sql').ok) continue;
    const after = statementsOf(sql).reduce(applyStatement, world);
    assert.equal(shown(after.relations), shown(new Map(after.relations)), sql);
  }
  assert.notEqual(shown(world.relations), shown(EMPTY_CATALOG.relations));
});
