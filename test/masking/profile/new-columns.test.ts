import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import type { Detection, DetectionInput } from '../../../src/masking/detection/detection.ts';
import { newColumns } from '../../../src/masking/profile/new-columns.ts';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';
import { applyStatement } from '../../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../../src/sql/parse.ts';

before(loadParser);

function apply(catalog: Catalog, sql: string): Catalog {
  const parsed = parseSql(sql, 'a.sql');
  assert.ok(parsed.ok);
  return parsed.statements.reduce(applyStatement, catalog);
}

const START = `create type mood as enum ('a');
create table users (id bigint generated always as identity primary key, email text, code varchar(10), n int);
create table logs (x text);
create table events (id bigint, at date) partition by range (at);
create table events_1 partition of events for values from ('2026-01-01') to ('2027-01-01');`;

const PROFILE = `version: 1
tables:
  users: {email: email, code: clear, n: clear}
  events: {id: clear, at: clear}
  logs: empty`;

function detect({ column }: DetectionInput): readonly Detection[] {
  if (column.type.category !== 'text' || !column.name.startsWith('nick')) return [];
  return [{ path: [], class: 'given name', confidence: 0.8, because: [], strategy: { as: 'name.first' } }];
}

function found(sql: string, yaml = PROFILE) {
  const start = apply(EMPTY_CATALOG, START);
  const profile = parseMaskingProfile(parse(yaml), 'masking.yml');
  return newColumns({ before: start, after: apply(start, sql), profile, detect, today: '2026-11-22' });
}

test('a column that is added without a rule is told with the line to paste', () => {
  assert.deepEqual(found('alter table users add column nickname text;'), [
    {
      table: 'public.users',
      column: 'nickname',
      why: 'public.users.nickname is added without a rule in the masking profile, and looks like given name (80 %).',
      paste: 'nickname: name.first   # tables: users:',
    },
  ]);
});

test('only what needs a word is told', () => {
  const cases: [sql: string, told: string[]][] = [
    [
      'alter table users add column ok boolean, add column m mood, add column created_at timestamptz default now();',
      [],
    ],
    ['alter table users add column boss bigint references users;', []],
    ['alter table users alter column email type varchar(90);', []],
    ['alter table logs add column nickname text;', []],
    ['alter table events add column x text;', ['public.events.x']],
    ['create table t (id bigserial primary key, a text, u bigint references users (id));', ['public.t.a']],
    ['alter table users rename column email to mail;', ['public.users.mail']],
    ['alter table users add column low text generated always as (lower(email)) stored;', []],
    ['create view v as select email from users;', []],
    ['drop table users;', []],
  ];
  for (const [sql, told] of cases) {
    assert.deepEqual(
      found(sql).map(({ table, column }) => `${table}.${column}`),
      told,
      sql,
    );
  }
});

test('a wider column that is clear by nature no more is told', () => {
  const start = apply(EMPTY_CATALOG, 'create table t (a boolean, b varchar(10));');
  const profile = parseMaskingProfile({ version: 1 }, 'm');
  const after = apply(
    start,
    'alter table t alter a type text using a::text; alter table t alter b type text;',
  );
  const told = newColumns({ before: start, after, profile, detect, today: '2026-11-22' });
  assert.deepEqual(
    told.map(({ why }) => why),
    [
      'public.t.a changes from boolean to text without a rule in the masking profile.',
      'public.t.b changes from character varying(10) to text without a rule in the masking profile.',
    ],
  );
});

test('what "*" would leave clear is told when it looks personal, and not when it is masked', () => {
  const add = 'alter table users add column nickname text;';
  const rest = PROFILE.replace('n: clear', 'n: clear, "*": clear');
  assert.match(
    found(add, rest)[0]?.why ?? '',
    /is added and would stay clear, and looks like given name \(80 %\)\.$/,
  );
  assert.deepEqual(found(add, rest.replace('"*": clear', '"*": text')), []);
  assert.deepEqual(found(add, PROFILE.replace('tables:', 'unknown: mask\ntables:')), []);
  assert.deepEqual(found('alter table users add column plain text;', rest), []);
});
