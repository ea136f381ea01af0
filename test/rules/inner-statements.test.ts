import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const SCHEMA = `
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, note text);
CREATE FUNCTION index_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX orders_note ON orders (note); END $$;
CREATE FUNCTION index_text() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('CREATE INDEX %I ON %I (note)', 'x', 'orders'); END $$;
CREATE PROCEDURE require_it() LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE orders ALTER note SET NOT NULL; END $$;
CREATE FUNCTION outer_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM index_it(); PERFORM outer_one(); END $$;
CREATE FUNCTION empty_it() RETURNS void LANGUAGE sql AS 'DELETE FROM orders';
CREATE FUNCTION quiet() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';
CREATE FUNCTION own_table() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE mine (id int); CREATE INDEX ON mine (id); END $$;
CREATE FUNCTION either(integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX ON orders (total); END $$;
CREATE FUNCTION either(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX ON orders (total); RETURN NEW; END $$;
`;
const BUILD = 'create-index-blocking';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

describe('what a called function does is found at the call', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['SELECT index_it()', [BUILD]],
    ['SELECT public.index_it() FROM generate_series(1, 2)', [BUILD]],
    ['SELECT index_text()', [BUILD]],
    ['CALL require_it()', ['set-not-null-scan']],
    ['SELECT outer_one()', [BUILD]],
    ['DO $$ BEGIN PERFORM index_it(); END $$', [BUILD]],
    ['SELECT empty_it()', ['delete-without-where']],
    ['SELECT index_it(), index_it()', [BUILD]],
    ['SELECT quiet()', []],
    ['SELECT own_table()', []],
    // Nobody knows which of them runs.
    ['SELECT either(NULL)', []],
    ['CREATE TRIGGER t BEFORE UPDATE OF note ON orders FOR EACH ROW EXECUTE FUNCTION on_change()', []],
    ['CREATE FUNCTION later() RETURNS void LANGUAGE sql AS $$ SELECT index_it() $$', []],
    ['SELECT now(), nobody_knows()', []],
    [
      `CREATE FUNCTION here() RETURNS void LANGUAGE sql AS 'DELETE FROM orders'; SELECT here()`,
      ['delete-without-where'],
    ],
  ];
  for (const [sql, expected] of cases)
    test(sql, () => assert.deepEqual(complainers(judge(schema, [sourceOf(sql, 'none')])), expected));
});

test('the finding stands at the call, names the function and edits nothing', () => {
  const { findings } = judge(schema, [sourceOf('SELECT 1;\nSELECT index_it();', 'none')]);
  const [finding] = findings;
  assert.equal(finding?.place.line, 2);
  assert.match(finding?.message ?? '', /`public\.index_it` does it, which is called here\.$/);
  assert.deepEqual(finding?.fix, []);
});

describe('EXPLAIN ANALYZE and EXECUTE run what they hold', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['EXPLAIN ANALYZE DELETE FROM orders', ['delete-without-where']],
    ['EXPLAIN (ANALYZE, BUFFERS) UPDATE orders SET total = 1', ['update-without-where']],
    ['PREPARE p AS UPDATE orders SET total = 1; EXECUTE p', ['update-without-where']],
    ['PREPARE p AS DELETE FROM orders; EXPLAIN ANALYZE EXECUTE p', ['delete-without-where']],
    ['EXPLAIN DELETE FROM orders', []],
    ['EXPLAIN (ANALYZE off) DELETE FROM orders', []],
    ['EXPLAIN ANALYZE DELETE FROM orders WHERE id = 1', []],
    ['PREPARE p AS DELETE FROM orders', []],
    ['EXECUTE p', []],
  ];
  for (const [sql, expected] of cases)
    test(sql, () => assert.deepEqual(complainers(judge(schema, sql)), expected));
});
