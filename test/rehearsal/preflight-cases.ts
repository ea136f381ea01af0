/** What stands in the database, the statement, and the counts as `check relation subject: rows`. */
export type PreflightCase = {
  readonly given: string;
  readonly statement: string;
  readonly counts: readonly string[];
  readonly since?: number;
  /** The statement is refused for another reason, or goes through although something is counted. */
  readonly proof?: 'none';
};

const T = `create table t (id int, email text, n numeric, p int);
  insert into t values (1, 'a', 1, 1), (2, 'a', 2, 1), (3, null, 3, null), (4, null, null, 2), (5, 'B', 12345, 3);`;

export const CASES: readonly PreflightCase[] = [
  { given: T, statement: 'alter table t alter email set not null', counts: ['nulls public.t email: 2'] },
  { given: T, statement: 'alter table t alter id set not null', counts: ['nulls public.t id: 0'] },
  {
    given: T,
    statement: 'alter table t alter email set not null, alter n set not null',
    counts: ['nulls public.t email: 2', 'nulls public.t n: 1'],
  },
  {
    given:
      'create type pair as (x int, y int); create table c (v pair); insert into c values (row(null, null)), (null)',
    statement: 'alter table c alter v set not null',
    counts: ['nulls public.c v: 1'],
  },
  {
    given: T,
    statement: 'alter table t add constraint nn not null email',
    counts: ['nulls public.t email: 2'],
    since: 18,
  },
  {
    given: T,
    statement: 'alter table t add constraint nn not null email not valid',
    counts: [],
    since: 18,
  },
  {
    given: `${T} alter table t add constraint nn not null email not valid`,
    statement: 'alter table t validate constraint nn',
    counts: ['nulls public.t email: 2'],
    since: 18,
  },
  { given: T, statement: 'alter table t add x int not null', counts: ['nulls public.t x: 5'] },
  {
    given: 'create table t (a int)',
    statement: 'alter table t add x int not null',
    counts: ['nulls public.t x: 0'],
  },
  { given: T, statement: 'alter table t add x int not null default 3', counts: [] },
  { given: T, statement: 'alter table t add x int not null default null', counts: ['nulls public.t x: 5'] },
  {
    given: T,
    statement: 'alter table t add x serial not null, add y int generated always as identity',
    counts: [],
  },
  {
    given: `${T} create domain full_ as int default 3 not null`,
    statement: 'alter table t add x full_ not null',
    counts: [],
  },
  { given: T, statement: 'alter table t add x int primary key', counts: ['nulls public.t x: 5'] },
  {
    given: T,
    statement: 'alter table t add primary key (email)',
    counts: ['nulls public.t email: 2', 'duplicates public.t email: 1'],
  },
  {
    given: T,
    statement: 'alter table t add primary key (id)',
    counts: ['nulls public.t id: 0', 'duplicates public.t id: 0'],
  },
  { given: T, statement: 'alter table t add unique (email)', counts: ['duplicates public.t email: 1'] },
  {
    given: T,
    statement: 'alter table t add unique (email, id)',
    counts: ['duplicates public.t email, id: 0'],
  },
  {
    given: T,
    statement: 'alter table t add unique nulls not distinct (email)',
    counts: ['duplicates public.t email: 2'],
    since: 15,
  },
  {
    given: `${T} create unique index ti on t (id, n)`,
    statement: 'alter table t add primary key using index ti',
    counts: ['nulls public.t id: 0', 'nulls public.t n: 1'],
  },
  {
    given: T,
    statement: 'create unique index on t (lower(email))',
    counts: ['duplicates public.t lower(email): 1'],
  },
  {
    given: T,
    statement: `create unique index on t ((case when email = 'a, (' then 'x' else lower(email) end))`,
    counts: [`duplicates public.t case when email = 'a, (' then 'x' else lower(email) end: 1`],
  },
  {
    given: T,
    statement: 'create unique index concurrently on t (p) where p > 1',
    counts: ['duplicates public.t p: 0'],
  },
  { given: T, statement: 'create unique index concurrently on t (p)', counts: ['duplicates public.t p: 1'] },
  {
    given: T,
    statement: 'create unique index on t (email collate "C" text_pattern_ops desc)',
    counts: ['duplicates public.t email: 1'],
  },
  { given: T, statement: 'create unique index on t ((true))', counts: ['duplicates public.t true: 4'] },
  { given: T, statement: 'create unique index on t ((1))', counts: ['duplicates public.t 1: 4'] },
  {
    given: `${T} create index there on t (id)`,
    statement: 'create unique index if not exists there on t (p)',
    counts: [],
    proof: 'none',
  },
  { given: T, statement: 'create index on t (p)', counts: [] },
  {
    given: `create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table c (v text collate nocase); insert into c values ('a'), ('A')`,
    statement: 'create unique index on c (v)',
    counts: ['duplicates public.c v: 1'],
  },
  {
    given:
      'create table a (x int); create table b () inherits (a); insert into a values (1); insert into b values (1), (null)',
    statement: 'alter table a add unique (x)',
    counts: ['duplicates public.a x: 0'],
  },
  {
    given:
      'create table a (x int); create table b () inherits (a); insert into a values (1); insert into b values (1), (null)',
    statement: 'alter table a alter x set not null',
    counts: ['nulls public.a x: 1'],
  },
  {
    given: `${T} create table q (a int, b int, primary key (a, b)); insert into q values (1, 1), (2, 1), (4, 2)`,
    statement: 'alter table t add foreign key (id, p) references q',
    counts: ['orphans public.t id, p: 1'],
  },
  {
    given: `${T} create table q (a int, b int, primary key (a, b)); insert into q values (1, 1), (2, 1), (4, 2)`,
    statement: 'alter table t add foreign key (p, id) references q (b, a) match full',
    counts: ['orphans public.t p, id: 2'],
  },
  {
    given: `${T} create table q (a bigint unique); insert into q values (1), (2), (3), (4), (5)`,
    statement: 'alter table t add foreign key (id) references q (a)',
    counts: ['orphans public.t id: 0'],
  },
  {
    given: `${T} create table q (a numeric primary key); insert into q values (1), (2)`,
    statement: 'alter table t add constraint f foreign key (p) references q not valid',
    counts: [],
  },
  {
    given: `${T} create table q (a numeric primary key); insert into q values (1), (2);
      alter table t add constraint f foreign key (p) references q not valid`,
    statement: 'alter table t validate constraint f',
    counts: ['orphans public.t p: 1'],
  },
  {
    given: `${T} create table q (a int primary key); alter table t add constraint f foreign key (p) references q not enforced`,
    statement: 'alter table t alter constraint f enforced',
    counts: ['orphans public.t p: 4'],
    since: 18,
  },
  {
    given: `create table n (id int primary key, parent int); insert into n values (1, null), (2, 1), (3, 9)`,
    statement: 'alter table n add foreign key (parent) references n',
    counts: ['orphans public.n parent: 1'],
  },
  {
    given: T,
    statement: 'alter table t add constraint c check (id > 2)',
    counts: ['violations public.t c: 2'],
  },
  {
    given: T,
    statement: 'alter table t add check (t.id > 2 or email is not distinct from $$a$$)',
    counts: [`violations public.t CHECK (t.id > 2 or email is not distinct from $$a$$): 0`],
  },
  {
    given: T,
    statement: 'alter table t add check (n < 100)',
    counts: ['violations public.t CHECK ((n < 100)): 1'],
  },
  { given: T, statement: 'alter table t add check (n < 100) not valid', counts: [] },
  {
    given: `${T} alter table t add constraint c check (n < 100) not valid`,
    statement: 'alter table t validate constraint c',
    counts: ['violations public.t c: 1'],
  },
  {
    given: `${T} alter table t add constraint c check (n < 100000)`,
    statement: 'alter table t validate constraint c',
    counts: [],
  },
  {
    given: 'create table a (x int); create table b () inherits (a); insert into b values (1), (9)',
    statement: 'alter table a add constraint c check (x > 5) no inherit',
    counts: ['violations public.a c: 0'],
  },
  {
    given: 'create domain d as int; create table m (a d, b d); insert into m values (1, null), (9, 9)',
    statement: 'alter domain d add constraint low check (value < 5)',
    counts: ['violations public.m a (low): 1', 'violations public.m b (low): 1'],
  },
  {
    given: 'create domain d as int; create table m (a d, b d); insert into m values (1, null), (9, 9)',
    statement: 'alter domain d set not null',
    counts: ['nulls public.m a: 0', 'nulls public.m b: 1'],
  },
  {
    given:
      'create domain d as int; create table m (a d); insert into m values (1), (9); alter domain d add constraint low check (value < 5) not valid',
    statement: 'alter domain d validate constraint low',
    counts: ['violations public.m a (low): 1'],
  },
  {
    given: `create table w (a int, b int) partition by range (a); create table w1 (a int not null, b int); insert into w1 values (1, 1), (5, 5), (20, 1)`,
    statement: 'alter table w attach partition w1 for values from (0) to (10)',
    counts: ['violations public.w1 the partition bound: 1'],
  },
  {
    given: `create table w (a int, b text) partition by range (a, b); create table w1 (a int not null, b text not null);
      insert into w1 values (1, 'b'), (1, 'a'), (2, 'a'), (3, 'z')`,
    statement: `alter table w attach partition w1 for values from (1, 'b') to (3, minvalue)`,
    counts: ['violations public.w1 the partition bound: 2'],
  },
  {
    given: `create table w (a text) partition by list (a); create table w1 (a text); insert into w1 values ('x'), ('y'), (null), ('q');
      create table wd partition of w default; insert into w values ('x'), ('k')`,
    statement: `alter table w attach partition w1 for values in ('x', 'y', null)`,
    counts: [
      'violations public.w1 the partition bound: 1',
      'violations public.wd the bound of the new partition: 1',
    ],
  },
  {
    given: `create table w (a text) partition by list (a); create table wd partition of w default; insert into w values ('x'), ('k')`,
    statement: `create table w2 partition of w for values in ('x')`,
    counts: ['violations public.wd the bound of the new partition: 1'],
  },
  {
    given: `create table w (a int) partition by hash (a); create table w1 (a int); insert into w1 select generate_series(1, 3)`,
    statement: 'alter table w attach partition w1 for values with (modulus 1, remainder 0)',
    counts: ['violations public.w1 the partition bound: 0'],
  },
  {
    given: `create table s (v text, c varchar(9)); insert into s values ('abc', 'abcd  '), ('abcde', 'ab')`,
    statement: 'alter table s alter v type varchar(4), alter c type varchar(4)',
    counts: ['unconvertible public.s v: 1', 'unconvertible public.s c: 0'],
  },
  {
    given: `create table s (v int); insert into s values (12), (1234)`,
    statement: 'alter table s alter v type char(2)',
    counts: ['unconvertible public.s v: 1'],
  },
  {
    given: `create table s (v text); insert into s values ('abcde')`,
    statement: 'alter table s alter v type varchar(4) using v::varchar(4)',
    counts: [],
  },
  {
    given: 'create table s (v bigint, w bigint); insert into s values (1, 1), (3000000000, 5)',
    statement: 'alter table s alter v type int, alter w type smallint',
    counts: ['unconvertible public.s v: 1', 'unconvertible public.s w: 0'],
  },
  {
    given: `create table s (v int, c varchar(9)); insert into s values (1, 'abc')`,
    statement: 'alter table s alter v type bigint, alter c type varchar(10)',
    counts: [],
  },
  {
    given: `create table s (v numeric); insert into s values (1), (32767.4), ('NaN'), (32767.5)`,
    statement: 'alter table s alter v type smallint',
    counts: ['unconvertible public.s v: 2'],
  },
  {
    given: `create table s (v numeric); insert into s values (999.994), ('NaN'), (-999.995), (null)`,
    statement: 'alter table s alter v type numeric(5, 2)',
    counts: ['unconvertible public.s v: 1'],
  },
  {
    given: `create table s (v text); insert into s values ('1'), ('x'), (' 7 '), (null), ('99999999999')`,
    statement: 'alter table s alter v type int using v::int',
    counts: ['unconvertible public.s v: 2'],
    since: 16,
  },
  {
    given: `create type mood as enum ('a', 'b'); create type feeling as enum ('a', 'c'); create table s (v mood); insert into s values ('a'), ('b')`,
    statement: 'alter table s alter v type feeling using v::text::feeling',
    counts: [],
    proof: 'none',
  },
  {
    given: `create table s (v text); insert into s values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('nope')`,
    statement: `alter table s alter v type uuid using nullif(v, '')::uuid`,
    counts: ['unconvertible public.s v: 1'],
  },
  {
    given: `create table s (v text); insert into s values ('1'), ('')`,
    statement: `alter table s alter v type int using coalesce(nullif(v, ''), '0')::int, alter v set not null`,
    counts: [],
  },
  { given: T, statement: 'alter table missing alter a set not null', counts: [], proof: 'none' },
  { given: T, statement: 'alter table t alter missing set not null', counts: [], proof: 'none' },
  { given: T, statement: 'alter table t add y int, add constraint c check (y > 0)', counts: [] },
  {
    given: `create schema "S""x"; create table "S""x"."a';\n😀" ("ü\n;" int, "order" int); insert into "S""x"."a';\n😀" values (1, null), (1, null)`,
    statement: `alter table "S""x"."a';\n😀" add unique ("ü\n;"), alter "order" set not null`,
    counts: [`duplicates S"x.a';\n😀 ü\n;: 1`, `nulls S"x.a';\n😀 order: 2`],
  },
  {
    given:
      'create table "order" ("user" int, "select" int primary key); insert into "order" values (1, 1), (1, 2)',
    statement: 'alter table "order" add foreign key ("user") references "order", add unique ("user")',
    counts: ['orphans public.order user: 0', 'duplicates public.order user: 1'],
  },
];
