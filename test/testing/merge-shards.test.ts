import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestsRecord, testsSchema } from '../../src/evidence/schema.ts';
import { parseJunit } from '../../src/testing/junit.ts';
import { mergeShards, type ShardOutcome } from '../../src/testing/merge-shards.ts';
import { mergedJunit } from '../../src/testing/merged-junit.ts';
import { countTests, type TestCase } from '../../src/testing/test-run.ts';

const outcome = (index: number, record: Partial<TestsRecord>, copyMs?: number): ShardOutcome => ({
  index,
  copyMs,
  record: { status: 'passed', failures: [], ...record },
});
const counts = (passed: number, failed = 0, errored = 0, skipped = 0) => ({
  passed,
  failed,
  errored,
  skipped,
});

test('the sum is as bad as the worst shard, and never green without all of them', () => {
  const statuses = [
    [['passed', 'passed'], 'passed'],
    [['passed', 'failed'], 'failed'],
    [['unproven', 'failed'], 'failed'],
    [['passed', 'unproven'], 'unproven'],
    [['passed', 'skipped'], 'unproven'],
    [[], 'unproven'],
  ] as const;
  for (const [all, expected] of statuses) {
    const merged = mergeShards(
      all.map((status, at) => outcome(at + 1, { status })),
      1,
    );
    assert.equal(merged.status, expected, all.join(' '));
  }
});

test('counts are summed, failures come worst first with their shard, reasons failed shards first', () => {
  const merged = mergeShards(
    [
      outcome(3, { status: 'unproven', reason: 'The report is missing.' }),
      outcome(1, { counts: counts(4, 0, 0, 1), durationMs: 10, exitCode: 0 }, 80),
      outcome(
        2,
        {
          status: 'failed',
          reason: 'It exited with code 3.',
          exitCode: 3,
          counts: counts(1, 1, 1),
          failures: [
            { name: 'breaks', message: 'b' },
            { name: 'fails', message: 'f', file: 'a.test.js', line: 3 },
          ],
        },
        90,
      ),
      outcome(4, {
        status: 'failed',
        counts: counts(0, 0, 1),
        failures: [{ name: 'breaks too', message: 'x' }],
      }),
    ],
    1234,
  );
  assert.deepEqual(merged, {
    status: 'failed',
    reason: 'Shard 2: It exited with code 3. Shard 3: The report is missing.',
    exitCode: 3,
    durationMs: 1234,
    counts: counts(5, 1, 2, 1),
    failures: [
      { name: 'shard 2 › breaks', message: 'b' },
      { name: 'shard 4 › breaks too', message: 'x' },
      { name: 'shard 2 › fails', message: 'f', file: 'a.test.js', line: 3 },
    ],
    shards: [
      { index: 1, status: 'passed', copyMs: 80, durationMs: 10, counts: counts(4, 0, 0, 1) },
      { index: 2, status: 'failed', reason: 'It exited with code 3.', copyMs: 90, counts: counts(1, 1, 1) },
      { index: 3, status: 'unproven', reason: 'The report is missing.' },
      { index: 4, status: 'failed', counts: counts(0, 0, 1) },
    ],
  });
  testsSchema.parse(merged);
});

test('at most 50 failures and five reasons are kept', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ name: `t${at}`, message: 'm' }));
  const all = Array.from({ length: 7 }, (_, at) =>
    outcome(at + 1, { status: 'failed', reason: 'No.', failures: many, counts: counts(0, 40) }),
  );
  const merged = mergeShards(all, 1);
  assert.equal(merged.failures.length, 50);
  assert.equal(
    merged.reason,
    'Shard 1: No. Shard 2: No. Shard 3: No. Shard 4: No. Shard 5: No. And 2 more shards.',
  );
});

const testCase = (name: string, status: TestCase['status'], more: Partial<TestCase> = {}): TestCase => ({
  name,
  status,
  message: undefined,
  file: undefined,
  line: undefined,
  durationMs: undefined,
  flaky: false,
  ...more,
});

test('the merged JUnit is read back as the cases that went in, under their shards, hostile texts and all', () => {
  const hostile = `</failure>]]><!-- & "'\n\tü\ufffe › secret`;
  const cases = [
    testCase('adds', 'passed', { durationMs: 1500, file: 'a.test.js', line: 4 }),
    testCase('breaks <b>"&\'', 'errored', { message: hostile }),
    testCase('fails', 'failed', { message: 'expected 1' }),
    testCase('later', 'skipped', { message: 'todo' }),
  ];
  const xml = mergedJunit(
    [
      { index: 2, run: undefined, reason: 'The test report 2.xml is missing.' },
      { index: 1, run: { file: '1.xml', cases }, reason: undefined },
    ],
    (text) => text.replaceAll('secret', '***'),
  );
  assert.ok(!xml.includes('secret'));
  const read = parseJunit(Buffer.from(xml), 'junit.xml');
  assert.deepEqual(countTests(read), { passed: 1, failed: 1, errored: 2, skipped: 1 });
  assert.deepEqual(
    read.cases.map(({ name, message, file, line, durationMs }) => [name, message, file, line, durationMs]),
    [
      ['shard 1 › adds', undefined, 'a.test.js', 4, 1500],
      [
        'shard 1 › breaks <b>"&\'',
        hostile.replace('secret', '***').replace('\ufffe', ''),
        undefined,
        undefined,
        undefined,
      ],
      ['shard 1 › fails', 'expected 1', undefined, undefined, undefined],
      ['shard 1 › later', 'todo', undefined, undefined, undefined],
      ['shard 2 › test report', 'The test report 2.xml is missing.', undefined, undefined, undefined],
    ],
  );
});
