import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ALLOWED_FIELDS,
  ALLOWED_FUNCTIONS,
  ALLOWED_OPERATORS,
  ALLOWED_TYPES,
} from '../../src/masking/allowed.ts';
import { checkExpression } from '../../src/masking/expression.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { testServer } from '../support/postgres.ts';

let connection: Connection;
before(async () => {
  connection = await openConnection(await testServer(), { applicationName: 'masking test' });
});
after(() => connection.close());

test('every allowed function is immutable in all of its overloads, by the server’s own catalog', async () => {
  const { rows } = await connection.query(
    `SELECT proname, bool_and(provolatile = 'i') AS immutable, bool_or(prokind <> 'f') AS special
       FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1) GROUP BY proname`,
    [[...ALLOWED_FUNCTIONS]],
  );
  assert.deepEqual(
    rows.filter((row) => row.immutable !== true || row.special === true),
    [],
  );
  assert.deepEqual(rows.map((row) => row.proname).toSorted(), [...ALLOWED_FUNCTIONS].toSorted());
});

test('every allowed operator runs an immutable function on texts and numbers', async () => {
  const { rows } = await connection.query(
    `SELECT DISTINCT oprname FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode
      WHERE oprnamespace = 'pg_catalog'::regnamespace AND provolatile = 'i'
        AND oprleft IN ('text'::regtype, 'integer'::regtype)`,
  );
  const known = rows.map((row) => row.oprname);
  for (const operator of ALLOWED_OPERATORS.values()) assert.ok(known.includes(operator), operator);
});

test('what is printed back runs, and gives what was written', async () => {
  const columns = ['id', 'email', 'name', 'born', 'data'];
  const row = `SELECT 7 AS id, 'Ann@Home.example'::text AS email, 'Ann Lee'::text AS name,
    '1984-05-06'::date AS born, '{"city": "Bern"}'::jsonb AS data`;
  const expressions = [
    "lower(email) || '-x'",
    "'a\\b' || id::text",
    "E'tab\\there'",
    'make_date(extract(year from born::date)::int, 1, 1)::text',
    "CASE WHEN id > 5 AND name LIKE 'Ann%' THEN left(name, 3) ELSE 'x' END",
    "coalesce(nullif(name, 'Ann Lee'), 'nobody')",
    "substring(name from 1 for 2) || overlay(email placing '*' from 2 for 3)",
    "data ->> 'city'",
    '(-id + 2 * 3)::text',
    "(id BETWEEN 1 AND 9 AND NOT name IN ('a', 'b') AND born IS NOT NULL)::text",
    "split_part(email, '@', 2)",
    'md5(name)::varchar(8)',
  ];
  for (const expression of expressions) {
    const { sql } = checkExpression(expression, { columns });
    const { rows } = await connection.query(
      `SELECT (${expression})::text AS a, (${sql})::text AS b FROM (${row}) AS own`,
    );
    assert.equal(rows[0]?.b, rows[0]?.a, sql);
    assert.notEqual(rows[0]?.b, null, sql);
  }
});

test('every allowed type and field is one that the server knows', async () => {
  for (const type of new Set(ALLOWED_TYPES.values())) {
    const { rows } = await connection.query(`SELECT CAST(NULL AS ${type}) AS value`);
    assert.equal(rows[0]?.value, null, type);
  }
  for (const field of ALLOWED_FIELDS) {
    const { rows } = await connection.query(
      `SELECT EXTRACT(${field} FROM timestamp '2026-11-21 09:10:11') IS NOT NULL AS known`,
    );
    assert.equal(rows[0]?.known, true, field);
  }
});
