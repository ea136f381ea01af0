import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { lint } from '../../src/rules/lint.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { generator } from '../support/mutations.ts';

before(loadParser);

const SOUP = [
  "'",
  "''",
  '"',
  '$$',
  '$a$',
  '$',
  '\\',
  '\n',
  '\r\n',
  ' ',
  ';',
  '(',
  ')',
  '--',
  '/*',
  '*/',
  'é',
  '😀',
  '\ufeff',
  '\ud800',
  "E'",
  "U&'",
  'SELECT',
  'BEGIN',
  'ATOMIC',
  'END',
  'CASE',
  'COPY',
  'FROM',
  'stdin',
  'CREATE',
  'FUNCTION',
  'TABLE',
  't',
  '1',
  ',',
  '::',
  '{{',
  '\\restrict',
  'DO',
  'ALTER',
  'ADD',
  'COLUMN',
  '.',
  '\0',
  '\t',
];

test('token soup never crashes the splitter, and the statements found lie in order inside the text', () => {
  const pick = generator(20261121);
  for (let round = 0; round < 4_000; round += 1) {
    const text = Array.from({ length: 1 + pick(40) }, () => SOUP[pick(SOUP.length)]).join(pick(2) ? ' ' : '');
    const parsed = parseSql(text, 'soup.sql');
    if (!parsed.ok) {
      assert.ok(parsed.problem.line >= 1 && parsed.problem.column >= 1 && parsed.problem.hint !== '', text);
      continue;
    }
    let end = 0;
    for (const { place, sql } of parsed.statements) {
      assert.ok(place.startByte >= end && place.endByte > place.startByte, JSON.stringify(text));
      assert.ok(sql.trim() === sql && sql !== '', JSON.stringify(text));
      end = place.endByte;
    }
    assert.ok(end <= Buffer.byteLength(text));
  }
});

test('statements in any order, on a schema that fits or not, never crash the model', () => {
  const pick = generator(7);
  const pool = [
    ...CASES.map(({ sql }) => sql).filter((sql) => parseSql(sql, 'case.sql').ok),
    ...statementTexts(WORLD),
  ];
  for (let round = 0; round < 60; round += 1) {
    const text = Array.from({ length: 60 }, () => pool[pick(pool.length)]).join(';\n');
    const result = lint({
      sources: [
        {
          file: 'any.sql',
          text,
          up: { startByte: 0, endByte: Buffer.byteLength(text) },
          transaction: 'none',
        },
      ],
      catalog: { ...EMPTY_CATALOG, complete: pick(2) === 1 },
      version: pick(2) ? 13 : 18,
      severities: {},
    });
    assert.deepEqual(result.problems, []);
    assert.equal(result.statements.length, 60);
  }
});

test('circles that no server takes do not hang the model', () => {
  const text = `
    CREATE TABLE a (i int); ALTER TABLE a INHERIT a; CREATE TABLE b (); ALTER TABLE a INHERIT b; ALTER TABLE b INHERIT a;
    ALTER TABLE a ADD COLUMN z float DEFAULT random(); CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT * FROM v;
    SELECT * FROM v; LOCK TABLE v; CREATE DOMAIN d AS d; ALTER TABLE b ALTER COLUMN z TYPE d; DROP TABLE a CASCADE`;
  const sources = [
    {
      file: 'a.sql',
      text,
      up: { startByte: 0, endByte: Buffer.byteLength(text) },
      transaction: 'none' as const,
    },
  ];
  assert.equal(lint({ sources, catalog: EMPTY_CATALOG, version: 18, severities: {} }).statements.length, 13);
});

function statementTexts(sql: string): readonly string[] {
  const parsed = parseSql(sql, 'world.sql');
  assert.ok(parsed.ok);
  return parsed.statements.map((statement) => statement.sql);
}
