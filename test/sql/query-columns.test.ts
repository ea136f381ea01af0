import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf } from './schema.ts';

before(loadParser);

const TABLES = `
CREATE TABLE a (id integer, name varchar(20), at timestamptz);
CREATE TABLE b (id integer, note text);
`;

/** The columns of the table that a statement makes: `id integer`. */
function columnsOf(sql: string): readonly string[] {
  const { relations } = schemaOf(`${TABLES}${sql}`);
  return (relations.get('public.n')?.columns ?? []).map(({ name, type }) => `${name} ${type}`);
}

describe('a table made of a query has the query’s columns', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [
      'CREATE TABLE n AS SELECT * FROM a',
      ['id integer', 'name character varying(20)', 'at timestamp with time zone'],
    ],
    ['CREATE TABLE n (x) AS SELECT id, note FROM b', ['x integer', 'note text']],
    [
      'SELECT b.*, a.name INTO n FROM a JOIN b ON a.id = b.id',
      ['id integer', 'note text', 'name character varying(20)'],
    ],
    [
      'CREATE TABLE n AS SELECT * FROM a JOIN b USING (id)',
      ['id integer', 'name character varying(20)', 'at timestamp with time zone', 'note text'],
    ],
    [
      'CREATE TABLE n AS SELECT a.*, b.* FROM a JOIN b USING (id)',
      ['id integer', 'name character varying(20)', 'at timestamp with time zone', 'id integer', 'note text'],
    ],
    [
      'CREATE TABLE n AS SELECT id AS x, NULL::int AS y FROM a UNION ALL SELECT 1, 2',
      ['x integer', 'y integer'],
    ],
    ['CREATE TABLE n AS WITH c (k, v) AS (SELECT id, note FROM b) SELECT v FROM c', ['v text']],
    [
      "CREATE TABLE n AS SELECT 1, 'x', true, 1.5, 99999999999, now(), count(*) FROM a",
      [
        '?column? integer',
        '?column? text',
        '?column? boolean',
        '?column? numeric',
        '?column? bigint',
        'now timestamp with time zone',
        'count bigint',
      ],
    ],
    [
      'CREATE TABLE n AS SELECT coalesce(sum(id), 0) AS s, coalesce(note, NULL) FROM b',
      ['s unknown', 'coalesce text'],
    ],
    ['CREATE TABLE n AS SELECT q.x FROM (SELECT id AS x FROM a) q', ['x integer']],
    ["CREATE TABLE n AS VALUES (1, 'a')", ['column1 integer', 'column2 text']],
    ['CREATE VIEW n (first) AS SELECT id, at FROM a', ['first integer', 'at timestamp with time zone']],
    [
      'CREATE MATERIALIZED VIEW n AS SELECT id = 1 AS is_one, EXISTS (SELECT FROM b) FROM a',
      ['is_one boolean', 'exists unknown'],
    ],
  ];
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(columnsOf(sql), expected));
});

describe('where nobody can tell how many columns there are, none are made up', () => {
  const cases = [
    'CREATE TABLE n AS SELECT * FROM stranger',
    'CREATE TABLE n AS SELECT * FROM generate_series(1, 3)',
    'CREATE TABLE n AS SELECT * FROM a NATURAL JOIN b',
    'CREATE TABLE n AS EXECUTE prepared',
  ];
  for (const sql of cases) test(sql, () => assert.deepEqual(columnsOf(sql), []));
});
