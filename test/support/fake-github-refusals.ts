/** GitHub's refusals, in its own words. */

export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** As in a workflow's `permissions:`; a name that is missing is `none`. */
export type Permissions = Readonly<
  Partial<
    Record<
      'actions' | 'contents' | 'pull-requests' | 'issues' | 'checks' | 'statuses',
      'read' | 'write' | 'none'
    >
  >
>;

/** `installation`: GITHUB_TOKEN or a GitHub App's; `user`: somebody's personal access token. */
export type Token = {
  readonly kind: 'installation' | 'user';
  readonly login: string;
  readonly permissions: Permissions;
};

const REST = 'https://docs.github.com/rest';

const documentation: Readonly<Record<string, string>> = {
  'actions/download-artifact': '/actions/artifacts#download-an-artifact',
  'actions/get-workflow-run': '/actions/workflow-runs#get-a-workflow-run',
  'actions/list-workflow-run-artifacts': '/actions/artifacts#list-workflow-run-artifacts',
  'checks/create': '/checks/runs#create-a-check-run',
  'checks/list-for-ref': '/checks/runs#list-check-runs-for-a-git-reference',
  'checks/update': '/checks/runs#update-a-check-run',
  'issues/create': '/issues/issues#create-an-issue',
  'issues/create-comment': '/issues/comments#create-an-issue-comment',
  'issues/delete-comment': '/issues/comments#delete-an-issue-comment',
  'issues/get-comment': '/issues/comments#get-an-issue-comment',
  'issues/list-comments': '/issues/comments#list-issue-comments',
  'issues/list-for-repo': '/issues/issues#list-repository-issues',
  'issues/update': '/issues/issues#update-an-issue',
  'issues/update-comment': '/issues/comments#update-an-issue-comment',
  'pulls/create-review': '/pulls/reviews#create-a-review-for-a-pull-request',
  'pulls/get': '/pulls/pulls#get-a-pull-request',
  'pulls/list': '/pulls/pulls#list-pull-requests',
  'pulls/list-files': '/pulls/pulls#list-pull-requests-files',
  'pulls/list-review-comments': '/pulls/comments#list-review-comments-on-a-pull-request',
  'repos/create-commit-status': '/commits/statuses#create-a-commit-status',
  'repos/get-combined-status-for-ref': '/commits/statuses#get-the-combined-status-for-a-specific-reference',
  'repos/get-content': '/repos/contents#get-repository-content',
  'users/get-authenticated': '/users/users#get-the-authenticated-user',
};

type Need = { readonly any: readonly (keyof Permissions)[]; readonly level: 'read' | 'write' };

const conversation = ['pull-requests', 'issues'] as const;

/** Source: docs.github.com, "Permissions required for GitHub Apps". */
const needs: Readonly<Record<string, Need>> = {
  'actions/download-artifact': { any: ['actions'], level: 'read' },
  'actions/get-workflow-run': { any: ['actions'], level: 'read' },
  'actions/list-workflow-run-artifacts': { any: ['actions'], level: 'read' },
  'checks/create': { any: ['checks'], level: 'write' },
  'checks/list-for-ref': { any: ['checks'], level: 'read' },
  'checks/update': { any: ['checks'], level: 'write' },
  'issues/create': { any: ['issues'], level: 'write' },
  'issues/create-comment': { any: conversation, level: 'write' },
  'issues/delete-comment': { any: conversation, level: 'write' },
  'issues/get-comment': { any: conversation, level: 'read' },
  'issues/list-comments': { any: conversation, level: 'read' },
  'issues/list-for-repo': { any: ['issues'], level: 'read' },
  'issues/update': { any: conversation, level: 'write' },
  'issues/update-comment': { any: conversation, level: 'write' },
  'pulls/create-review': { any: ['pull-requests'], level: 'write' },
  'pulls/get': { any: ['pull-requests'], level: 'read' },
  'pulls/list': { any: ['pull-requests'], level: 'read' },
  'pulls/list-files': { any: ['pull-requests'], level: 'read' },
  'pulls/list-review-comments': { any: ['pull-requests'], level: 'read' },
  'repos/create-commit-status': { any: ['statuses'], level: 'write' },
  'repos/get-combined-status-for-ref': { any: ['statuses'], level: 'read' },
  'repos/get-content': { any: ['contents'], level: 'read' },
};

function refusal(status: number, message: string, link: string, more: object = {}): Answer {
  return { status, body: { message, ...more, documentation_url: link, status: String(status) } };
}

export function notFound(operation: string | undefined, message = 'Not Found'): Answer {
  return refusal(404, message, `${REST}${documentation[operation ?? ''] ?? ''}`);
}

export function unauthorized(given: boolean): Answer {
  return refusal(401, given ? 'Bad credentials' : 'Requires authentication', REST);
}

export function validationFailed(operation: string, errors: readonly (object | string)[]): Answer {
  return refusal(422, 'Validation Failed', `${REST}${documentation[operation] ?? ''}`, { errors });
}

/** Shape as reported in jmikedupont2/ai-ticket#51. */
export function bodyTooLong(operation: string): Answer {
  const message = 'Body is too long (maximum is 65536 characters)';
  return validationFailed(operation, [
    { resource: 'IssueComment', code: 'unprocessable', field: 'data', message },
  ]);
}

export function lockedConversation(operation: string): Answer {
  return refusal(
    403,
    'Unable to create comment because issue is locked.',
    `${REST}${documentation[operation]}`,
  );
}

/** A check run may only be changed by the GitHub App that made it. */
export function otherApp(operation: string): Answer {
  const message =
    'Invalid app_id `15368` - check run can only be modified by the GitHub App that created it.';
  return refusal(403, message, `${REST}${documentation[operation]}`);
}

/** The refusal when `token` may not do `operation`. What is public may be read without any permission. */
export function permissionRefusal(operation: string, token: Token, isPublic: boolean): Answer | undefined {
  if (operation === 'users/get-authenticated') {
    return token.kind === 'user' ? undefined : notAccessible(operation, token);
  }
  const need = needs[operation];
  if (need === undefined || (need.level === 'read' && isPublic)) return undefined;
  const levels: readonly (string | undefined)[] = need.level === 'write' ? ['write'] : ['read', 'write'];
  const granted = need.any.some((name) => levels.includes(token.permissions[name]));
  return granted ? undefined : notAccessible(operation, token);
}

function notAccessible(operation: string, token: Token): Answer {
  const who = token.kind === 'user' ? 'personal access token' : 'integration';
  return refusal(403, `Resource not accessible by ${who}`, `${REST}${documentation[operation]}`);
}

const LIMITS = `${REST}/overview/rate-limits-for-the-rest-api`;

/** The primary limit; its headers come with every answer. */
export function rateLimitExceeded(): Answer {
  return refusal(403, 'API rate limit exceeded for installation ID 4242.', LIMITS);
}

/** The secondary limit; `retryAfter` in seconds. */
export function secondaryLimit(retryAfter: number, status: 403 | 429 = 403): Answer {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  return {
    ...refusal(status, message, `${LIMITS}#about-secondary-rate-limits`),
    headers: { 'retry-after': String(retryAfter) },
  };
}
