import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf } from '../support/lint.ts';

before(loadParser);

describe('elements of CREATE SCHEMA reach the rules', () => {
  const schema = 'CREATE TABLE users (id int PRIMARY KEY, n int);';
  const cases: readonly [string, readonly string[]][] = [
    [
      'CREATE SCHEMA s CREATE TABLE t (id int PRIMARY KEY, u int REFERENCES public.users)',
      ['create-table-fk-locks-parent'],
    ],
    ['CREATE SCHEMA s CREATE TABLE t (id bigint PRIMARY KEY) CREATE INDEX i ON t (id)', []],
    ['CREATE SCHEMA s CREATE TABLE t (id bigint PRIMARY KEY) CREATE VIEW v AS SELECT id FROM t', []],
    ['CREATE SCHEMA s CREATE TABLE t (a text) GRANT ALL ON t TO PUBLIC', ['grant-public']],
    ['CREATE SCHEMA s', []],
  ];
  for (const [sql, expected] of cases)
    test(sql, () => assert.deepEqual(complainers(judge(schemaOf(schema), sql)), expected));
});
