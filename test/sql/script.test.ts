// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what the texts hold
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { readScript, type ScriptOptions } from '../../src/sql/script.ts';

before(loadParser);

const PSQL: ScriptOptions = { psql: true };

function read(text: string, options: ScriptOptions = {}) {
  const { statements, problems } = readScript(text, 'a.sql', options);
  return {
    statements,
    problems,
    sql: statements.map(({ sql }) => sql),
    told: problems.map(({ line, column, message, hint }) => `${line}:${column} ${message} | ${hint}`),
  };
}

describe('what a server would get', () => {
  const cases: readonly [what: string, text: string, options: ScriptOptions, sql: readonly string[]][] = [
    ['variables', '\\set t orders\nSELECT * FROM :t;', PSQL, ['SELECT * FROM orders']],
    [
      'variables quoted as psql does',
      `\\set v 'it''s'\nSELECT :'v' AS :"v";`,
      PSQL,
      ["SELECT 'it''s' AS \"it's\""],
    ],
    ['a backslash in a value', "\\set v 'a\\\\b'\nSELECT :'v';", PSQL, ["SELECT  E'a\\\\b'"]],
    ['values that are joined', "\\set a x\n\\set b :a 'y' z\nSELECT :b;", PSQL, ['SELECT xyz']],
    [
      'no variable in strings, casts and slices',
      "\\set a x\nSELECT ':a', 1::a, b[1:2];",
      PSQL,
      ["SELECT ':a', 1::a, b[1:2]"],
    ],
    ['the name of an unset variable', "\\set a :b\nSELECT :'a';", PSQL, ["SELECT ':b'"]],
    ['whether a variable is set', '\\set é 1\nSELECT :{?é}, :{?b}, :é;', PSQL, ['SELECT TRUE, FALSE, 1']],
    ['a value before \\\\', '\\set a 1 \\\\ SELECT :a;', PSQL, ['SELECT 1']],
    ['statements that go together', 'SELECT 1 \\; SELECT 2;', PSQL, ['SELECT 1', 'SELECT 2']],
    ['two commands on a line', '\\set a x \\echo hi\nSELECT :a;', PSQL, ['SELECT x']],
    ['SQL behind \\\\', '\\timing \\\\ SELECT 1;', PSQL, ['SELECT 1']],
    [
      'statements that \\g sends',
      'SELECT 1 \\g\nSELECT 2 \\gx out.txt\nSELECT 3;',
      PSQL,
      ['SELECT 1', 'SELECT 2', 'SELECT 3'],
    ],
    ['a command inside a statement', 'SELECT\n\\echo hi\n1;', PSQL, ['SELECT\n\n1']],
    [
      'rows of COPY',
      "COPY t FROM stdin;\n1\\t;it's\n\\.\nSELECT 1;",
      PSQL,
      ['COPY t FROM stdin', 'SELECT 1'],
    ],
    ['rows without an end', 'SELECT 1;\nCOPY t FROM stdin;\n;;(\n', PSQL, ['SELECT 1', 'COPY t FROM stdin']],
    [
      'two copies on a line',
      'COPY t FROM stdin; COPY u FROM stdin;\n1\n\\.\n2\n\\.\nSELECT 1',
      PSQL,
      ['COPY t FROM stdin', 'COPY u FROM stdin', 'SELECT 1'],
    ],
    [
      'given values',
      'ALTER TABLE ${s}.{{ t }} ADD c int;',
      values({ s: 'app', t: 'orders' }),
      ['ALTER TABLE app.orders ADD c int'],
    ],
    [
      'given values in strings',
      `SELECT '\${v}', E'\${v}', "{{v}}", $$\${v}$$;`,
      values({ v: `a'"\\` }),
      [`SELECT 'a''"\\', E'a''"\\\\', "a'""\\", $$a'"\\$$`],
    ],
    ['given psql variables in a file of a tool', 'SELECT :x;', values({ x: '1' }), ['SELECT 1']],
    [
      'a value with a semicolon',
      'SELECT 1; ${more} SELECT 4',
      values({ more: 'SELECT 2; SELECT 3;' }),
      ['SELECT 1', 'SELECT 2', 'SELECT 3', 'SELECT 4'],
    ],
    [
      'placeholders in comments',
      "-- ${a} {{ b }} :c\nSELECT 1 /* {% x %} */, '{{ d }} ${e} :f @g@';",
      {},
      ["SELECT 1 /* {% x %} */, '{{ d }} ${e} :f @g@'"],
    ],
  ];
  for (const [what, text, options, sql] of cases) {
    it(what, () => {
      const found = read(text, options);
      assert.deepEqual(found.told, []);
      assert.deepEqual(found.sql, sql);
    });
  }

  it('keeps the places of the file', () => {
    const text = "\\set t 'a_longer_name'\nSELECT 1;\nSELECT * FROM :t; SELECT 2; -- é\nSELECT {{ x }}";
    const { statements } = read(text, { ...PSQL, ...values({ x: '3' }) });
    const bytes = Buffer.from(text);
    assert.deepEqual(
      statements.map(({ place, rendered }) => [
        place.line,
        place.column,
        bytes.toString('utf8', place.startByte, place.endByte),
        rendered ?? false,
      ]),
      [
        [2, 1, 'SELECT 1', false],
        [3, 1, 'SELECT * FROM :t', true],
        [3, 19, 'SELECT 2', false],
        [4, 1, 'SELECT {{ x }}', true],
      ],
    );
  });

  it('reads only its range', () => {
    const text = 'SELECT {{ a }};\n-- down\nSELECT {{ a }};';
    const range = { startByte: 0, endByte: 16 };
    assert.deepEqual(read(text, { ...values({ a: '1' }), range }).sql, ['SELECT 1']);
  });
});

function values(given: Readonly<Record<string, string>>): ScriptOptions {
  return { variables: new Map(Object.entries(given)) };
}

describe('what cannot be judged, and the statements beside it', () => {
  const cases: readonly [
    text: string,
    options: ScriptOptions,
    sql: readonly string[],
    told: readonly RegExp[],
  ][] = [
    ['SELECT 1; SELEC 2; SELECT 3', {}, ['SELECT 1', 'SELECT 3'], [/^1:11 syntax error at or near "SELEC"/]],
    ['SELEC 1;\nSELECT 2;\nSELEC 3;', {}, ['SELECT 2'], [/^1:1 syntax/, /^3:1 syntax/]],
    ['CREATE TABLE t (a int;\nSELECT 1;\n/* x */ SELECT 2;', {}, ['SELECT 1', 'SELECT 2'], [/^1:22 .*";"/]],
    ['CREATE TABLE t (a int,, b int;\nSELECT 1', {}, ['SELECT 1'], [/^1:23 .*","/]],
    ["SELECT 1; SELECT 'abc; SELECT 2", {}, ['SELECT 1'], [/^1:18 unterminated quoted string.*Close it/]],
    ['SELECT 1;\0 SELECT 2', {}, ['SELECT 1', 'SELECT 2'], [/^1:10 .*NUL byte/]],
    ['S\0E\0L\0E\0C\0T\0 \x001\0', {}, [], [/^1:2 .*NUL byte.*UTF-16/]],
    [
      'SELECT 1;\n\\connect x\nSELECT 2',
      {},
      ['SELECT 1', 'SELECT 2'],
      [/^2:1 \\connect is a psql meta-command/],
    ],
    [
      'COPY t FROM stdin;\n1;2\n\\.\nSELECT 1',
      {},
      ['COPY t FROM stdin', 'SELECT 1'],
      [/^1:1 COPY … FROM stdin/],
    ],
    ['COPY t FROM stdin;\nSELECT 1', {}, ['COPY t FROM stdin', 'SELECT 1'], [/^1:1 COPY … FROM stdin/]],
    [
      '\\connect x\nSELECT 1;\n\\c y\nSELECT 2',
      PSQL,
      ['SELECT 1', 'SELECT 2'],
      [/^3:1 \\c: .* another database/],
    ],
    ['\\i a.sql\nSELECT 1', PSQL, ['SELECT 1'], [/^1:1 \\i: .*not followed.*Name that file/]],
    [
      "SELECT 'DROP TABLE t' \\gexec\nSELECT 1",
      PSQL,
      ["SELECT 'DROP TABLE t'", 'SELECT 1'],
      [/\\gexec: .*rows/],
    ],
    ['\\if :x\nSELECT 1;\n\\else\nSELECT 2;\n\\endif', PSQL, ['SELECT 1', 'SELECT 2'], [/^1:1 \\if: which/]],
    ["\\copy t from 'it''s.csv' csv\nSELECT 1", PSQL, ['SELECT 1'], [/^1:1 \\copy: .*RowExclusiveLock/]],
    ['\\! rm -rf x\nSELECT 1', PSQL, ['SELECT 1'], [/\\!: what the shell does/]],
    ['\\frobnicate\nSELECT 1', PSQL, ['SELECT 1'], [/\\frobnicate: .*not known/]],
    ['\\set AUTOCOMMIT off\nSELECT 1', PSQL, ['SELECT 1'], [/^1:1 \\set AUTOCOMMIT off/]],
    [
      '\\set x `date`\nSELECT :x;',
      PSQL,
      [],
      [/^1:1 \\set: what the shell does/, /^2:8 the psql variable :x has no value/],
    ],
    [
      'SELECT 1 AS x \\gset\nSELECT :x;',
      PSQL,
      ['SELECT 1 AS x'],
      [/^2:8 the psql variable :x .*--define x=/],
    ],
    [
      'SELECT 1;\nALTER TABLE {{ s }}.t ADD c int;\nSELECT 2',
      {},
      ['SELECT 1', 'SELECT 2'],
      [/^2:13 the placeholder \{\{ s \}\} has no value here.*--define s=VALUE/],
    ],
    ['SELECT ${a.b};', values({ a: '1' }), [], [/^1:8 the placeholder \$\{a\.b\}/]],
    [
      '{% if x %}\nSELECT 1;\n{% endif %}\nSELECT 2',
      {},
      [],
      [/^1:1 .*\{% if x %\}.*Render/, /\{% endif %\}/],
    ],
    ['SELECT * FROM t WHERE a = %(id)s AND b', {}, [], [/^1:27 the placeholder %\(id\)s/]],
    ['SELECT * FROM @schema@.t', {}, [], [/^1:15 the placeholder @schema@/]],
    ['SELECT <%= x %>', {}, [], [/^1:8 the placeholder <%= x %>/]],
    ['SELECT #{x}', {}, [], [/^1:8 the placeholder #\{x\}/]],
    ["SELECT a[1:2] FROM t WHERE b @> c ' ", {}, [], [/^1:35 unterminated quoted/]],
    ['SELECT ${v}', values({ v: '1; \\d' }), ['SELECT 1'], [/\\d is a psql meta-command/]],
  ];
  for (const [text, options, sql, told] of cases) {
    it(JSON.stringify(text), () => {
      const found = read(text, options);
      assert.deepEqual(found.sql, sql);
      assert.equal(found.told.length, told.length, found.told.join('\n'));
      for (const [index, pattern] of told.entries()) assert.match(found.told[index] ?? '', pattern);
    });
  }

  it('tells of a hundred refusals, and counts the rest', () => {
    const { problems, statements } = read('SELEC 1; SELECT 2;\n'.repeat(900));
    assert.equal(statements.length, 900);
    assert.equal(problems.length, 101);
    assert.match(problems.at(-1)?.message ?? '', /^from here on 800 more statements could not be read$/);
    assert.equal(problems.at(-1)?.line, 101);
  });

  it('reads no statement that no machine has room for, and those beside it', () => {
    const { told, sql } = read(`SELECT 1; SELECT '${'x'.repeat(17_000_000)}'; SELECT 2`);
    assert.deepEqual(sql, ['SELECT 1', 'SELECT 2']);
    assert.match(told.join(), /^1:11 a statement of more than 16 MiB is not judged/);
  });

  it('reads half a million statements of one text, and says that more stand behind them', () => {
    const { statements, problems } = readScript('END;'.repeat(500_002), 'a.sql');
    assert.equal(statements.length, 500_000);
    assert.match(problems[0]?.message ?? '', /^behind 500,000 statements/);
    assert.equal(problems[0]?.column, 2_000_001);
  });

  it('stays linear on megabytes of nothing but trouble', () => {
    for (const one of [
      '(;',
      '\\zz',
      ':a;',
      "E'",
      '{{',
      '\\i x\n',
      '@a@ ',
      'SELECT (;\n',
      'COPY t FROM stdin;\n\\.\n\\i x\n',
      '\0;',
    ]) {
      const { problems } = read(one.repeat(1_000_000 / one.length), { ...PSQL, ...values({ z: '1' }) });
      assert.ok(problems.length > 0 && problems.length <= 201, `${one} ${problems.length}`);
    }
  });
});
