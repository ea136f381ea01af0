import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readInlineExceptions } from '../../src/policy/inline.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

before(loadParser);

const KNOWN = ['drop-column', 'rename-column', 'create-index-blocking'];
const FACTS = 'reason="not read since 4.2" owner=@ann until=2027-01-31';

function read(text: string) {
  const parsed = parseSql(text, 'm/1.sql');
  assert.ok(parsed.ok);
  const up = { startByte: 0, endByte: Buffer.byteLength(text) };
  return readInlineExceptions({ file: 'm/1.sql', text, up, statements: parsed.statements }, KNOWN);
}

/** Rule and first line of the statement that each exception speaks for; `file` when it speaks for all. */
function scopes(text: string): readonly string[] {
  const { exceptions, findings } = read(text);
  assert.deepEqual(
    findings.map(({ message }) => message),
    [],
  );
  return exceptions.map(({ rule, statement }) => `${rule} ${statement?.line ?? 'file'}`);
}

describe('whom a comment speaks for', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['the line before', `-- pullgres:allow drop-column ${FACTS}\nSELECT 1;\nSELECT 2;`, ['drop-column 2']],
    [
      'with a blank line between',
      `SELECT 1;\n-- pullgres:allow drop-column ${FACTS}\n\nSELECT 2;`,
      ['drop-column 4'],
    ],
    ['the end of the line', `SELECT 1; -- pullgres:allow drop-column ${FACTS}\nSELECT 2;`, ['drop-column 1']],
    [
      'the end of a statement of several lines',
      `SELECT\n1; -- pullgres:allow drop-column ${FACTS}\nSELECT 2;`,
      ['drop-column 1'],
    ],
    [
      'inside a statement',
      `SELECT\n-- pullgres:allow drop-column ${FACTS}\n1;\nSELECT 2;`,
      ['drop-column 1'],
    ],
    [
      'the last statement without a semicolon',
      `SELECT 1 -- pullgres:allow drop-column ${FACTS}`,
      ['drop-column 1'],
    ],
    ['the file', `SELECT 1;\n-- pullgres:allow-file drop-column ${FACTS}`, ['drop-column file']],
    [
      'several rules',
      `-- pullgres:allow drop-column, rename-column ${FACTS}\nSELECT 1`,
      ['drop-column 2', 'rename-column 2'],
    ],
    ['a block comment', `/* pullgres:allow drop-column ${FACTS} */ SELECT 1`, ['drop-column 1']],
    [
      'members before the rule’s end, in any order',
      `-- pullgres:allow drop-column until=2027-01-31 owner='the shop team' reason="not read since 4.2"\nSELECT 1`,
      ['drop-column 2'],
    ],
    [
      'two comments on one statement',
      `-- pullgres:allow drop-column ${FACTS}\n-- pullgres:allow rename-column ${FACTS}\nSELECT 1`,
      ['drop-column 3', 'rename-column 3'],
    ],
    ['none, in a string', `SELECT '-- pullgres:allow drop-column ${FACTS}'`, []],
    ['none, in a body', `DO $$ BEGIN\n-- pullgres:allow drop-column ${FACTS}\nNULL; END $$`, []],
    ['none, with another word', `-- pullgres:allowed drop-column ${FACTS}\nSELECT 1`, []],
    ['none, in the middle of a comment', `-- see pullgres:allow drop-column ${FACTS}\nSELECT 1`, []],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.deepEqual(scopes(text), expected));
});

test('the exception says who, why and until when, and stands at its comment', () => {
  const [exception] = read(`SELECT 1;\n  -- pullgres:allow drop-column ${FACTS}\nSELECT 2;`).exceptions;
  assert.ok(exception);
  const { reason, owner, until, path, source, place } = exception;
  assert.deepEqual(
    { reason, owner, until, path, source },
    { reason: 'not read since 4.2', owner: '@ann', until: '2027-01-31', path: 'm/1.sql', source: 'file' },
  );
  assert.deepEqual([place.line, place.column, place.endLine], [2, 3, 2]);
});

describe('what is wrong is a finding and waives nothing', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no reason', 'drop-column owner=@ann until=2027-01-31', /reason is missing/],
    ['no owner', 'drop-column reason="not read since 4.2" until=2027-01-31', /owner is missing/],
    ['no date', 'drop-column reason="not read since 4.2" owner=@ann', /until is missing/],
    ['nothing', 'drop-column', /reason is missing; owner is missing; until is missing/],
    ['a short reason', 'drop-column reason=ok owner=@ann until=2027-01-31', /at least 10/],
    ['an empty owner', 'drop-column reason="not read since 4.2" owner="" until=2027-01-31', /who answers/],
    ['no real day', 'drop-column reason="not read since 4.2" owner=@ann until=2027-02-30', /write a date/],
    ['another member', `drop-column ${FACTS} ticket=7`, /ticket is not one of/],
    ['no rule', FACTS, /names no rule/],
    ['more words', `drop-column because I say so ${FACTS}`, /`because I say so` is not understood/],
    ['an open quote', 'drop-column reason="not read owner=@ann until=2027-01-31', /is not understood|reason/],
  ];
  for (const [name, text, expected] of cases)
    test(name, () => {
      const { exceptions, findings } = read(`-- pullgres:allow ${text}\nSELECT 1`);
      assert.deepEqual(exceptions, []);
      assert.deepEqual([findings[0]?.rule, findings[0]?.severity], ['exception-invalid', 'warning']);
      assert.match(findings[0]?.message ?? '', expected);
    });

  test('an unknown rule, beside a known one that holds', () => {
    const { exceptions, findings } = read(`-- pullgres:allow drop-colum, rename-column ${FACTS}\nSELECT 1`);
    assert.deepEqual(
      exceptions.map(({ rule }) => rule),
      ['rename-column'],
    );
    assert.deepEqual(
      findings.map(({ rule, message }) => [rule, message]),
      [['exception-unknown-rule', 'This exception waives nothing: there is no rule `drop-colum`.']],
    );
  });

  test('no statement behind it', () => {
    const { exceptions, findings } = read(`SELECT 1;\n-- pullgres:allow drop-column ${FACTS}\n`);
    assert.deepEqual(exceptions, []);
    assert.match(findings[0]?.message ?? '', /no statement stands behind it/);
  });
});

test('ten thousand comments cost no more than their number', () => {
  const one = `-- pullgres:allow drop-column ${FACTS}\nSELECT 1;\n`;
  assert.equal(read(one.repeat(2_000)).exceptions.length, 2_000);
});
