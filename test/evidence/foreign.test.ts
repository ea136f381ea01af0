import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { readForeignEvidence } from '../../src/evidence/foreign.ts';
import { MAXIMUM_EVIDENCE_BYTES } from '../../src/evidence/read.ts';
import type { Evidence } from '../../src/evidence/schema.ts';
import { recordedSql } from '../../src/evidence/statement.ts';
import { renderComment } from '../../src/report/comment.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const read = (evidence: unknown) => readForeignEvidence(JSON.stringify(evidence));

test('reads every evidence that Pullgres writes: small, hostile, with the longest SQL, brackets in texts', () => {
  const sql = recordedSql(`SELECT '${'[{"\\'.repeat(10_000)}'`);
  const samples: readonly Evidence[] = [
    ...Object.values(SCENARIOS),
    hostileEvidence(3, 200),
    judged({ lint: lintOf({ statements: Array.from({ length: 1_000 }, () => statementOf({ sql })) }) }),
    judged({ lint: lintOf({ findings: Array.from({ length: 3_000 }, () => findingOf()) }) }),
  ];
  for (const evidence of samples) {
    assert.deepEqual(read(evidence), JSON.parse(JSON.stringify(evidence)));
  }
});

const full = judged();
const table: readonly [string, string, RegExp][] = [
  ['arrays in arrays, 16 MiB of them', `${'['.repeat(8e6)}${']'.repeat(8e6)}`, /nested too deeply/],
  ['objects in objects', '{"a":'.repeat(2_000_000), /nested too deeply/],
  [
    'a text beyond 65,536',
    JSON.stringify({ ...full, tool: { name: 'x'.repeat(65_537) } }),
    /text is too long/,
  ],
  [
    'SQL that is longer than it is ever recorded',
    JSON.stringify(judged({ lint: lintOf({ statements: [statementOf({ sql: 'x'.repeat(10_002) })] }) })),
    /text is too long/,
  ],
  ['7 million zeros', JSON.stringify({ ...full, lint: Array(7e6).fill(0) }), /too many values/],
  ['empty objects', JSON.stringify({ ...full, lint: Array(160_000).fill({}) }), /too many values/],
  ['5,001 findings', JSON.stringify({ findings: Array(5_001).fill(0) }), /list is too long/],
  [
    '2,001 keys',
    JSON.stringify(Object.fromEntries(Array.from({ length: 2_001 }, (_, key) => [key, 0]))),
    /list is too long/,
  ],
  ['lists in a list of findings', JSON.stringify({ findings: [[Array(5_001).fill(0)]] }), /list is too long/],
  [
    'a version of another release',
    JSON.stringify({ ...full, version: 2 }),
    /not in Pullgres' format: see version\./,
  ],
  ['a key of another release', JSON.stringify({ ...full, '::error::': 1 }), /format: see the record\./],
  [
    'a wrong value deep within',
    JSON.stringify({
      ...full,
      lint: lintOf({ findings: [findingOf(), { ...findingOf(), rule: 7 } as never] }),
    }),
    /format: see lint\.findings\.1\.rule\./,
  ],
  [
    'a hundred thousand wrong records, at once',
    JSON.stringify({
      ...full,
      rehearsal: { migrations: Array(4_000).fill({ statements: Array(25).fill({}) }), findings: [] },
    }),
    /format: see rehearsal\.status\./,
  ],
  ['a text without its end', '{"a":"', /not JSON/],
  ['more than 16 MiB', ' '.repeat(MAXIMUM_EVIDENCE_BYTES + 1), /at most 16777216/],
  [
    'prototype keys',
    JSON.stringify(full).replace('{', '{"__proto__":{"admin":true},'),
    /not in Pullgres' format/,
  ],
];
for (const [what, text, says] of table) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => readForeignEvidence(text),
      (error) => error instanceof UserError && says.test(error.message),
    );
  });
}

test('the heaviest evidence that is read, findings times locks, is rendered in a moment and a few hundred MB', () => {
  const place = placeOf('f.sql', 1, 'x');
  const findings = Array.from({ length: 5_000 }, (_, index) =>
    findingOf({ rule: `r${index}`, place, relation: undefined }),
  );
  const locks = Array.from({ length: 2_000 }, (_, index) => ({
    relation: `r${index}`,
    mode: 'ShareLock' as const,
    heldMs: 1,
  }));
  const statement = observedOf({ place, sql: 'é'.repeat(10_000), locks });
  const run = {
    version: '1',
    file: 'f.sql',
    outcome: 'applied' as const,
    durationMs: 1,
    statements: [statement],
  };
  const evidence = judged({
    lint: lintOf({ findings, statements: [statementOf({ place, sql: 'é'.repeat(10_000) })] }),
    rehearsal: { status: 'passed', migrations: [run], findings: [] },
  });
  const started = performance.now();
  const comment = renderComment(read(evidence));
  assert.ok(performance.now() - started < 30_000, 'half a minute for what takes two seconds');
  assert.ok(comment.length < 60_000);
});
