import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge } from '../support/lint.ts';
import { schemaOf } from './schema.ts';

before(loadParser);

describe('IF NOT EXISTS where the schema is not known whole', () => {
  const made = [
    'CREATE TABLE IF NOT EXISTS zz (id serial PRIMARY KEY)',
    'CREATE TABLE IF NOT EXISTS zz AS SELECT 1 AS id',
    'CREATE MATERIALIZED VIEW IF NOT EXISTS zz AS SELECT 1 AS id',
  ];
  for (const sql of made)
    test(sql, () => {
      const unknown = schemaOf(sql, EMPTY_CATALOG);
      const facts = [...unknown.relations.values()].map(({ isNew }) => isNew);
      assert.ok(facts.length > 0);
      assert.deepEqual(
        facts,
        facts.map(() => false),
      );
      assert.equal(unknown.relations.get('public.zz')?.rows, undefined);
      const plain = schemaOf(sql.replace('IF NOT EXISTS ', ''), EMPTY_CATALOG);
      for (const catalog of [schemaOf(sql), plain])
        assert.deepEqual(
          [...catalog.relations.values()].map(({ isNew }) => isNew),
          facts.map(() => true),
        );
    });

  test('what follows is judged as work on a table that is there', () => {
    const change = 'CREATE TABLE IF NOT EXISTS zz (id int); CREATE INDEX i ON zz (id)';
    assert.ok(complainers(judge(EMPTY_CATALOG, change)).includes('create-index-blocking'));
    const known = complainers(judge({ ...EMPTY_CATALOG, complete: true }, change));
    assert.ok(!known.includes('create-index-blocking'));
  });
});
