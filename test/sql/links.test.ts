import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { linksOf } from '../../src/sql/links.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { schemaOf, statementsOf } from './schema.ts';

before(loadParser);

test('links that were carried along are those that a fresh look finds', () => {
  const world = schemaOf(WORLD);
  const shown = (relations: typeof world.relations): string =>
    JSON.stringify(
      Object.entries(linksOf(relations)).map(([kind, links]) => [
        kind,
        [...links]
          .map(([name, names]) => [name, [...names.keys()].sort()])
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
