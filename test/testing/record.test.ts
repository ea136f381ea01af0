import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { testsSchema } from '../../src/evidence/schema.ts';
import { testsRecord } from '../../src/testing/record.ts';
import type { CommandOutcome } from '../../src/testing/run-command.ts';
import type { TestCase, TestRun, TestStatus } from '../../src/testing/test-run.ts';

const exited = (exitCode: number): CommandOutcome => ({
  exitCode,
  signal: undefined,
  startFailure: undefined,
  durationMs: 1_500,
  timedOut: false,
  cancelled: false,
  tail: [],
});
const killed: CommandOutcome = { ...exited(0), exitCode: undefined, signal: 'SIGTERM' };

const testCase = (name: string, status: TestStatus, more: Partial<TestCase> = {}): TestCase => ({
  name,
  status,
  message: status === 'passed' ? undefined : `${name} said so`,
  file: undefined,
  line: undefined,
  durationMs: 1,
  flaky: false,
  ...more,
});
const run = (...statuses: TestStatus[]): TestRun => ({
  file: 'junit.xml',
  cases: statuses.map((status, index) => testCase(`t${index}`, status)),
});
const broken = new UserError('The test report junit.xml is missing.');

const judged: readonly {
  when: string;
  outcome: CommandOutcome;
  junit?: TestRun | UserError;
  status: string;
  reason?: string;
}[] = [
  { when: 'it exited 0 and no report was asked for', outcome: exited(0), status: 'passed' },
  {
    when: 'it exited 0 and all tests passed',
    outcome: exited(0),
    junit: run('passed', 'skipped'),
    status: 'passed',
  },
  {
    when: 'it exited 0 but the report shows failures',
    outcome: exited(0),
    junit: run('passed', 'failed', 'errored'),
    status: 'failed',
    reason: 'The test command exited 0, but the report shows 2 failures.',
  },
  {
    when: 'it exited 0 but the report cannot be used',
    outcome: exited(0),
    junit: broken,
    status: 'unproven',
    reason: 'The test command exited 0, but the test report junit.xml is missing.',
  },
  {
    when: 'it exited 0 but every test was skipped',
    outcome: exited(0),
    junit: run('skipped'),
    status: 'unproven',
    reason: 'The test command exited 0, but all 1 test in the report were skipped.',
  },
  {
    when: 'it exited 1',
    outcome: exited(1),
    status: 'failed',
    reason: 'The test command exited with code 1.',
  },
  {
    when: 'it exited 1 with a report',
    outcome: exited(1),
    junit: run('passed', 'failed'),
    status: 'failed',
    reason: 'The test command exited with code 1; 1 of 2 tests failed.',
  },
  {
    when: 'it exited 1 though every test in the report passed',
    outcome: exited(1),
    junit: run('passed'),
    status: 'failed',
    reason: 'The test command exited with code 1; 0 of 1 test failed.',
  },
  { when: 'it exited 1 without its report', outcome: exited(1), junit: broken, status: 'failed' },
  {
    when: 'the shell did not find it',
    outcome: exited(127),
    status: 'failed',
    reason: 'The test command exited with code 127 (the shell did not find it).',
  },
  {
    when: 'a signal killed it',
    outcome: killed,
    status: 'failed',
    reason: 'The test command was killed by SIGTERM.',
  },
  {
    when: 'its time ran out, whatever the report says',
    outcome: { ...killed, timedOut: true, durationMs: 60_200 },
    junit: run('passed'),
    status: 'failed',
    reason: 'The test command was stopped by its time-out after 60 s.',
  },
  {
    when: 'its time ran out and it exited 0 on SIGTERM',
    outcome: { ...exited(0), timedOut: true },
    junit: run('passed'),
    status: 'failed',
  },
  {
    when: 'it was cancelled, even if it exited 0',
    outcome: { ...exited(0), cancelled: true },
    junit: run('passed'),
    status: 'unproven',
    reason: 'The test command was cancelled before it ended.',
  },
  {
    when: 'it could not be started',
    outcome: { ...exited(0), exitCode: undefined, startFailure: 'spawn E2BIG' },
    status: 'unproven',
    reason: 'The test command could not be started: spawn E2BIG.',
  },
];

describe('testsRecord', () => {
  for (const { when, outcome, junit, status, reason } of judged) {
    it(`is ${status} when ${when}`, () => {
      const record = testsRecord({ outcome, junit, redact: String });
      assert.equal(record.status, status);
      if (reason !== undefined) assert.equal(record.reason, reason);
      assert.equal(record.reason === undefined, status === 'passed');
      assert.deepEqual(testsSchema.parse(record), record);
    });
  }

  it('counts, and lists errors before failures, 50 at most', () => {
    const many = run(...Array<TestStatus>(60).fill('failed'), 'errored', 'passed');
    const record = testsRecord({ outcome: exited(1), junit: many, redact: String });
    assert.deepEqual(record.counts, { passed: 1, failed: 60, errored: 1, skipped: 0 });
    assert.equal(record.failures.length, 50);
    assert.deepEqual(record.failures[0], { name: 't60', message: 't60 said so' });
  });

  it('lets no secret of the branch into the record', () => {
    const junit: TestRun = {
      file: 'junit.xml',
      cases: [
        testCase('hunter2 name', 'failed', { message: 'cannot reach hunter2', file: '/hunter2', line: 3 }),
      ],
    };
    const record = testsRecord({
      outcome: { ...exited(0), exitCode: undefined, startFailure: 'hunter2' },
      junit,
      redact: (text) => text.replaceAll('hunter2', '***'),
    });
    assert.deepEqual(record.failures, [
      { name: '*** name', message: 'cannot reach ***', file: '/***', line: 3 },
    ]);
    assert.ok(!JSON.stringify(record).includes('hunter2'));
  });
});
