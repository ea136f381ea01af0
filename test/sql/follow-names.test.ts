import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf } from './schema.ts';

before(loadParser);

const START = `
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION "Odd name"(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE SEQUENCE numbers;
CREATE TABLE t (
  id bigint DEFAULT nextval('numbers'),
  a integer DEFAULT "Odd name"(1) CHECK (public."Odd name"(a) > 0)
);
CREATE INDEX i ON t ("Odd name"(a)) WHERE "Odd name"(a) > 1;
CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired();
CREATE VIEW v AS SELECT "Odd name"(a) FROM t;
CREATE AGGREGATE sum_of (integer) (sfunc = "Odd name", stype = integer);
`;

describe('what calls a routine or draws from a sequence says its new name', () => {
  test('a trigger’s function', () => {
    const { relations } = schemaOf(`${START} ALTER FUNCTION fired() RENAME TO lit;`);
    assert.deepEqual(
      relations.get('public.t')?.triggers?.map((trigger) => trigger.function),
      ['public.lit'],
    );
  });

  test('defaults, CHECKs, indexes, views and aggregates', () => {
    const { relations, routines } = schemaOf(`${START} ALTER FUNCTION "Odd name"(integer) RENAME TO plain;`);
    const [table, index] = [relations.get('public.t'), relations.get('public.i')];
    assert.equal(table?.columns[1]?.default, 'public.plain(1)');
    assert.match(table?.constraints[0]?.expression ?? '', /public\.plain\(a\)/);
    assert.deepEqual(index?.indexColumns, ['public.plain(a)']);
    assert.match(index?.predicate ?? '', /public\.plain\(a\)/);
    assert.deepEqual(relations.get('public.v')?.calls, ['public.plain']);
    assert.match(routines?.get('public.sum_of')?.[0]?.definition ?? '', /public\.plain/);
  });

  test('a sequence, renamed and moved', () => {
    const { relations } = schemaOf(
      `${START} ALTER SEQUENCE numbers RENAME TO counts; ALTER SEQUENCE counts SET SCHEMA other;`,
    );
    assert.match(relations.get('public.t')?.columns[0]?.default ?? '', /nextval\('other\.counts'/);
  });

  test('a schema with its routines', () => {
    const { relations, routines, functions } = schemaOf(`${START} ALTER SCHEMA public RENAME TO shown;`);
    assert.deepEqual(
      relations.get('shown.t')?.triggers?.map((trigger) => trigger.function),
      ['shown.fired'],
    );
    assert.ok(routines?.has('shown.Odd name') && !routines.has('public.Odd name'));
    assert.equal(functions.get('shown.Odd name'), 'immutable');
  });
});

test('one of several overloads: only triggers are known to mean the one without arguments', () => {
  const { relations } = schemaOf(`
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE t (a integer DEFAULT f(1));
    CREATE TRIGGER tr AFTER INSERT ON t EXECUTE FUNCTION f();
    ALTER FUNCTION f() RENAME TO g;`);
  const table = relations.get('public.t');
  assert.equal(table?.triggers?.[0]?.function, 'public.g');
  assert.equal(table?.columns[0]?.default, 'f(1)');
});

test('CREATE OR REPLACE VIEW keeps the triggers of the view', () => {
  const { relations } = schemaOf(`${START}
    CREATE TRIGGER put INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION fired();
    CREATE OR REPLACE VIEW v AS SELECT a FROM t;`);
  assert.deepEqual(
    relations.get('public.v')?.triggers?.map(({ name }) => name),
    ['put'],
  );
  assert.equal(relations.get('public.v')?.calls, undefined);
});
