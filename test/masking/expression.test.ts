import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { checkExpression } from '../../src/masking/expression.ts';

const columns = ['id', 'email', 'name', 'born', 'note', 'data', 'Weird "Col"', 'select'];
const check = (text: string) => checkExpression(text, { columns });

test('what is allowed is printed back quoted, bound to pg_catalog, in parentheses', () => {
  const table: [text: string, sql: string][] = [
    ['email', '"email"'],
    ['EMAIL', '"email"'],
    ['"Weird ""Col"""', '"Weird ""Col"""'],
    ['"select"', '"select"'],
    ["'it''s'", "'it''s'"],
    ["'a\\b'", "E'a\\\\b'"],
    ["E'a\\nb'", "'a\nb'"],
    ['NULL', 'NULL'],
    ['true', 'TRUE'],
    ['42', '42'],
    ['1.5', '1.5'],
    ['-id', '(OPERATOR(pg_catalog.-) "id")'],
    ["'user' || id::text", `('user' OPERATOR(pg_catalog.||) CAST("id" AS text))`],
    ['cast(name as varchar(20))', 'CAST("name" AS character varying(20))'],
    ['id::numeric(10, 2)', 'CAST("id" AS numeric(10, 2))'],
    [
      "md5(lower(email)) || '@example.org'",
      `(pg_catalog."md5"(pg_catalog."lower"("email")) OPERATOR(pg_catalog.||) '@example.org')`,
    ],
    ['pg_catalog.upper(name)', 'pg_catalog."upper"("name")'],
    ["coalesce(name, 'x')", `COALESCE("name", 'x')`],
    ['id + 2 * 3', '("id" OPERATOR(pg_catalog.+) (2 OPERATOR(pg_catalog.*) 3))'],
    [
      "name LIKE 'a%' AND NOT note IS NULL",
      `(("name" OPERATOR(pg_catalog.~~) 'a%') AND (NOT ("note" IS NULL)))`,
    ],
    ["name IN ('a', 'b')", `("name" IN ('a', 'b'))`],
    ['id BETWEEN 1 AND 2', '("id" BETWEEN 1 AND 2)'],
    [
      "CASE WHEN id > 1 THEN 'x' ELSE name END",
      `(CASE WHEN ("id" OPERATOR(pg_catalog.>) 1) THEN 'x' ELSE "name" END)`,
    ],
    ['substring(name from 1 for 2)', 'SUBSTRING("name" FROM 1 FOR 2)'],
    ["overlay(name placing '*' from 2)", `OVERLAY("name" PLACING '*' FROM 2)`],
    [
      'make_date(extract(year from born::date)::int, 1, 1)',
      'pg_catalog."make_date"(CAST(EXTRACT(year FROM CAST("born" AS date)) AS integer), 1, 1)',
    ],
    ["data ->> 'city'", `("data" OPERATOR(pg_catalog.->>) 'city')`],
    ['email -- , pg_sleep(9)', '"email"'],
    ['email /* ; drop table x */', '"email"'],
    ['email /* unclosed', '"email"'],
  ];
  for (const [text, sql] of table) assert.equal(check(text).sql, sql, text);
});

test('the columns that are read are listed once, sorted', () => {
  assert.deepEqual(check("name || email || name || 'x'").columns, ['email', 'name']);
  assert.deepEqual(check("'x'").columns, []);
});

test('attacks are refused with what is not allowed and why', () => {
  const table: [text: string, reason: RegExp][] = [
    ['(select password from users limit 1)', /a subquery: a mask reads only its own row/],
    ["coalesce(name, (select 'x'))", /a subquery/],
    ['exists(select 1)', /the function `exists`|a subquery/],
    ['id in (select id from users)', /a subquery/],
    ['id = any(array(select 1))', /the function `any`|a subquery/],
    ["pg_read_file('/etc/passwd')", /the function `pg_read_file`: allowed are/],
    ["pg_catalog.pg_read_file('/etc/passwd')", /the function `pg_read_file`/],
    ['public.f(name)', /the function `public\.f`: only Postgres’ own functions/],
    ['public.lower(name)', /the function `public\.lower`/],
    ['pg_catalog.coalesce(name, 1)', /the function `coalesce`/],
    ["nextval('s')", /the function `nextval`/],
    ['pg_sleep(10)', /the function `pg_sleep`/],
    ['random()', /the function `random`/],
    ['now()', /the function `now`/],
    ["set_config('a', 'b', false)", /the function `set_config`/],
    ["dblink('x', 'y')", /the function `dblink`/],
    ['"lower "(name)', /the function `lower `/],
    ['current_user', /the session's user or clock/],
    ['current_date', /the session's user or clock/],
    ['orders.email', /`orders\.email`: a mask reads only its own row/],
    ['password', /the column `password`: the row has only `id`, `email`/],
    ['Name2', /the column `name2`/],
    ['customers.*', /`customers\.\*`/],
    ['count(*) over ()', /an aggregate or window call of `count`/],
    ['lower(name) filter (where true)', /an aggregate or window call|not one SQL expression/],
    ['lower(distinct name)', /an aggregate or window call/],
    ['count(*)', /`\*`|the function `count`/],
    ['name operator(public.||) note', /an operator of the schema `public`|not one SQL expression/],
    ['name OPERATOR(public.+) note', /an operator of the schema `public`/],
    ['name::regclass', /a cast to `regclass`/],
    ['name::public.mood', /a cast to `public\.mood`/],
    ['name::public.text', /a cast to `public\.text`/],
    ['name::text[]', /a cast to an array/],
    ["x'1F'", /a cast to `x`/],
    ['born at time zone name', /the operator `AT TIME ZONE`/],
    ['extract(year from born)', /EXTRACT on a value of unknown type/],
    ['extract(year from born::timestamptz)', /EXTRACT on a value of unknown type/],
    ['extract(epoch from born::date)', /the field `epoch`/],
    ['array[name]', /an array/],
    ['data[1]', /an array's element/],
    ['(name, note)', /a row of values/],
    ['$1', /a parameter/],
    ['default', /DEFAULT/],
    ['12345678901234567890', /at most 15 digits are read exactly/],
    ['name; drop table users', /not one SQL expression \(line 1, column 5\)/],
    ['name;', /not one SQL expression/],
    ['name, (select 1)', /not one SQL expression/],
    ['$$x$$', /not one SQL expression/],
    ['$a$x$a$', /not one SQL expression/],
    ["'unclosed", /not one SQL expression/],
    ["E'\\' || (select 1) || \\''", /not one SQL expression/],
    ['name) from users --', /not one SQL expression/],
    ['', /not one SQL expression/],
    ['   ', /not one SQL expression/],
    ["'x\u0000'", /a NUL character|not one SQL expression/],
    [`name ${'|| name '.repeat(101)}`, /so deep a nesting/],
    [`'${'x'.repeat(2000)}'`, /of 2002 characters is too long; at most 2000/],
  ];
  for (const [text, reason] of table) {
    assert.throws(
      () => check(text),
      (error) => {
        assert.ok(error instanceof UserError, `${text}: ${error}`);
        assert.match(error.message, reason, text);
        assert.ok(error.hint);
        return true;
      },
      text,
    );
  }
});

test('names and strings cannot break out of their quotes', () => {
  const row = { columns: ['a" || (select 1) || "b'] };
  assert.equal(checkExpression('"a"" || (select 1) || ""b"', row).sql, '"a"" || (select 1) || ""b"');
  assert.equal(check("'a'' || (select 1) || ''b'").sql, "'a'' || (select 1) || ''b'");
});

test('printing back what was printed changes nothing', () => {
  for (const text of ["lower(name) || 'x'", "CASE WHEN id > 1 THEN 'x' END", "id::text || '-' || name"]) {
    const once = check(text);
    assert.deepEqual(check(once.sql), once);
  }
});
