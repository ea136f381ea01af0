import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { demands } from '../../src/rehearsal/preflight-plan.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

before(() => loadParser());

function kinds(sql: string): readonly string[] {
  const parsed = parseSql(sql, 'm.sql');
  assert.ok(parsed.ok, sql);
  return parsed.statements.flatMap((statement) => demands(statement).map(({ kind }) => kind));
}

describe('what a statement asks of the rows', () => {
  const cases: readonly (readonly [sql: string, kinds: readonly string[]])[] = [
    ['alter table t alter a set not null', ['filled']],
    ['alter table t alter a drop not null', []],
    ['alter table t add a int', []],
    ['alter table t add a int not null', ['empty']],
    ['alter table t add if not exists a int not null', []],
    ['alter table t add a int not null generated always as (b) stored', []],
    ['alter table t add a bigserial primary key', []],
    ['alter table t add primary key (a)', ['filled', 'unique']],
    ['alter table t add unique using index i', []],
    ['alter table t add primary key using index i', ['primary index']],
    ['alter table t add exclude using gist (a with =)', []],
    ['alter table t add foreign key (a) references u', ['referring']],
    ['alter table t add foreign key (a) references u not valid', []],
    ['alter table t add foreign key (a) references u not enforced', []],
    ['alter table t add check (a > 0)', ['true']],
    ['alter table t add check (a > 0) not enforced', []],
    ['alter table t alter constraint c enforced', ['constraint']],
    ['alter table t alter constraint c deferrable', []],
    ['alter table t validate constraint c', ['constraint']],
    ['alter table t alter a type bigint', ['type']],
    ['alter table t alter a type int using a::int', ['type']],
    ['alter table t alter a type int using a::bigint', []],
    ['alter table t alter a type int using length(a)', []],
    ['alter table t alter a type interval(3)', []],
    ['alter table t alter a type int, alter a set not null, alter b set not null', ['type', 'filled']],
    ['alter table t add a int default 3, add check (a > 0)', []],
    ['alter table t add a int default 3, add unique (a)', []],
    ['alter table t add a int, add unique (b)', ['unique']],
    ['alter table t attach partition u for values in (1)', ['within', 'outside']],
    ['create table u partition of t for values in (1)', ['outside']],
    ['create table u (a int not null unique)', []],
    ['create unique index on t (a)', ['unique']],
    ['create unique index on t (a special_ops)', []],
    ['create index on t (a)', []],
    ['alter domain d add check (value > 0)', ['domain']],
    ['alter domain d drop not null', []],
    ['alter view v alter a set default 1', []],
    ['update t set a = 1', []],
    ['do $$ begin alter table t alter a set not null; end $$', []],
  ];
  for (const [sql, wanted] of cases) {
    it(sql, () => assert.deepEqual(kinds(sql), wanted));
  }
});
