import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { readWorkflowRun } from '../../src/github/workflow-run.ts';
import { FORK, HEAD_SHA, SHOP, type WorkflowRunVariant, workflowRunEvent } from '../support/events.ts';
import { webhookProblems } from '../support/github-schema.ts';

const job = { GITHUB_REPOSITORY_ID: String(SHOP.id) };
const read = (variant: WorkflowRunVariant = {}) =>
  readWorkflowRun('workflow_run', workflowRunEvent(variant), job);

test('a fork’s run that ended', () => {
  assert.deepEqual(read({ attempt: 2, conclusion: 'failure' }), {
    kind: 'pull-request',
    run: {
      id: '7000000001',
      attempt: 2,
      url: 'https://github.com/tidewater/shop/actions/runs/7000000001/attempts/2',
      conclusion: 'failure',
      headSha: HEAD_SHA,
      headBranch: 'index-orders',
      headRepository: { id: FORK.id, owner: 'marlow' },
      repository: { id: SHOP.id, owner: 'tidewater', name: 'shop' },
    },
  });
});

test('runs with nothing to publish are told in a sentence', () => {
  const table: readonly [WorkflowRunVariant, RegExp][] = [
    [{ event: 'push' }, /not started by a pull request/],
    [{ event: 'pull_request_target' }, /not started by a pull request/],
    [{ headRepository: null }, /is gone/],
    [{ headBranch: null }, /is gone/],
  ];
  for (const [variant, says] of table) {
    const event = read(variant);
    assert.equal(event.kind, 'other');
    assert.match(event.kind === 'other' ? event.sentence : '', says);
  }
});

test('other events, moments and repositories are refused, each in one sentence with what to do', () => {
  const payload = workflowRunEvent();
  const run = payload.workflow_run;
  const table: readonly [string, unknown, RegExp][] = [
    ['pull_request_target', payload, /when another workflow has ended, not on this event/],
    ['workflow_run', workflowRunEvent({ action: 'requested' }), /has ended, not before/],
    ['workflow_run', workflowRunEvent({ repository: FORK }), /of another repository/],
    ['workflow_run', { ...payload, repository: { ...payload.repository, id: 1 } }, /of another repository/],
    [
      'workflow_run',
      { ...payload, workflow_run: { ...run, head_sha: 'main' } },
      /head_sha has an unexpected value/,
    ],
    [
      'workflow_run',
      { ...payload, workflow_run: { ...run, html_url: 'javascript:1' } },
      /html_url has an unexpected/,
    ],
    [
      'workflow_run',
      { ...payload, workflow_run: { ...run, conclusion: '\n::error::' } },
      /conclusion has an unexpected/,
    ],
    [
      'workflow_run',
      { ...payload, workflow_run: { ...run, run_attempt: 0 } },
      /run_attempt has an unexpected/,
    ],
    ['workflow_run', {}, /action is missing/],
  ];
  for (const [name, given, says] of table) {
    assert.throws(
      () => readWorkflowRun(name, given, job),
      (error) => error instanceof UserError && says.test(error.message) && error.hint !== undefined,
    );
  }
  assert.throws(
    () => readWorkflowRun('workflow_run', payload, { GITHUB_REPOSITORY_ID: '1' }),
    /another repository/,
  );
});

test('the variants are what GitHub describes', () => {
  for (const variant of [{}, { attempt: 3 }, { conclusion: null }, { headBranch: null }]) {
    assert.deepEqual(webhookProblems('workflow-run-completed', workflowRunEvent(variant)), []);
  }
});
