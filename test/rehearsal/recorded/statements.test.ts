import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ServerError } from '../../../src/postgres/connection.ts';
import { type Draft, newDraft } from '../../../src/rehearsal/ledger.ts';
import { planMessage, unread } from '../../../src/rehearsal/recorded/message-plan.ts';
import { heardLevel, isAsked } from '../../../src/rehearsal/recorded/notice-level.ts';
import { createRepeats, shapeOf } from '../../../src/rehearsal/recorded/repeats.ts';
import { weigh } from '../../../src/rehearsal/recorded/statement-weight.ts';
import { transcribe } from '../../../src/rehearsal/recorded/transcript.ts';
import { lint } from '../../../src/rules/lint.ts';
import { EMPTY_CATALOG } from '../../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../../src/sql/parse.ts';
import type { Statement } from '../../../src/sql/statement.ts';

before(loadParser);

function statement(sql: string): Statement {
  const parsed = parseSql(sql, '');
  if (!parsed.ok || !parsed.statements[0]) throw new Error(`cannot be read: ${sql}`);
  return parsed.statements[0];
}

test('what is watched, and what only looks', () => {
  const cases: Record<string, readonly string[]> = {
    read: [
      'select 1',
      'show server_version',
      'select version(), current_database()',
      "select * from pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where relname = 'x'",
      'select table_name from information_schema.tables',
      'with t as (select oid from pg_class) select pg_get_indexdef(oid) from t',
      "select pg_relation_size('orders')",
    ],
    light: [
      'set search_path = a',
      "select set_config('a.b', 'c', false)",
      'select pg_advisory_lock(1)',
      'discard all',
      'notify x',
    ],
    transaction: ['begin', 'commit', 'savepoint a', 'rollback to a'],
    watched: [
      'select * from orders',
      'select add_column()',
      'select app.version()',
      'select * from public.pg_class',
      "select nextval('s')",
      "select query_to_xml('delete from orders', true, true, '')",
      'select * into t from pg_class',
      'with d as (delete from orders returning 1) select * from d',
      'alter table a add b int',
      'do $$ begin end $$',
      'explain analyze delete from orders',
    ],
  };
  for (const [weight, list] of Object.entries(cases))
    for (const sql of list) assert.equal(weigh(statement(sql)), weight, sql);
});

const planned = (sql: string, inBlock = false, divisible = true) =>
  planMessage(Buffer.from(sql), sql, { inBlock, divisible }).map(
    (step) => `${step.implicit ? '*' : ''}${step.bytes}`,
  );

test('a message is taken apart as the server would', () => {
  assert.deepEqual(planned(' select 1 ;'), [' select 1 ;']);
  assert.deepEqual(planned('select 1; select 2'), ['*select 1', '*select 2']);
  assert.deepEqual(planned('select 1; select 2', true), ['select 1', 'select 2']);
  assert.deepEqual(planned('select 1; begin; select 2; commit; select 3'), [
    '*select 1',
    'begin',
    'select 2',
    'commit',
    '*select 3',
  ]);
  assert.deepEqual(
    planned('select 1; savepoint s; select 2'),
    ['select 1; savepoint s; select 2'],
    'refused by the server, whole',
  );
  assert.deepEqual(planned('begin; savepoint s; commit'), ['begin', 'savepoint s', 'commit']);
  assert.deepEqual(planned('select 1; selekt 2'), ['select 1; selekt 2']);
  assert.deepEqual(planned('select 1; select 2', false, false), ['select 1; select 2'], 'another encoding');
  assert.deepEqual(planned(' ; '), []);
  const [, second] = planMessage(Buffer.from("select 'é'; select x"), "select 'é'; select x", {
    inBlock: false,
    divisible: true,
  });
  assert.equal(second?.before(), 12, 'in characters');
});

test('the shape of a statement leaves its values out and nothing else', () => {
  const same = ["insert into t values (1, 'a')", "insert into t values (22, 'b''; c')"].map(shapeOf);
  assert.equal(same[0], 'insert into t values (?, ?)');
  assert.equal(same[1], same[0]);
  assert.notEqual(shapeOf('insert into t1 values (1)'), shapeOf('insert into t2 values (1)'));
  for (const tricky of [
    "insert into t values (E'\\'')",
    'insert into t values ($$a$$)',
    'delete from t; delete from u',
    'update t set a = 1 -- b',
    'alter table t add a int',
  ])
    assert.equal(shapeOf(tricky), undefined, tricky);
});

test('a repeat is known after three, until something else than rows changes', () => {
  const repeats = createRepeats();
  const insert = statement('insert into t values (1)');
  const shape = shapeOf(insert.sql);
  const draft = newDraft(insert, 0);
  for (let turn = 0; turn < 3; turn += 1) {
    assert.equal(repeats.of(shape), undefined);
    repeats.note(insert, shape, draft);
  }
  assert.equal(repeats.of(shape)?.draft, draft);
  const alter = statement('alter table t add a int');
  repeats.note(alter, undefined, newDraft(alter, 0));
  assert.equal(repeats.of(shape), undefined);
  const call = statement("select add_column('a')");
  for (let turn = 0; turn < 4; turn += 1) repeats.note(call, shapeOf(call.sql), draft);
  assert.equal(repeats.of(shapeOf(call.sql)), undefined, 'a function may do anything');
});

test('levels of messages', () => {
  const heard = ['DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING'];
  const asked = (level: string) => heard.filter((severity) => isAsked(severity, level));
  assert.deepEqual(asked('notice'), ['INFO', 'NOTICE', 'WARNING']);
  assert.deepEqual(asked('error'), ['INFO']);
  assert.deepEqual(asked('debug1'), heard);
  assert.deepEqual(['notice', 'error', 'debug1', 'debug3'].map(heardLevel), [
    'debug1',
    'debug1',
    'debug1',
    'debug3',
  ]);
});

test('the transcript is SQL whose statements stand where their records say', () => {
  const texts = [
    'create table t (id int) -- é',
    'insert into t values (1)',
    'drop table nope',
    'alter table t add b int',
  ];
  const drafts: Draft[] = texts.map((sql) => newDraft(statement(sql), 0));
  const odd = newDraft(unread('create tabel é\n(a)'), 0);
  const [first, second, refused, last] = drafts;
  assert.ok(first && second && refused && last);
  const error = new ServerError('no', { code: '42P01', severity: 'ERROR' });
  const one = {
    watch: { drafts: [first, second, refused] },
    marks: [
      { before: 0, sql: 'BEGIN' as const },
      { before: 2, sql: 'COMMIT' as const },
    ],
    refused: new Map([[refused, error]]),
  };
  const two = { watch: { drafts: [last, odd] }, marks: [], refused: new Map() };
  const { text, sources, statements } = transcribe('cmd', [one, two]);
  const bytes = Buffer.from(text);
  assert.deepEqual(
    statements.map(({ place }) => bytes.toString('utf8', place.startByte, place.endByte)),
    [
      'create table t (id int) -- é',
      'insert into t values (1)',
      '-- drop table nope',
      'alter table t add b int',
      '-- create tabel é\n-- (a)',
    ].map((sql, at) => (at === 0 ? first.statement.sql : sql)),
  );
  const judged = lint({ sources, catalog: EMPTY_CATALOG, version: 18, severities: {} });
  const places = (list: readonly { place: { startByte: number; line: number } }[]) =>
    list.map(({ place }) => `${place.line}:${place.startByte}`);
  const read = judged.statements
    .filter(({ statement: { kind } }) => kind !== 'TransactionStmt')
    .map((each) => each.statement);
  assert.deepEqual(
    places(read),
    places([statements[0], statements[1], statements[3]].flatMap((each) => each ?? [])),
  );
  assert.deepEqual(judged.statements.map(({ inTransaction }) => inTransaction).slice(1, 3), [true, true]);
  assert.match(judged.problems[0]?.message ?? '', /grammar, as known here, does not read/);
});
