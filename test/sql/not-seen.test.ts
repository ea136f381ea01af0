import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf } from '../support/lint.ts';

before(loadParser);

const SCHEMA = 'CREATE TABLE users (id int PRIMARY KEY, n int);';
const seen = (sql: string) => judge(schemaOf(SCHEMA), sql).statements[0]?.effects.seen;

describe('what nobody can know is not seen', () => {
  const cases = [
    'UPDATE pg_index SET indisvalid = false',
    "DELETE FROM pg_catalog.pg_attribute WHERE attname = 'n'",
    "INSERT INTO pg_class (relname) VALUES ('x')",
    "LOAD 'auto_explain'",
    'IMPORT FOREIGN SCHEMA far FROM SERVER there INTO public',
    "COPY users FROM PROGRAM 'psql'",
    "COPY (SELECT 1) TO PROGRAM 'psql'",
    'SELECT 1 OPERATOR(public.===) 2',
    "SELECT query_to_xml('SEL' || n, true, true, '') FROM users",
  ];
  for (const sql of cases) test(sql, () => assert.equal(seen(sql), false));
});

describe('their neighbours are', () => {
  const cases = [
    'SELECT * FROM pg_index',
    'UPDATE users SET n = 1 WHERE id IN (SELECT oid::int FROM pg_class)',
    'COPY users FROM STDIN',
    "COPY users TO '/tmp/users'",
    'SELECT 1 OPERATOR(pg_catalog.=) 2, 1 = 2',
    "SELECT query_to_xml('SELECT 1', true, true, '')",
  ];
  for (const sql of cases) test(sql, () => assert.equal(seen(sql), true));
});
