import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  contentionTargets,
  MOST_TABLES,
  type PredictedStatement,
  unsafeToProbe,
} from '../../../src/rehearsal/contention/targets.ts';
import type { Catalog } from '../../../src/sql/catalog.ts';
import type { LockMode } from '../../../src/sql/effect.ts';
import { loadParser } from '../../../src/sql/parse.ts';
import { schemaOf } from '../../support/lint.ts';

before(loadParser);

function locking(relation: string, lock: LockMode): PredictedStatement {
  return { sql: 'x', kind: 'AlterTableStmt', seen: true, effects: [{ relation, lock }] };
}

function chosen(catalog: Catalog, ...statements: readonly PredictedStatement[]): readonly string[] {
  return contentionTargets(statements, catalog, new Map()).probed.map(({ relation }) => relation);
}

const SCHEMA =
  'create table a (id int primary key); create table b (n int); create view v as select id from a;';

test('probed is what existed and is locked against readers or writers, or has rows changed', () => {
  const catalog = schemaOf(SCHEMA);
  const cases: readonly [LockMode, boolean][] = [
    ['AccessExclusiveLock', true],
    ['ShareRowExclusiveLock', true],
    ['ShareLock', true],
    ['RowExclusiveLock', true],
    ['ShareUpdateExclusiveLock', false],
    ['AccessShareLock', false],
  ];
  for (const [mode, is] of cases) {
    assert.deepEqual(chosen(catalog, locking('public.a', mode)), is ? ['public.a'] : [], mode);
  }
  assert.deepEqual(chosen(catalog, locking('public.v', 'AccessExclusiveLock')), []);
  assert.deepEqual(chosen(catalog, locking('public.new', 'AccessExclusiveLock')), []);
  const isNew = new Map([...catalog.relations].map(([name, each]) => [name, { ...each, isNew: true }]));
  assert.deepEqual(chosen({ ...catalog, relations: isNew }, locking('public.a', 'ShareLock')), []);
});

test('code whose work is hidden is taken at its word: the tables that it names', () => {
  const catalog = schemaOf(SCHEMA);
  const hidden = { sql: "do $$ execute 'alter table a' $$", kind: 'DoStmt', seen: true, effects: [] };
  assert.deepEqual(chosen(catalog, hidden), ['public.a']);
  assert.deepEqual(chosen(catalog, { ...hidden, kind: 'X', seen: false }), ['public.a']);
  assert.deepEqual(chosen(catalog, { ...hidden, kind: 'SelectStmt' }), []);
});

test('the hottest, then the largest, come first; the rest is named', () => {
  const names = Array.from({ length: MOST_TABLES + 2 }, (_, n) => `t${n}`);
  const catalog = schemaOf(names.map((name) => `create table ${name} (id int primary key);`).join(' '));
  const statements = names.map((name) => locking(`public.${name}`, 'ShareLock'));
  const rates = new Map([['public.t9', { readsPerSecond: 1, writesPerSecond: 1 }]]);
  const sizes = new Map(names.map((name, n) => [`public.${name}`, { bytes: n }]));
  const { probed, left } = contentionTargets(
    statements,
    catalog,
    rates,
    new Map([...sizes, ['public.t3', { bytes: 99 }]]),
  );
  assert.equal(probed.length, MOST_TABLES);
  assert.deepEqual(
    probed.slice(0, 3).map(({ relation }) => relation),
    ['public.t9', 'public.t3', 'public.t8'],
  );
  assert.deepEqual(left, ['public.t1', 'public.t0']);
});

test('a partition is probed through its parent, and by itself when only it is locked', () => {
  const catalog = schemaOf(
    'create table p (k int primary key) partition by range (k); create table p1 partition of p for values from (0) to (9);',
  );
  const both = ['public.p', 'public.p1'].map((relation) => locking(relation, 'AccessExclusiveLock'));
  assert.deepEqual(chosen(catalog, ...both), ['public.p']);
  assert.deepEqual(chosen(catalog, locking('public.p1', 'ShareLock')), ['public.p1']);
});

test('a row is found by the primary key, else by a whole unique index without nulls', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['create table a (x int, y int, primary key (y, x))', ['y', 'x']],
    ['create table a (x int not null unique)', ['x']],
    ['create table a (x int unique)', []],
    ['create table a (x int not null); create unique index u on a (x) where x > 0', []],
    ['create table a (x int not null); create unique index u on a ((x + 1))', []],
    ['create table a (x int not null); create index u on a (x)', []],
  ];
  for (const [text, key] of cases) {
    const { probed } = contentionTargets([locking('public.a', 'ShareLock')], schemaOf(text), new Map());
    assert.deepEqual(probed[0]?.key, key, text);
  }
});

test('the forgotten session holds what is locked against other changes', () => {
  const { probed, idle } = contentionTargets(
    [locking('public.a', 'ShareUpdateExclusiveLock'), locking('public.b', 'RowExclusiveLock')],
    schemaOf(SCHEMA),
    new Map(),
  );
  assert.deepEqual(
    [probed, idle].map((each) => each.map(({ relation }) => relation)),
    [['public.b'], ['public.a']],
  );
});

test('no probe beside what takes no for an answer', () => {
  const judge = (text: string) => unsafeToProbe([{ path: 'm/1.sql', text }]);
  assert.match(judge('select 1 from a for update skip  locked') ?? '', /^m\/1\.sql says/);
  assert.match(judge('LOCK TABLE a NOWAIT') ?? '', /NOWAIT/);
  assert.equal(judge('alter table a add column skip int, add locked int'), undefined);
});
