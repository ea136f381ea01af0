import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { jsonText } from '../../src/report/json-text.ts';
import { jsonReporter } from '../../src/report/lint-json.ts';
import { type LintJson, lintJsonSchema, lintOutputSchema } from '../../src/report/lint-json-schema.ts';
import type { LintedFile } from '../../src/report/linted.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { findingOf } from '../support/evidence.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { lintedFiles, written } from '../support/linted.ts';

const ajv = new Ajv2020({ strict: true });
formatsPlugin.default(ajv);
const isValid = ajv.compile(lintOutputSchema());

function judged(files: readonly LintedFile[]): LintJson {
  const text = written(jsonReporter({ postgres: 18 }), files);
  const value: unknown = JSON.parse(text);
  assert.ok(isValid(value), JSON.stringify(isValid.errors));
  return lintJsonSchema.parse(value);
}

describe('the JSON of a lint', () => {
  before(loadParser);

  it('has exactly the documented members', () => {
    const output = judged(
      lintedFiles({ 'a.sql': 'SELECT 1;\nCREATE INDEX i ON orders (note);', 'b.sql': 'SELEC 1' }),
    );
    assert.deepEqual(Object.keys(output), ['version', 'postgres', 'files', 'summary']);
    const [a, b] = output.files;
    assert.deepEqual(Object.keys(a ?? {}), ['path', 'tool', 'parsed', 'statements', 'findings']);
    assert.deepEqual(a?.statements[1], {
      line: 2,
      endLine: 2,
      column: 1,
      sql: 'CREATE INDEX i ON orders (note)',
      kind: 'IndexStmt',
      inTransaction: false,
      seen: true,
      locks: [{ relation: 'public.orders', mode: 'ShareLock', blocks: ['writes', 'ddl'] }],
      rewrites: [],
      scans: a?.statements[1]?.scans,
      builds: ['public.i'],
      dataLoss: [],
    });
    const [finding] = a?.findings ?? [];
    assert.deepEqual(Object.keys(finding ?? {}), [
      'rule',
      'severity',
      'line',
      'endLine',
      'column',
      'relation',
      'message',
      'help',
      'fix',
      'docs',
      'fingerprint',
      'also',
      'exception',
    ]);
    assert.equal(
      finding?.docs,
      'https://github.com/pullgres/pullgres/blob/main/src/rules/create-index-blocking/doc.md',
    );
    assert.equal(finding?.exception, null);
    assert.deepEqual([b?.parsed, b?.statements, b?.problems?.[0]?.line], [false, [], 1]);
  });

  it('names tables where rows are worked on, and every relation that is locked', () => {
    const [file] = judged(lintedFiles({ 'a.sql': 'ALTER TABLE orders ALTER total TYPE text;' })).files;
    const [statement] = file?.statements ?? [];
    assert.deepEqual(statement?.rewrites, ['public.orders']);
    assert.deepEqual(statement?.locks[0], {
      relation: 'public.orders',
      mode: 'AccessExclusiveLock',
      blocks: ['reads', 'writes', 'ddl'],
    });
    const names = statement?.locks.map(({ relation }) => relation) ?? [];
    assert.deepEqual(names, [...new Set(names)]);
  });

  it('says what is not seen, and why a finding is accepted', () => {
    const [file] = lintedFiles({ 'a.sql': "DO $$ BEGIN EXECUTE 'x' || current_user; END $$" });
    assert.ok(file);
    const exception = { reason: 'r', owner: '@o', until: '2027-01-31', source: 'file' as const };
    const output = judged([
      { ...file, findings: [{ finding: findingOf({ relation: undefined }), exception }] },
    ]);
    assert.equal(output.files[0]?.statements[0]?.seen, false);
    assert.deepEqual(output.files[0]?.findings[0]?.exception, {
      reason: 'r',
      owner: '@o',
      until: '2027-01-31',
    });
    assert.equal(output.files[0]?.findings[0]?.relation, null);
  });

  it('is the same document without files', () => {
    assert.deepEqual(judged([]).files, []);
  });

  it('survives hostile names, and holds nothing that a terminal or a runner obeys', () => {
    const random = seeded(7);
    for (let round = 0; round < 30; round += 1) {
      const name = hostileText(random, 8);
      const text = `ALTER TABLE "${name.replaceAll('"', '""').replaceAll('\0', '')}" DROP COLUMN "##[error]\u009b";`;
      const files = lintedFiles({ [name]: text });
      assert.equal(judged(files).files.length, 1);
      const output = written(jsonReporter({ postgres: 18 }), files);
      assert.doesNotMatch(output, /##\[|[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
      assert.doesNotMatch(output, /^\s*::/m);
    }
  });

  it('keeps what it escapes', () => {
    const texts = ['##[x]', '#\u200b#[x]', '\u009b\u202e\u2028\ufeff', '# # [', '🦆'];
    for (const text of texts) assert.equal(JSON.parse(jsonText(text)), text);
  });
});
