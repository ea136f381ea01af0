import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Catalog } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf, statementOf } from './schema.ts';

before(loadParser);

const TABLES = 'CREATE TABLE t (a integer); CREATE TABLE u (a integer); CREATE SEQUENCE s;';

/** `public.t`, and `public.t?` where it depends on rows or conditions. */
function told(sql: string, catalog: Catalog): readonly string[] {
  const { seen, relations } = effects(statementOf(sql), catalog, 18);
  assert.ok(seen, sql);
  return relations.map(({ relation, conditional }) => `${relation}${conditional ? '?' : ''}`).sort();
}

describe('code under a condition may not run', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['DO $$ BEGIN DELETE FROM t; END $$', ['public.t']],
    [
      'DO $$ BEGIN IF true THEN DELETE FROM t; ELSE DELETE FROM u; END IF; END $$',
      ['public.t?', 'public.u?'],
    ],
    ['DO $$ BEGIN IF EXISTS (SELECT FROM t) THEN DELETE FROM u; END IF; END $$', ['public.t', 'public.u?']],
    ['DO $$ BEGIN IF true THEN RETURN; END IF; DELETE FROM t; END $$', ['public.t?']],
    ["DO $$ BEGIN IF true THEN RAISE NOTICE 'x'; END IF; DELETE FROM t; END $$", ['public.t']],
    ["DO $$ BEGIN IF true THEN RAISE EXCEPTION 'x'; END IF; DELETE FROM t; END $$", ['public.t?']],
    ['DO $$ BEGIN FOR i IN 1..3 LOOP DELETE FROM t; END LOOP; END $$', ['public.t?']],
    [
      'DO $$ DECLARE r record; BEGIN FOR r IN SELECT a FROM t LOOP DELETE FROM u; END LOOP; END $$',
      ['public.t', 'public.u?'],
    ],
    ['DO $$ BEGIN LOOP DELETE FROM t; EXIT; END LOOP; END $$', ['public.t']],
    [
      'DO $$ BEGIN DELETE FROM t; EXCEPTION WHEN OTHERS THEN DELETE FROM u; END $$',
      ['public.t', 'public.u?'],
    ],
    ["DO $$ BEGIN IF true THEN EXECUTE 'DROP TABLE t'; END IF; END $$", ['public.t?']],
  ];
  for (const [sql, expected] of cases)
    test(sql, () => assert.deepEqual(told(sql, settled(schemaOf(TABLES))), expected));
});

describe('a table that an earlier statement made has no rows for certain', () => {
  const sql = "INSERT INTO t SELECT nextval('s') FROM u";
  test('an old one is taken to have some', () =>
    assert.deepEqual(told(sql, settled(schemaOf(TABLES))), ['public.s', 'public.t', 'public.u']));
  test('a new one is not', () =>
    assert.deepEqual(told(sql, schemaOf(TABLES)), ['public.s?', 'public.t', 'public.u']));
  test('VALUES are rows wherever they go', () =>
    assert.deepEqual(told("INSERT INTO t VALUES (nextval('s'))", schemaOf(TABLES)), [
      'public.s',
      'public.t',
    ]));
});

describe('bare names of the system’s tables', () => {
  const catalog = (): Catalog => schemaOf(`${TABLES} CREATE TABLE pg_own (a integer);`);
  test('are nobody’s locks, and what their change means is not known', () => {
    const sql = 'UPDATE pg_index SET indisready = false WHERE indrelid IN (SELECT oid FROM pg_class)';
    assert.deepEqual(effects(statementOf(sql), catalog(), 18), { seen: false, relations: [] });
    assert.deepEqual(told('SELECT FROM pg_index, pg_class', catalog()), []);
  });
  test('a table of the user’s that is only called so is locked', () =>
    assert.deepEqual(told('UPDATE pg_own SET a = 1', catalog()), ['public.pg_own']));
});
