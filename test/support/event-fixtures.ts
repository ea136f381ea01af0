import {
  FORK,
  HEAD_SHA,
  mergeGroupEvent,
  NEXT_HEAD_SHA,
  pullRequestEvent,
  pushEvent,
  workflowDispatchEvent,
  workflowRunEvent,
} from './events.ts';

/** What is committed in fixtures/events, by file name: the event's name, GitHub's name of the payload, the payload. */
export const FIXTURES = {
  'pull-request-opened': ['pull_request', 'pull-request-opened', pullRequestEvent()],
  'pull-request-synchronize': [
    'pull_request',
    'pull-request-synchronize',
    pullRequestEvent({ action: 'synchronize', before: HEAD_SHA, headSha: NEXT_HEAD_SHA }),
  ],
  'pull-request-closed-merged': [
    'pull_request',
    'pull-request-closed',
    pullRequestEvent({ action: 'closed', state: 'closed', merged: true, headSha: NEXT_HEAD_SHA }),
  ],
  /** Closed unmerged at the head whose `synchronize` run has not ended. */
  'pull-request-closed-while-running': [
    'pull_request',
    'pull-request-closed',
    pullRequestEvent({ action: 'closed', state: 'closed', headSha: NEXT_HEAD_SHA, sender: 'tidewater' }),
  ],
  'pull-request-ready-for-review': [
    'pull_request',
    'pull-request-ready-for-review',
    pullRequestEvent({ action: 'ready_for_review' }),
  ],
  'pull-request-draft': ['pull_request', 'pull-request-opened', pullRequestEvent({ draft: true })],
  'pull-request-fork': [
    'pull_request',
    'pull-request-opened',
    pullRequestEvent({ number: 8, author: 'marlow', headRepository: FORK }),
  ],
  'pull-request-deleted-fork': [
    'pull_request',
    'pull-request-synchronize',
    pullRequestEvent({
      action: 'synchronize',
      number: 8,
      author: 'marlow',
      headRepository: null,
      before: HEAD_SHA,
      headSha: NEXT_HEAD_SHA,
    }),
  ],
  'pull-request-dependabot': [
    'pull_request',
    'pull-request-opened',
    pullRequestEvent({
      number: 9,
      title: 'Bump pg from 8.22.0 to 8.23.1',
      author: 'dependabot[bot]',
      headRef: 'dependabot/npm_and_yarn/pg-8.23.1',
      files: [{ path: 'package-lock.json', status: 'modified' }],
    }),
  ],
  'pull-request-labeled': [
    'pull_request',
    'pull-request-labeled',
    pullRequestEvent({ action: 'labeled', sender: 'tidewater' }),
  ],
  'merge-group-checks-requested': ['merge_group', 'merge-group-checks-requested', mergeGroupEvent()],
  push: ['push', 'push', pushEvent()],
  'workflow-run-completed-fork': ['workflow_run', 'workflow-run-completed', workflowRunEvent()],
  'workflow-dispatch': ['workflow_dispatch', 'workflow-dispatch', workflowDispatchEvent()],
} as const satisfies Record<string, readonly [string, string, unknown]>;
