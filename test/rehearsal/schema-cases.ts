/** One thing that DDL does, and how it must be told: `change kind name`, and below it the lines. */
export type SchemaCase = {
  readonly name: string;
  readonly before?: string;
  readonly change: string;
  /** As `changeLines` writes them. */
  readonly told: readonly string[];
  readonly since?: number;
};

export const CASES: readonly SchemaCase[] = [
  {
    name: 'a table with all that is its own',
    change: `create table t (id bigint generated always as identity primary key, email text not null default 'x' unique);
      create index t_email on t (lower(email)); comment on table t is 'people'; comment on column t.email is 'where to write'`,
    told: [
      'table public.t is there',
      "+ COMMENT 'people'",
      '+ id bigint NOT NULL GENERATED ALWAYS AS IDENTITY',
      "+ email text NOT NULL DEFAULT 'x'::text",
      "+ COLUMN email COMMENT 'where to write'",
      '+ SEQUENCE t_id_seq AS bigint START 1 INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1',
      '+ SEQUENCE t_id_seq OWNED BY public.t.id',
      '+ CONSTRAINT t_email_key UNIQUE (email)',
      '+ CONSTRAINT t_pkey PRIMARY KEY (id)',
      '+ CREATE INDEX t_email ON public.t USING btree (lower(email))',
    ],
  },
  {
    name: 'a table that is gone',
    before: 'create table t (id int)',
    change: 'drop table t',
    told: ['table public.t is gone', '- id integer'],
  },
  {
    name: 'a table that was dropped and made again is no alteration',
    before: 'create table t (id int)',
    change: 'drop table t; create table t (id int)',
    told: ['table public.t is gone', '- id integer', 'table public.t is there', '+ id integer'],
  },
  {
    name: 'a table that was renamed, with all that names it left in peace',
    before: `create table u (id int primary key, n int check (n > 0)); create table r (u int references u (id));
      create view v as select id, n from u; create index u_n on u (n) where n > 3;
      create function f(a u) returns int language sql as 'select 1';
      create function g() returns trigger language plpgsql as 'begin return new; end';
      create trigger tr before insert on u for each row execute function g();
      alter table u enable row level security; create policy p on u using (n > 1)`,
    change: 'alter table u rename to w',
    told: ['table public.w has another name, was public.u'],
  },
  {
    name: 'a schema that was renamed',
    before: 'create schema a; create table a.t (id int primary key); create view a.v as select * from a.t',
    change: 'alter schema a rename to b',
    told: ['schema b has another name, was a'],
  },
  {
    name: 'a table in another schema',
    before: 'create schema a; create table t (id int)',
    change: 'alter table t set schema a',
    told: ['table a.t has another name, was public.t'],
  },
  {
    name: 'a column that was renamed, and what reads it',
    before: 'create table t (a int check (a > 0)); create view v as select a from t; create index i on t (a)',
    change: 'alter table t rename a to b',
    told: ['column public.t.b has another name, was public.t.a'],
  },
  {
    name: 'a column renamed and altered at once',
    before: 'create table t (a int)',
    change: 'alter table t rename a to b; alter table t alter b set not null',
    told: ['column public.t.b has another name, was public.t.a', '- integer', '+ integer NOT NULL'],
  },
  {
    name: 'a column that came and one that went',
    before: 'create table t (a int, b text)',
    change: 'alter table t drop b, add c numeric(4,2)',
    told: ['column public.t.b is gone', '- text', 'column public.t.c is there', '+ numeric(4,2)'],
  },
  {
    name: 'a column written anew by its new type',
    before: 'create table t (a int); create index i on t (a)',
    change: 'alter table t alter a type bigint',
    told: ['table public.t was written anew', 'column public.t.a is another', '- integer', '+ bigint'],
  },
  {
    name: 'an index that was built again',
    before: 'create table t (a int); create index i on t (a)',
    change: 'reindex index i',
    told: ['index public.i was written anew'],
  },
  {
    name: 'settings of a column',
    before: 'create table t (a text)',
    change:
      'alter table t alter a set storage external, alter a set statistics 500, alter a set (n_distinct = 5)',
    told: ['column public.t.a is another', '+ STORAGE EXTERNAL', '+ SET (n_distinct=5)', '+ STATISTICS 500'],
  },
  {
    name: 'compression of a column',
    before: 'create table t (a text)',
    change: 'alter table t alter a set compression pglz',
    told: ['column public.t.a is another', '+ COMPRESSION pglz'],
    since: 14,
  },
  {
    name: 'settings of a table',
    before: 'create table t (a int, b text)',
    change: `alter table t set (fillfactor = 70, toast.autovacuum_enabled = off); alter table t replica identity full;
      alter table t enable row level security; alter table t force row level security; alter table t set unlogged`,
    told: [
      'table public.t is another',
      '+ UNLOGGED',
      '+ WITH (fillfactor=70)',
      '+ WITH (toast.autovacuum_enabled=off)',
      '+ REPLICA IDENTITY FULL',
      '+ ENABLE ROW LEVEL SECURITY',
      '+ FORCE ROW LEVEL SECURITY',
      'table public.t was written anew',
    ],
  },
  {
    name: 'a constraint that was validated, one renamed, one dropped and made again',
    before: `create table t (a int, constraint x check (a > 1), constraint z check (a < 9));
      alter table t add constraint y check (a > 0) not valid`,
    change: `alter table t validate constraint y; alter table t rename constraint x to xx;
      alter table t drop constraint z; alter table t add constraint z check (a < 8)`,
    told: [
      'constraint xx on public.t has another name, was x on public.t',
      'constraint y on public.t is another',
      '- CHECK ((a > 0)) NOT VALID',
      '+ CHECK ((a > 0))',
      'constraint z on public.t is gone',
      '- CHECK ((a < 9))',
      'constraint z on public.t is there',
      '+ CHECK ((a < 8))',
    ],
  },
  {
    name: 'a NOT NULL constraint that is not validated',
    before: 'create table t (a int)',
    change: 'alter table t add constraint nn not null a not valid',
    told: [
      'column public.t.a is another',
      '- integer',
      '+ integer NOT NULL',
      'constraint nn on public.t is there',
      '+ NOT NULL a NOT VALID',
    ],
    since: 18,
  },
  {
    name: 'an index of a kept table: made, renamed, clustered on',
    before: 'create table t (a int, b int); create index i on t (a); create index j on t (b)',
    change: 'create unique index k on t (a, b); alter index i rename to ii; alter table t cluster on j',
    told: [
      'index public.ii has another name, was public.i',
      'index public.j is another',
      '+ CLUSTER ON',
      'index public.k is there',
      '+ CREATE UNIQUE INDEX k ON public.t USING btree (a, b)',
    ],
  },
  {
    name: 'a sequence that goes by other steps, not what it gave last',
    before: 'create sequence s; create table t (id serial)',
    change: "alter sequence s increment 5; select nextval('t_id_seq')",
    told: [
      'sequence public.s is another',
      '- AS bigint START 1 INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1',
      '+ AS bigint START 1 INCREMENT 5 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1',
    ],
  },
  {
    name: 'a view replaced, and one replaced by the same',
    before:
      'create table t (a int, b int); create view v as select a from t; create view w as select a from t',
    change: 'create or replace view v as select a, b from t; create or replace view w as select  a  from t',
    told: ['view public.v is another', '-  SELECT a', '+  SELECT a,', '+     b'],
    since: 16,
  },
  {
    name: 'the renamed column of a view',
    before: 'create view v as select 1 as a',
    change: 'alter view v rename a to b',
    told: ['column public.v.b has another name, was public.v.a'],
  },
  {
    name: 'a materialized view',
    before: 'create materialized view m as select 1 as a with no data',
    change: 'refresh materialized view m',
    told: [
      'materialized view public.m is another',
      '- WITH NO DATA',
      'materialized view public.m was written anew',
    ],
  },
  {
    name: 'a function: body, name, overload',
    before: `create function f(a int) returns int language sql as E'\\nselect 1\\n'; create function g() returns int language sql as 'select 2'`,
    change: `create or replace function f(a int) returns int language sql as E'\\nselect 3\\n'; alter function g() rename to h;
      create procedure f(a text) language sql as 'select 1'`,
    told: [
      'procedure public.f(IN a text) is there',
      '+ CREATE OR REPLACE PROCEDURE public.f(IN a text)',
      '+  LANGUAGE sql',
      '+ AS $procedure$select 1$procedure$',
      'function public.f(a integer) is another',
      '- select 1',
      '+ select 3',
      'function public.h() has another name, was public.g()',
    ],
    since: 14,
  },
  {
    name: 'an aggregate',
    change: 'create aggregate total(int) (sfunc = int4pl, stype = int, initcond = 0)',
    told: [
      'aggregate public.total(integer) is there',
      "+ SFUNC = int4pl, STYPE = integer, INITCOND = '0', PARALLEL = u",
    ],
  },
  {
    name: 'a trigger that is disabled, one of a partition, event triggers',
    before: `create function g() returns trigger language plpgsql as 'begin return new; end';
      create function e() returns event_trigger language plpgsql as 'begin end';
      create table t (a int); create trigger tr before insert on t for each row execute function g();
      create table p (a int) partition by list (a); create table p1 partition of p for values in (1)`,
    change: `alter table t disable trigger tr; create trigger all_ after insert on p for each row execute function g();
      create event trigger ev on ddl_command_end when tag in ('CREATE TABLE') execute function e()`,
    told: [
      'event trigger ev is there',
      "+ ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.e()",
      'trigger all_ on public.p is there',
      '+ CREATE TRIGGER all_ AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.g()',
      'trigger tr on public.t is another',
      '+ DISABLED',
    ],
  },
  {
    name: 'the triggers of foreign keys, disabled',
    before: 'create table u (id int primary key); create table t (a int references u)',
    change: 'alter table t disable trigger all',
    told: ['constraint t_a_fkey on public.t is another', '+ TRIGGERS NOT ENABLED AS USUAL'],
  },
  {
    name: 'a rule and a policy',
    before: 'create table t (a int); create policy p on t using (a > 0)',
    change:
      'create rule r as on delete to t do instead nothing; alter policy p on t using (a > 1) with check (a > 2)',
    told: [
      'policy p on public.t is another',
      '- AS PERMISSIVE FOR ALL TO PUBLIC USING ((a > 0))',
      '+ AS PERMISSIVE FOR ALL TO PUBLIC USING ((a > 1)) WITH CHECK ((a > 2))',
      'rule r on public.t is there',
      '+ CREATE RULE r AS',
      '+     ON DELETE TO public.t DO INSTEAD NOTHING;',
    ],
  },
  {
    name: 'types: labels, attributes, constraints',
    before: `create type mood as enum ('sad', 'glad'); create type pair as (x int, y text); create domain age as int check (value > 0);
      create type span as range (subtype = int8); create table t (m mood)`,
    change: `alter type mood add value 'so so' before 'glad'; alter type mood rename to humour; alter type pair add attribute z date;
      alter domain age set not null; alter domain age add constraint low check (value < 200); drop type span`,
    told: [
      'domain public.age is another',
      '- AS integer',
      '+ AS integer NOT NULL',
      'constraint low on public.age is there',
      '+ CHECK ((VALUE < 200))',
      'enum public.humour has another name, was public.mood',
      "+ 'so so'",
      'attribute public.pair.z is there',
      '+ date',
      'range public.span is gone',
      '- AS RANGE (SUBTYPE = bigint)',
    ],
  },
  {
    name: 'partitions: made, attached, told once with their parent',
    before: `create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1);
      create table p2 (a int, b int)`,
    change: `alter table p attach partition p2 for values in (2); alter table p add c text; create index pb on p (b);
      alter table p add constraint pc check (b > 0)`,
    told: [
      'column public.p.c is there',
      '+ text',
      'constraint pc on public.p is there',
      '+ CHECK ((b > 0))',
      'index public.pb is there',
      '+ CREATE INDEX pb ON ONLY public.p USING btree (b)',
      'table public.p2 is another',
      '+ PARTITION OF public.p FOR VALUES IN (2)',
    ],
  },
  {
    name: 'inheritance, and a default',
    before: 'create table a (x int); create table b (x int)',
    change: 'alter table b inherit a; alter table b alter x set default 3',
    told: [
      'table public.b is another',
      '+ INHERITS (public.a)',
      'column public.b.x is another',
      '- integer',
      '+ integer DEFAULT 3',
    ],
  },
  {
    name: 'privileges, owners and comments',
    before: `create table t (a int, b int); create function f() returns int language sql as 'select 1'; create schema s`,
    change: `grant select, insert on t to pg_monitor with grant option; grant update (a) on t to public; revoke execute on function f() from public;
      alter schema s owner to pg_monitor; comment on function f() is 'one'; comment on schema s is 'two'; revoke truncate on t from current_user`,
    told: [
      'function public.f() is another',
      '+ REVOKE EXECUTE FROM PUBLIC',
      "+ COMMENT 'one'",
      'table public.t is another',
      '+ GRANT INSERT, SELECT TO pg_monitor WITH GRANT OPTION',
      '+ REVOKE TRUNCATE FROM postgres',
      'column public.t.a is another',
      '+ GRANT UPDATE TO PUBLIC',
      'schema s is another',
      '+ OWNER TO pg_monitor',
      "+ COMMENT 'two'",
    ],
  },
  {
    name: 'default privileges',
    change: 'alter default privileges in schema public grant select on tables to pg_monitor',
    told: ['default privileges of postgres in public on tables is there', '+ GRANT SELECT TO pg_monitor'],
  },
  {
    name: 'publications, statistics, casts, operators, collations',
    before:
      "create table t (a int, b int); create function same(t, t) returns bool language sql as 'select true'",
    change: `create publication pub for table t with (publish = 'insert'); create statistics st (ndistinct) on a, b from t;
      create cast (t as text) with inout; create operator === (leftarg = t, rightarg = t, function = same);
      create collation mine from "C"`,
    told: [
      'publication pub is there',
      '+ PUBLISH insert',
      '+ TABLE public.t',
      'operator public.=== (public.t, public.t) is there',
      '+ FUNCTION = public.same, LEFTARG = public.t, RIGHTARG = public.t',
      'collation public.mine is there',
      '+ PROVIDER c DETERMINISTIC true LOCALE C',
      'statistics public.st is there',
      '+ CREATE STATISTICS public.st (ndistinct) ON a, b FROM public.t',
      'cast public.t AS text is there',
      '+ WITH INOUT',
    ],
  },
  {
    name: 'foreign tables, whose secrets are not told',
    before: `create foreign data wrapper w; create server s foreign data wrapper w options (host 'db', sslpassword 'hunter2')`,
    change: `alter server s options (set host 'other', set sslpassword 'hunter3'); create user mapping for public server s options (user 'joe', password 'hunter4');
      create foreign table ft (a int options (column_name 'x', token 'hunter5')) server s options (table_name 'y', api 'hunter6')`,
    told: [
      'user mapping public on s is there',
      '+ USER MAPPING',
      '+ OPTIONS (user ***, password ***)',
      'foreign table public.ft is there',
      "+ SERVER s OPTIONS (table_name 'y', api ***)",
      '+ a integer',
      "+ COLUMN a OPTIONS (column_name 'x', token ***)",
      'server s is another',
      "- OPTIONS (host 'db', sslpassword ***)",
      "+ OPTIONS (host 'other', sslpassword ***)",
    ],
  },
  {
    name: 'hostile names',
    before: 'create table "a"" b\n;c" ("😀 x" int)',
    change: `alter table "a"" b\n;c" rename "😀 x" to "'; drop table t; --"; create schema "Sch.ema"; create table "Sch.ema"."é\\" (a int)`,
    told: [
      'schema Sch.ema is there',
      '+ SCHEMA',
      'table Sch.ema.é\\ is there',
      '+ a integer',
      'column public.a" b\n;c.\'; drop table t; -- has another name, was public.a" b\n;c.😀 x',
    ],
  },
  {
    name: 'an extension, without its members',
    before: 'drop extension plpgsql',
    change: 'create extension plpgsql',
    told: [
      'extension plpgsql is there',
      "+ VERSION '1.0'",
      '+ SCHEMA pg_catalog',
      "+ COMMENT 'PL/pgSQL procedural language'",
    ],
  },
  {
    name: 'rows, temporary relations and statistics are no part of the schema',
    before: 'create table t (a int)',
    change:
      'insert into t select generate_series(1, 100); create temp table x (a int); analyze t; update t set a = 1',
    told: [],
  },
];
