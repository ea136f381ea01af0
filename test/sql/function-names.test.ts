import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf } from '../support/lint.ts';

before(loadParser);

const SCHEMA = `CREATE TABLE users (id int PRIMARY KEY, n int);
CREATE FUNCTION public.lower(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE users ALTER n TYPE bigint; RETURN a; END $$;
CREATE VIEW lowered AS SELECT lower(1) AS x;`;

function effectsOf(sql: string) {
  const { statements } = judge(schemaOf(SCHEMA), sql);
  return statements.map(({ effects }) => effects)[0];
}

describe('a function with a built-in name is followed', () => {
  for (const sql of ['SELECT lower(1)', 'SELECT public.lower(1)', 'SELECT * FROM lowered'])
    test(sql, () =>
      assert.ok(
        effectsOf(sql)?.relations.some(({ relation, rewrite }) => relation === 'public.users' && rewrite),
      ),
    );
  for (const sql of ["SELECT pg_catalog.lower('A')", "SELECT lower('A', 'B')", "SELECT upper('a')"])
    test(`not ${sql}`, () => assert.deepEqual(effectsOf(sql)?.relations, []));
});

test('functions of PostGIS are known by their whole names', () => {
  const seen = (sql: string) => effectsOf(sql)?.seen;
  assert.equal(seen('SELECT st_makepoint(1, 2), extensions.st_setsrid(1, 2), postgis.st_brand_new(1)'), true);
  assert.equal(seen('SELECT st_drop_everything()'), false);
  assert.equal(seen('SELECT other.st_brand_new(1)'), false);
});
