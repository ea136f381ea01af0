import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { jsonReporter } from '../../src/report/lint-json.ts';
import { sarifReporter } from '../../src/report/sarif.ts';
import { rules } from '../../src/rules/registry.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';
import { lintedFiles, written } from '../support/linted.ts';

before(loadParser);

const everyRule = Object.fromEntries(rules.map(({ slug }) => [slug, 'error' as const]));
const times = (text: string, count: number) => text.repeat(count);
const around = (open: string, middle: string, close: string) => (depth: number) =>
  times(open, depth) + middle + times(close, depth);

/** What nests, by how deep. Each stands as its own statement between two that must still be judged. */
const NESTED: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: (depth) => `ALTER TABLE t ADD CHECK (${around('(', 'a > 1', ')')(depth)})`,
  subqueries: (depth) => `SELECT ${around('(SELECT ', '1', ')')(depth)}`,
  'subqueries in FROM': (depth) => `DELETE FROM t USING ${around('(SELECT * FROM ', 't', ') x')(depth)}`,
  EXISTS: (depth) => `DELETE FROM t WHERE ${around('EXISTS (SELECT 1 FROM t WHERE ', 'true', ')')(depth)}`,
  CASE: (depth) => `UPDATE t SET a = ${around('CASE WHEN true THEN ', '1', ' END')(depth)}`,
  'CASE in an index': (depth) =>
    `CREATE INDEX ON t ((${around('CASE WHEN true THEN ', 'a', ' END')(depth)}))`,
  arrays: (depth) => `INSERT INTO t VALUES (${around('ARRAY[', '1', ']')(depth)})`,
  'JSON builders': (depth) => `INSERT INTO t VALUES (${around('jsonb_build_array(', '1', ')')(depth)})`,
  'calls in a default': (depth) => `ALTER TABLE t ADD c int DEFAULT ${around('abs(', '1', ')')(depth)}`,
  'common table expressions': around('WITH x AS (', 'INSERT INTO t VALUES (1)', ') SELECT 1'),
  negations: (depth) => `ALTER TABLE t ADD CHECK (${times('NOT ', depth)}true)`,
  sums: (depth) => `ALTER TABLE t ALTER a TYPE bigint USING a${times(' + 1', depth)}`,
  unions: (depth) => `CREATE VIEW v AS SELECT 1${times(' UNION SELECT 1', depth)}`,
  joins: (depth) => `SELECT * FROM ${times('(', depth)}t${times(' JOIN t x ON true)', depth)}`,
  'a partition predicate': (depth) =>
    `CREATE INDEX ON t (a) WHERE ${around('(', 'a = 1', ' OR a = 1)')(depth)}`,
  'blocks in DO': (depth) => `DO $$ ${around('BEGIN ', 'DROP TABLE t;', ' END;')(depth)} $$`,
  'IF in DO': (depth) => `DO $$ BEGIN ${around('IF true THEN ', 'DROP TABLE t;', ' END IF;')(depth)} END $$`,
  'DO in DO': (depth) =>
    Array.from({ length: Math.min(depth, 50) }).reduce<string>(
      (inner, _, level) => `DO $d${level}$ BEGIN ${inner}; END $d${level}$`,
      'DROP TABLE t',
    ),
};

describe('a thousand deep', () => {
  for (const [what, nested] of Object.entries(NESTED))
    it(`${what}: judged, or said to be too deep, and the statements beside it are judged`, () => {
      for (const depth of [1000, 10_000]) {
        const text = `DROP TABLE one; ${nested(depth)}; DROP TABLE two;`;
        const { statements, findings, problems } = judge(
          schemaOf('CREATE TABLE t (a int); CREATE TABLE one (); CREATE TABLE two ()'),
          [sourceOf(text, 'none')],
          { severities: everyRule },
        );
        assert.equal(statements.length + problems.length, 3);
        for (const { message } of problems) assert.match(message, /^nested too deeply/);
        const dropped = findings.filter(({ rule }) => rule === 'drop-table').map(({ relation }) => relation);
        assert.ok(dropped.includes('public.one') && dropped.includes('public.two'), what);
      }
    });
});

describe('very many', () => {
  it('statements of one file, each with a finding, in every format', () => {
    const text = Array.from(
      { length: 5000 },
      (_, index) => `ALTER TABLE t${index % 500} ADD c${index} int NOT NULL;`,
    );
    const tables = Array.from({ length: 500 }, (_, index) => `CREATE TABLE t${index} ();`).join('');
    const files = lintedFiles({ 'a.sql': text.join('\n') }, tables);
    const [file] = files;
    assert.equal(file?.statements.length, 5000);
    assert.equal(file?.findings.length, 5000);
    const { files: shown } = JSON.parse(written(jsonReporter({ postgres: 18 }), files));
    assert.equal(shown[0].findings.at(-1).line, 5000);
    const { runs } = JSON.parse(written(sarifReporter(new Map()), files));
    assert.equal(runs[0].results.length, 5000);
  });

  it('tables in one statement, each with findings', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `t${index}`);
    const schema = schemaOf(names.map((name) => `CREATE TABLE ${name} (a int);`).join('\n'));
    const { findings } = judge(schema, `DROP TABLE ${names.join(', ')}`);
    assert.equal(findings.filter(({ rule }) => rule === 'drop-table').length, 2000);
  });
});

describe('what hides a statement', () => {
  it('a carriage return ends a comment, as for the server', () => {
    const { findings } = judge(schemaOf('CREATE TABLE t ()'), '-- harmless\rDROP TABLE t;');
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['drop-table'],
    );
  });

  it('a broken statement before it: what that would have made counts as unknown, and so as in use', () => {
    const text = 'CREATE TABEL broken (id int); CREATE INDEX ON broken (id); SELEC; DROP TABLE t';
    const { findings, problems } = judge(schemaOf('CREATE TABLE t ()'), [sourceOf(text, 'none')]);
    assert.equal(problems.length, 2);
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['create-index-blocking', 'drop-table'],
    );
  });

  it('a value that was put in gives a finding at the place of the file, without a fix', () => {
    const source = { ...sourceOf('\\set t orders\nCREATE INDEX ON :t (a);', 'none'), psql: true };
    const { findings } = judge(schemaOf('CREATE TABLE orders (a int)'), [source]);
    assert.deepEqual(
      findings.map(({ rule, relation, place, fix }) => [rule, relation, place.line, place.endColumn, fix]),
      [['create-index-blocking', 'public.orders', 2, 23, []]],
    );
  });

  it('a file that could not be read leaves the schema unknown for those behind it', () => {
    const problem = { file: 'a.sql', line: 1, column: 1, message: 'no', hint: 'x' };
    const sources = [
      { ...sourceOf('', 'none', 'a.sql'), problem },
      sourceOf('CREATE INDEX ON made_in_a (id);', 'none', 'b.sql'),
    ];
    const result = judge(schemaOf('CREATE TABLE t ()'), sources);
    assert.deepEqual(result.problems, [problem]);
    assert.deepEqual(
      result.findings.map(({ rule }) => rule),
      ['create-index-blocking'],
    );
  });
});
