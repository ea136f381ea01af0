import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth } from '../../src/report/display-width.ts';
import { excerpt } from '../../src/report/excerpt.ts';
import { plain } from '../../src/report/plain.ts';

/** The excerpt for what stands between « and » in the text; the statement is all between ‹ and ›, or the same. */
function show(text: string, columns = 80): readonly string[] {
  const clean = text.replaceAll(/[«»‹›]/g, '');
  const at = (mark: string) => Buffer.byteLength((text.split(mark)[0] ?? '').replaceAll(/[«»‹›]/g, ''));
  const part = { startByte: at('«'), endByte: at('»') };
  const statement = text.includes('‹') ? { startByte: at('‹'), endByte: at('›') } : part;
  const line = clean
    .slice(0, Buffer.from(clean).subarray(0, statement.startByte).toString().length)
    .split('\n').length;
  const lines = excerpt(Buffer.from(clean), { statement, part, line }, { columns, clean: plain });
  return lines.flatMap(({ number, text: shown, marks }) => [
    `${number ?? ''}|${shown}`,
    ...(marks ? [` |${' '.repeat(marks.start)}${'^'.repeat(marks.end - marks.start)}`] : []),
  ]);
}

describe('an excerpt', () => {
  const cases: readonly [what: string, text: string, expected: readonly string[]][] = [
    [
      'one line among others',
      'SELECT 1;\n  «DROP TABLE a»; -- x\nSELECT 2;',
      ['2|  DROP TABLE a; -- x', ' |  ^^^^^^^^^^^^'],
    ],
    ['a tab before it', '\t«DROP»', ['1|    DROP', ' |    ^^^^']],
    ['wide characters before it', '/* 表示 */ «DROP»', ['1|/* 表示 */ DROP', ' |           ^^^^']],
    ['CRLF', 'a;\r\n«DROP»;\r\nb', ['2|DROP;', ' |^^^^']],
    ['a byte order mark', '\uFEFF«DROP»;', ['1|DROP;', ' |^^^^']],
    ['a control character in it', '«a\u001b[31mb»', ['1|a␛[31mb', ' |^^^^^^^']],
    [
      'a part of a statement',
      '‹ALTER TABLE t\n  ADD a int,\n  «DROP b»,\n  ADD c int›;',
      ['1|ALTER TABLE t', '2|  ADD a int,', '3|  DROP b,', ' |  ^^^^^^', '4|  ADD c int;'],
    ],
    ['two lines, both marked', '«SELECT\n   1»;', ['1|SELECT', ' |^^^^^^', '2|   1;', ' |   ^']],
  ];
  for (const [what, text, expected] of cases)
    it(`shows ${what}`, () => assert.deepEqual(show(text), expected));

  it('leaves the middle of a long statement out, not what is meant', () => {
    const values = Array.from({ length: 40 }, (_, n) => `  c${n} int`);
    values[20] = '  «c20 json»';
    const shown = show(`‹CREATE TABLE t (\n${values.join(',\n')}\n)›;`);
    assert.deepEqual(shown, [
      '1|CREATE TABLE t (',
      '2|  c0 int,',
      '|⋮',
      '21|  c19 int,',
      '22|  c20 json,',
      ' |  ^^^^^^^^',
      '23|  c21 int,',
      '24|  c22 int,',
      '|⋮',
      '42|);',
    ]);
  });

  it('cuts a long line on both sides, and keeps the marks under what they mark', () => {
    const [line = '', marks = ''] = show(`${'x'.repeat(500)} «DROP TABLE a»; ${'y'.repeat(500)}`, 40);
    assert.match(line, /^1\|…x+ DROP TABLE a; y+…$/);
    assert.equal(displayWidth(line.slice(2)), 40);
    assert.equal(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), 'DROP TABLE a');
  });

  it('costs little for one line of ten megabytes', () => {
    const started = performance.now();
    const shown = show(`«INSERT INTO t VALUES ('${'é'.repeat(5_000_000)}')»;`, 60);
    assert.ok(performance.now() - started < 2000);
    assert.equal(displayWidth((shown[0] ?? '').slice(2)), 60);
    assert.equal(shown[1]?.length, 62);
  });
});
