import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf } from '../support/lint.ts';

before(loadParser);

const list = (count: number, each: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => each(at)).join(', ');

test('a table has no more columns than the server lets it have', { timeout: 20_000 }, () => {
  const schema = schemaOf(`
    CREATE TABLE wide (${list(20_000, (at) => `c${at} int`)});
    CREATE TABLE twice (LIKE wide, ${list(10, (at) => `d${at} int`)});
    CREATE TABLE heir (own int) INHERITS (wide);
    ALTER TABLE twice ADD late serial`);
  for (const name of ['wide', 'twice', 'heir'])
    assert.equal(schema.relations.get(`public.${name}`)?.columns.length, 1600, name);
  assert.equal(schema.relations.has('public.twice_late_seq'), false);
  const { statements } = judge(schema, `ALTER TABLE wide ${list(5000, (at) => `ADD e${at} serial`)};`);
  const found = statements[0]?.effects.relations.find(({ relation }) => relation === 'public.wide');
  assert.equal(found?.rewrite, true);
});
