import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { readScript } from '../../src/sql/script.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

before(loadParser);

const A = 'ALTER TABLE users ALTER n TYPE bigint;';

function told(text: string, psql = false): readonly string[] {
  return readScript(text, 'a.sql', { psql }).problems.map(({ message }) => message);
}

describe('what changes how the server reads the rest', () => {
  const cases: readonly [text: string, expected: RegExp | undefined][] = [
    ['SET standard_conforming_strings = off;', /^standard_conforming_strings/],
    ['SET LOCAL Standard_Conforming_Strings TO 0;', /^standard_conforming_strings/],
    ['SET "standard_conforming_strings" = \'false\';', /^standard_conforming_strings/],
    ["SELECT set_config('standard_conforming_strings', 'off', false);", /^standard_conforming_strings/],
    ["SELECT pg_catalog.set_config('standard_conforming_strings', x, false) FROM t;", /^standard/],
    ['DO $$ BEGIN SET standard_conforming_strings = off; END $$;', /^standard_conforming_strings/],
    ['SET standard_conforming_strings = on;', undefined],
    ['SET standard_conforming_strings TO DEFAULT;', undefined],
    ["SELECT set_config('standard_conforming_strings', 'on', false);", undefined],
    ["SELECT set_config('search_path', '', false);", undefined],
    ["SET client_encoding = 'LATIN1';", /^client_encoding/],
    ['SET client_encoding TO SJIS;', /^client_encoding/],
    ["SET NAMES 'BIG5';", /^client_encoding/],
    ["SELECT set_config('client_encoding', 'SJIS', true);", /^client_encoding/],
    ["SET client_encoding = 'UTF8';", undefined],
    ["SET client_encoding = 'utf-8';", undefined],
    ["SET NAMES 'UNICODE';", undefined],
    ["SET client_encoding = 'SQL_ASCII';", undefined],
    ["SET client_encoding = 'SQL_ASCII'; SELECT 'é';", /^client_encoding/],
  ];
  for (const [text, expected] of cases)
    it(text, () => {
      const found = told(`${text}\n${A}`);
      assert.equal(found.length, expected ? 1 : 0, found.join());
      if (expected) assert.match(found[0] ?? '', expected);
    });

  it('is nothing to those before it, and those behind it are judged all the same', () => {
    assert.deepEqual(told(`${A} SET standard_conforming_strings = off;`), []);
    const users = schemaOf('CREATE TABLE users (id bigint PRIMARY KEY, n int);');
    const result = judge(users, [sourceOf(`SET standard_conforming_strings = off; ${A}`)]);
    assert.equal(result.problems.length, 1);
    assert.ok(complainers(result).some((rule) => rule.startsWith('alter-column-type')));
  });
});

describe('what psql does beside the statements', () => {
  const cases: readonly [text: string, expected: RegExp | undefined][] = [
    ['\\encoding SJIS', /^\\encoding: .*another encoding/],
    ['\\encoding utf-8', undefined],
    ['\\encoding', undefined],
    ['SELECT 1 \\g |psql other', /^\\g: what the shell does/],
    ['SELECT 1 \\gx (format=csv) |sh', /^\\gx: what the shell does/],
    ['SELECT 1 \\g out.txt', undefined],
    ["\\o '|sh'", /^\\o: what the shell does/],
    ['\\o out.txt', undefined],
    ['\\set x `date`', /^\\set: what the shell does/],
    ["\\echo '`date`'", undefined],
    ['\\echo `date`', /^\\echo: what the shell does/],
    ['\\setenv PGDATABASE other', /^\\setenv: /],
    ['SELECT 1;\n\\c other', /^\\c: .*another database/],
    ['SELECT 1;\n\\connect other', /^\\connect: .*another database/],
  ];
  for (const [text, expected] of cases)
    it(text, () => {
      const found = told(`${text}\n${A}`, true);
      assert.equal(found.length, expected ? 1 : 0, found.join());
      if (expected) assert.match(found[0] ?? '', expected);
    });
});
