import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import { starredEvidence } from '../../src/operations/starred-evidence.ts';

test('no text of lint, rehearsal and tests keeps a password; a fix that would write stars is none', () => {
  const fixes = [{ fix: [{ text: "password 'hunter2'" }] }, { fix: [{ text: 'concurrently' }] }];
  const evidence = {
    lint: {
      statements: [{ sql: "create role a password 'hunter2'" }],
      findings: fixes,
      files: ['password=a.sql'],
    },
    rehearsal: { migrations: [{ problem: { message: 'postgres://u:hunter2@h/x', file: 'password=a.sql' } }] },
    tests: { failures: [{ message: 'password: hunter2' }] },
    verdict: { reasons: ['postgres://u:hunter2@h/x'] },
  } as unknown as Evidence;
  const clean = starredEvidence(evidence);
  assert.doesNotMatch(JSON.stringify(clean), /hunter2/);
  assert.deepEqual(
    clean.lint?.findings.map(({ fix }) => fix.length),
    [0, 1],
  );
  assert.deepEqual(clean.lint?.files, ['password=a.sql']);
  assert.equal(clean.rehearsal?.migrations[0]?.problem?.file, 'password=a.sql');
});
