import { downloadArtifact, listArtifacts } from './fake-github-artifacts.ts';
import { listCheckRuns, saveCheckRun } from './fake-github-checks.ts';
import { getContent } from './fake-github-contents.ts';
import { createIssue, listIssues, updateIssue } from './fake-github-issues.ts';
import { type Answer, bodyTooLong, lockedConversation, notFound } from './fake-github-refusals.ts';
import { createReview, lineComments } from './fake-github-reviews.ts';
import { getRun } from './fake-github-runs.ts';
import { addComment, type FakeRepository, type FakeState, timestamp } from './fake-github-state.ts';
import { combinedStatus, createStatus } from './fake-github-statuses.ts';
import { commentShape, fileShape, pullShape, pullSimpleShape } from './github-pull-shapes.ts';
import { type Host, publicUser } from './github-shapes.ts';

/** One call that passed all checks: the repository exists and the token may. */
export type Call = {
  readonly operation: string;
  readonly state: FakeState;
  readonly host: Host;
  readonly repository: FakeRepository;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly login: string;
  /** Path below the API's address, for links to other pages. */
  readonly path: string;
};

/** GitHub: "IssueComment … Body is too long (maximum is 65536 characters)". */
const MAXIMUM_COMMENT = 65_536;

/** What the fake does for each operation of the slice. */
export const operations: Readonly<Record<string, (call: Call) => Answer>> = {
  'actions/download-artifact': downloadArtifact,
  'actions/list-workflow-run-artifacts': listArtifacts,
  'actions/get-workflow-run': getRun,
  'users/get-authenticated': ({ host, login }) => ({ status: 200, body: publicUser(host, login) }),
  'pulls/get': getPull,
  'pulls/list': listPulls,
  'pulls/list-files': listFiles,
  'pulls/create-review': createReview,
  'pulls/list-review-comments': (call) => page(call, lineComments(call)),
  'repos/create-commit-status': createStatus,
  'repos/get-combined-status-for-ref': combinedStatus,
  'issues/create': createIssue,
  'issues/list-for-repo': (call) => page(call, listIssues(call)),
  'issues/update': updateIssue,
  'issues/list-comments': listComments,
  'issues/get-comment': getComment,
  'issues/create-comment': createComment,
  'issues/update-comment': updateComment,
  'issues/delete-comment': deleteComment,
  'repos/get-content': getContent,
  'checks/list-for-ref': listCheckRuns,
  'checks/create': (call) => saveCheckRun(call, call.state.nextId++),
  'checks/update': (call) => saveCheckRun(call, Number(call.parameters.check_run_id)),
};

function getPull({ operation, host, repository, parameters }: Call): Answer {
  const pull = repository.pulls.get(Number(parameters.pull_number));
  return pull === undefined ? notFound(operation) : { status: 200, body: pullShape(host, repository, pull) };
}

function listPulls(call: Call): Answer {
  const { host, repository, query } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const found = [...repository.pulls.values()]
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => base === null || pull.baseRef === base)
    .filter((pull) => head === null || `${pull.headRepository?.owner}:${pull.headRef}` === head)
    .sort((a, b) => (query.get('direction') === 'asc' ? a.number - b.number : b.number - a.number));
  return page(
    call,
    found.map((pull) => pullSimpleShape(host, repository, pull)),
  );
}

function listFiles(call: Call): Answer {
  const { operation, host, repository, parameters } = call;
  const pull = repository.pulls.get(Number(parameters.pull_number));
  if (pull === undefined) return notFound(operation);
  return page(
    call,
    pull.files.map((file) => fileShape(host, repository, pull.headSha, file)),
  );
}

function listComments(call: Call): Answer {
  const { operation, host, repository, parameters, query } = call;
  const issue = Number(parameters.issue_number);
  if (!repository.pulls.has(issue)) return notFound(operation);
  const since = query.get('since') ?? '';
  const found = repository.comments
    .filter((comment) => comment.issue === issue && comment.updatedAt >= since)
    .sort((a, b) => a.id - b.id);
  return page(
    call,
    found.map((comment) => commentShape(host, repository, comment)),
  );
}

function getComment({ operation, host, repository, parameters }: Call): Answer {
  const comment = repository.comments.find(({ id }) => id === Number(parameters.comment_id));
  return comment === undefined
    ? notFound(operation)
    : { status: 200, body: commentShape(host, repository, comment) };
}

function createComment(call: Call): Answer {
  const { operation, state, host, repository, parameters, login } = call;
  const issue = Number(parameters.issue_number);
  const body = String(call.body.body);
  if (!repository.pulls.has(issue)) return notFound(operation);
  if (repository.locked.has(issue)) return lockedConversation(operation);
  if (body.length > MAXIMUM_COMMENT) return bodyTooLong(operation);
  const comment = addComment(state, repository, { issue, author: login, body });
  return { status: 201, body: commentShape(host, repository, comment) };
}

function updateComment({ operation, host, repository, parameters, body }: Call): Answer {
  const index = repository.comments.findIndex(({ id }) => id === Number(parameters.comment_id));
  const comment = repository.comments[index];
  const text = String(body.body);
  if (comment === undefined) return notFound(operation);
  if (text.length > MAXIMUM_COMMENT) return bodyTooLong(operation);
  const updated = { ...comment, body: text, updatedAt: timestamp() };
  repository.comments[index] = updated;
  return { status: 200, body: commentShape(host, repository, updated) };
}

function deleteComment({ operation, repository, parameters }: Call): Answer {
  const kept = repository.comments.filter(({ id }) => id !== Number(parameters.comment_id));
  if (kept.length === repository.comments.length) return notFound(operation);
  repository.comments = kept;
  return { status: 204 };
}

/** One page of a list, 30 entries unless `per_page` says otherwise, never more than 100 (docs: "Using pagination in the REST API"). */
function page({ host, path, repository, query }: Call, entries: readonly unknown[]): Answer {
  const size = Math.min(Math.max(Number(query.get('per_page') ?? 30), 1), 100);
  const number = Math.max(Number(query.get('page') ?? 1), 1);
  const last = Math.max(Math.ceil(entries.length / size), 1);
  const relations: readonly [string, number, boolean][] = [
    ['prev', number - 1, number > 1],
    ['next', number + 1, number < last],
    ['last', last, number < last],
    ['first', 1, number > 1],
  ];
  // GitHub links by the repository's number, not its name.
  const base = path.replace(/^\/repos\/[^/]+\/[^/]+/, `${host.api}/repositories/${repository.id}`);
  const links = relations
    .filter(([, , present]) => present)
    .map(([relation, target]) => {
      const parameters = new URLSearchParams(query);
      parameters.set('page', String(target));
      return `<${base}?${parameters}>; rel="${relation}"`;
    });
  return {
    status: 200,
    body: entries.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
