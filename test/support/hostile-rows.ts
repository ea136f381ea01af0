/** Tables of every kind, and types whose binary form one server could not read from another. */
export const HOSTILE = `
  create schema "S ""x";
  create table "S ""x"."T; drop" ("a b" int, "select" text, "ctid_" text, "q""q" int generated always as identity, v int generated always as ("a b" * 2) stored);
  create unlogged table u (n int);
  create table nothing ();
  create table none (id int, t text);
  create table base (id int); create table derived (extra text) inherits (base);
  create table part (id int, at date, primary key (id)) partition by range (id);
  create table part_1 partition of part for values from (0) to (10);
  create table part_2 (at date, gone int, id int not null); alter table part_2 drop column gone; alter table part attach partition part_2 for values from (10) to (20);
  create table secured (id int, t text); alter table secured enable row level security; alter table secured force row level security;
  create type mood as enum ('sad', 'o''k'); create type pair as (a int, b text);
  create table typed (m mood, ms mood[], p pair, ps pair[], b bytea, j jsonb, f float8, n numeric, i interval, t timestamptz, d date, c money, x xml, r int4range, o regclass, u uuid);
  create table texts (id int, t text, "\\" text)`;
export const HOSTILE_ROWS = `
  insert into "S ""x"."T; drop" ("a b", "select", "ctid_") select i, case i % 5 when 0 then null when 1 then E'\\\\.' when 2 then E'tab\\t nl\\n cr\\r bs\\\\' when 3 then '\\N' else '' end, '🦉' from generate_series(1, 50) i;
  insert into u select generate_series(1, 20);
  insert into nothing select from generate_series(1, 7);
  insert into base values (1); insert into derived values (2, 'x');
  insert into part select i, date '2026-01-01' + i from generate_series(0, 19) i;
  insert into secured values (1, 'x');
  insert into typed values ('o''k', '{sad,NULL}', '(1,"a,""b")', array['(1,x)'::pair], '\\x000a5c', '{"a": "\\u00e9\\\\"}', 0.1::float8 + 0.2, 'NaN', '1 mon -3 days 04:05:06.789', 'infinity', '4713-01-01 BC', 12.5, '<a>x</a>', '[1,5)', 'public.texts', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
  insert into texts values (1, E'\\\\.', E'\\\\'), (2, E'\\\\.\\n\\\\.', null), (3, E'\\x01\\x7f', ''), (4, repeat(E'\\\\', 9), 'x')`;
/** Those that hold rows, as SQL. */
export const HOSTILE_TABLES = [
  '"S ""x"."T; drop"',
  'public.u',
  'public.nothing',
  'public.none',
  'public.base',
  'public.derived',
  'public.part_1',
  'public.part_2',
  'public.secured',
  'public.typed',
  'public.texts',
];
