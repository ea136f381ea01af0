import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { prepare } from '../../src/sql/prepare.ts';
import type { SqlProblem, Statement } from '../../src/sql/statement.ts';

before(loadParser);

function statements(text: string, range?: { startByte: number; endByte: number }): readonly Statement[] {
  const parsed = parseSql(text, 'a.sql', range);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
  return parsed.statements;
}

function problem(text: string): SqlProblem {
  const parsed = parseSql(text, 'a.sql');
  assert.ok(!parsed.ok, 'the text is refused');
  return parsed.problem;
}

describe('statements', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    [' \n-- nothing\n/* at /* all */ */ ; ;', []],
    ['SELECT 1', ['SELECT 1']],
    ['  -- first\n SELECT 1 ;\n/* second */ SELECT 2 -- trailing\n ;', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';' ; SELECT 2", ["SELECT ';'", 'SELECT 2']],
    ["SELECT E'\\';' ; SELECT 2", ["SELECT E'\\';'", 'SELECT 2']],
    ["SELECT 'it''s; ' ; SELECT 2", ["SELECT 'it''s; '", 'SELECT 2']],
    ["SELECT '\\' ; SELECT 2", ["SELECT '\\'", 'SELECT 2']],
    ['SELECT 1 AS "a;""b" ; SELECT 2', ['SELECT 1 AS "a;""b"', 'SELECT 2']],
    ['SELECT $$;$$ ; SELECT $é$;$$;$é$', ['SELECT $$;$$', 'SELECT $é$;$$;$é$']],
    ['SELECT a$b$ FROM t; SELECT 2', ['SELECT a$b$ FROM t', 'SELECT 2']],
    ['PREPARE p AS SELECT $1; SELECT 2', ['PREPARE p AS SELECT $1', 'SELECT 2']],
    [
      'CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3',
      ['CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; SELECT 2)', 'SELECT 3'],
    ],
    [
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3',
      [
        'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
        'SELECT 3',
      ],
    ],
    ['BEGIN; SELECT 1; END; SELECT 2', ['BEGIN', 'SELECT 1', 'END', 'SELECT 2']],
    ['\\restrict abc\nSELECT 1;\n\\unrestrict abc\n', ['SELECT 1']],
    [
      "SELECT '\n\\restrict\n' ; SELECT E'\\d', $$\\d$$, \"\\d\" -- \\d\n /* \\d */",
      ["SELECT '\n\\restrict\n'", 'SELECT E\'\\d\', $$\\d$$, "\\d"'],
    ],
    [
      "COPY t TO stdout; COPY t FROM '/tmp/x'; SELECT 1",
      ['COPY t TO stdout', "COPY t FROM '/tmp/x'", 'SELECT 1'],
    ],
  ];
  for (const [text, expected] of cases)
    test(JSON.stringify(text), () =>
      assert.deepEqual(
        statements(text).map(({ sql }) => sql),
        expected,
      ),
    );
});

test('what is sent to a server has blanks where it would not understand, byte for byte', () => {
  const text = "\ufeff\\restrict é\r\nSELECT '\n\\restrict\n';\n\\unrestrict x";
  const prepared = prepare(text).toString();
  assert.equal(Buffer.byteLength(prepared), Buffer.byteLength(text));
  assert.equal(prepared.trim(), "SELECT '\n\\restrict\n';");
  assert.equal(prepared.split('\n').length, 5);
});

test('the kind is the node’s tag, and locations in the node count from the statement’s start', () => {
  const [, second] = statements("SELECT 'é'; DROP TABLE é");
  assert.equal(second?.kind, 'DropStmt');
  const [select] = statements('/* é */ SELECT 1').map(({ node }) => JSON.stringify(node));
  assert.match(select ?? '', /"location":7/);
});

describe('places', () => {
  const places = (text: string, range?: { startByte: number; endByte: number }): unknown =>
    statements(text, range).map(({ place }) => [
      place.line,
      place.column,
      place.endLine,
      place.endColumn,
      place.startByte,
      place.endByte,
    ]);
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['multi-byte text counts characters', "/* é😀 */ SELECT '😀'", [[1, 10, 1, 20, 13, 26]]],
    [
      'lines end in CRLF',
      'SELECT 1;\r\n  SELECT\r\n 2;',
      [
        [1, 1, 1, 9, 0, 8],
        [2, 3, 3, 3, 13, 23],
      ],
    ],
    ['a byte order mark takes no column', '\ufeffSELECT 1', [[1, 1, 1, 9, 3, 11]]],
    ['a dollar quote spans lines', 'SELECT $$\n\n$$', [[1, 1, 3, 3, 0, 13]]],
    ['blanked lines keep their bytes', '\\restrict x\nSELECT 1', [[2, 1, 2, 9, 12, 20]]],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.deepEqual(places(text), expected));

  test('a range is read alone, with places in the whole text', () => {
    const text = 'SELECT {{ no }};\nSELECT 2;\nDROP {{ no }}';
    const range = { startByte: text.indexOf('SELECT 2'), endByte: text.indexOf('DROP') };
    assert.deepEqual(places(text, range), [[2, 1, 2, 9, 17, 25]]);
  });

  test('the bytes of a place are the statement', () => {
    const text = '\ufeff-- é\nSELECT \'ü\' ;\n\tUPDATE "ß" SET a = 1 ; ';
    for (const { sql, place } of statements(text))
      assert.equal(Buffer.from(text).subarray(place.startByte, place.endByte).toString(), sql);
  });
});

describe('problems', () => {
  const cases: readonly (readonly [string, number, number, RegExp, RegExp])[] = [
    ['SELECT 1;\nSELEC 2', 2, 1, /^syntax error at or near "SELEC"$/, /grammar/],
    ["SELECT 'é😀'; sélec 2", 1, 14, /^syntax error at or near "sélec"$/, /grammar/],
    ['SELECT (1; SELECT 2', 1, 10, /at or near ";"/, /grammar/],
    ['SELECT 1 +;', 1, 11, /at or near ";"/, /grammar/],
    ['SELECT 1 +', 1, 11, /at end of input/, /ends in the middle/],
    ["SELECT 1;\n SELECT 'abc", 2, 9, /unterminated quoted string/, /Close it/],
    ['SELECT $a$ b', 1, 8, /unterminated dollar-quoted/, /Close it/],
    ['SELECT 1; /* abc', 1, 11, /unterminated \/\* comment/, /Close it/],
    ['SELECT {{ name }}', 1, 8, /the placeholder {{ name }} .* near "{"/, /--define name=VALUE/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the text holds
    ['SELECT ${name}', 1, 8, /the placeholder \${name} .* near "\$"/, /--define name=VALUE/],
    ['SELECT <%= name %>', 1, 8, /the placeholder <%= name %> .*: syntax error/, /Render the file/],
    ["SELECT :'name'", 1, 8, /the psql variable :'name' .* near ":"/, /--define name=VALUE/],
    ['CREATE TABLE `t` (id int)', 1, 14, /syntax error/, /double quotes/],
    ['<<<<<<< HEAD\nSELECT 1', 1, 1, /syntax error/, /merge conflict/],
    ['SELECT 1;\n  \\connect other', 2, 3, /^\\connect is a psql meta-command/, /connection/],
    ['\\i more.sql', 1, 1, /^\\i is a psql/, /included file/],
    ['SELECT 1 \\gexec', 1, 10, /^\\gexec is a psql/, /DO block/],
    ['\\d t', 1, 1, /^\\d is a psql/, /Remove/],
    ["\\copy t FROM 'x'", 1, 1, /^\\copy is a psql/, /INSERT/],
    [
      'SELECT 1;\nCOPY public.t (a, b) FROM stdin WITH (FORMAT csv);\n1,\\N\n\\.\n',
      2,
      1,
      /COPY … FROM stdin/,
      /INSERT/,
    ],
    ['SELECT 1;\nSELECT \0', 2, 8, /NUL byte/, /UTF-8/],
    ["SELECT 'a\0b'", 1, 10, /NUL byte/, /UTF-8/],
    // The first trouble in the text is the one that is told.
    ['SELEC 1; \\connect other', 1, 1, /syntax error/, /grammar/],
    [`CREATE TABLE "${'x'.repeat(50)}`, 1, 14, /unterminated quoted identifier/, /Close it/],
  ];
  for (const [text, line, column, message, hint] of cases)
    test(JSON.stringify(text).slice(0, 60), () => {
      const found = problem(text);
      assert.deepEqual([found.file, found.line, found.column], ['a.sql', line, column]);
      assert.match(found.message, message);
      assert.match(found.hint, hint);
    });
});

describe('texts that are too much', () => {
  const bombs: readonly (readonly [string, string])[] = [
    ['parentheses', `SELECT ${'('.repeat(20_000)}`],
    ['operators', `SELECT ${'1+'.repeat(20_000)}1`],
    ['negations', `SELECT ${'NOT '.repeat(20_000)}true`],
    ['unions', `SELECT 1${' UNION SELECT 1'.repeat(30_000)}`],
    ['subqueries', `SELECT ${'(SELECT '.repeat(3_000)}1${')'.repeat(3_000)}`],
  ];
  for (const [name, text] of bombs)
    test(`${name} nested too deeply are a problem, and the parser lives on`, () => {
      assert.match(problem(text).message, /nested too deeply/);
      assert.equal(statements('SELECT 1').length, 1);
    });

  test('a hundred crashes of the parser leave no trace', () => {
    const [, [, text]] = bombs as [unknown, readonly [string, string]];
    for (let round = 0; round < 100; round += 1) parseSql(text, 'a.sql');
    assert.equal(statements('CREATE TABLE t (id int); SELECT 1').length, 2);
  });

  test('ten megabytes in one string', () => {
    const [statement] = statements(`INSERT INTO t VALUES ('${'é'.repeat(5_000_000)}'); `);
    assert.equal(statement?.place.endByte, 10_000_025);
    assert.equal(statement?.place.endColumn, 5_000_026);
  });

  test('a hundred thousand statements in one line', () => {
    const one = "INSERT INTO t VALUES ('é');";
    const found = statements(one.repeat(100_000));
    assert.equal(found.length, 100_000);
    assert.equal(found.at(-1)?.place.column, 99_999 * one.length + 1);
    assert.equal(found.at(-1)?.place.startByte, 99_999 * (one.length + 1));
  });
});

test('a parser that is not loaded is a bug of the caller', async () => {
  const { spawnSync } = await import('node:child_process');
  const file = JSON.stringify(new URL('../../src/sql/parse.ts', import.meta.url).href);
  const script = `const { parseSql } = await import(${file}); parseSql('SELECT 1', 'a.sql');`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /loadParser\(\) must be awaited/);
});
