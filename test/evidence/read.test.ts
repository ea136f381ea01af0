import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { UserError } from '../../src/errors.ts';
import {
  evidenceJsonSchema,
  MAXIMUM_EVIDENCE_BYTES,
  mergeEvidence,
  readEvidence,
} from '../../src/evidence/read.ts';
import { findingOf, judged, lintOf, observedOf, statementOf, testsOf } from '../support/evidence.ts';

const full = judged({
  lint: lintOf({
    findings: [findingOf()],
    accepted: [
      {
        finding: findingOf(),
        reason: 'The table is small.',
        owner: 'ann',
        until: '2027-01-31',
        source: 'policy' as const,
      },
    ],
    statements: [statementOf()],
  }),
  rehearsal: {
    status: 'passed',
    findings: [],
    migrations: [
      { version: '2', file: 'db/2.sql', outcome: 'applied', durationMs: 12.5, statements: [observedOf()] },
    ],
  },
  tests: testsOf({ exitCode: 0 }),
});

test('reads back what was written', () => {
  assert.deepEqual(readEvidence(JSON.stringify(full)), JSON.parse(JSON.stringify(full)));
});

test('refuses what is not this format, saying what to do', () => {
  const changed = (changes: object) => JSON.stringify({ ...full, ...changes });
  const table: [string, RegExp][] = [
    ['', /^The evidence is not JSON\.$/],
    [JSON.stringify(full).slice(0, 100), /not JSON/],
    ['null', /the record: /],
    ['[]', /the record: /],
    [changed({ version: 2 }), /format version 2; this Pullgres reads version 1/],
    [changed({ version: '1' }), /"version": /],
    [changed({ surprise: true }), /the record: Unrecognized key: "surprise"/],
    [changed({ branch: { name: 'x' } }), /"branch\.id": /],
    [changed({ run: { ...full.run, finishedAt: 'yesterday' } }), /"run\.finishedAt": /],
    [changed({ tests: testsOf({ durationMs: -1 }) }), /"tests\.durationMs": /],
  ];
  for (const [text, expected] of table) {
    assert.throws(
      () => readEvidence(text),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, expected);
        assert.ok(error.hint);
        return true;
      },
    );
  }
});

test('refuses more than 16 MiB before it parses', () => {
  const text = `"${'é'.repeat(MAXIMUM_EVIDENCE_BYTES / 2)}"`;
  assert.throws(() => readEvidence(text), /16777218 bytes long; at most 16777216/);
});

test('an error message quotes a hostile key without its control characters', () => {
  const text = JSON.stringify({ ...full, '\n::error::\u001b[31m': 1 });
  assert.throws(
    () => readEvidence(text),
    (error) => {
      assert.ok(error instanceof UserError);
      assert.doesNotMatch(error.message, /\p{Cc}(?<!\n)|\n::/u);
      return true;
    },
  );
});

test('a merged section is judged with the rest and leaves the base alone', () => {
  const base = judged();
  const merged = mergeEvidence(base, { tests: testsOf({ status: 'failed', reason: 'exit code 1' }) });
  assert.equal(base.verdict.conclusion, 'pass');
  assert.equal(base.tests, undefined);
  assert.deepEqual(merged.verdict, { conclusion: 'fail', reasons: ['The tests failed: exit code 1.'] });
  assert.equal(mergeEvidence(merged, { tests: testsOf() }).verdict.conclusion, 'pass');
});

test('the JSON Schema accepts and refuses what the reader does', () => {
  const ajv = new Ajv2020({ strict: false });
  formatsPlugin.default(ajv);
  const validate = ajv.compile(evidenceJsonSchema());
  const samples: [unknown, boolean][] = [
    [full, true],
    [judged({ lint: undefined }), true],
    [{ ...full, surprise: true }, false],
    [{ ...full, version: 2 }, false],
    [{ ...full, verdict: { conclusion: 'perhaps', reasons: [] } }, false],
    [{ ...full, run: undefined }, false],
  ];
  for (const [sample, accepted] of samples) {
    const json = JSON.parse(JSON.stringify(sample));
    assert.equal(validate(json), accepted, JSON.stringify(validate.errors));
    const read = () => readEvidence(JSON.stringify(sample));
    if (accepted) assert.ok(read());
    else assert.throws(read, UserError);
  }
});
