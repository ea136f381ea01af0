import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound } from './fake-github-refusals.ts';
import { type IssueSpec, timestamp } from './fake-github-state.ts';
import { nodeId, repositoryUrl, simpleUser } from './github-shapes.ts';

/** As GitHub answers it, with what its description requires; pull requests are listed among issues. */
function issueShape({ host, repository }: Call, issue: IssueSpec, pull = false) {
  const url = `${repositoryUrl(host, repository)}/issues/${issue.number}`;
  const page = `${host.web}/${repository.owner}/${repository.name}`;
  return {
    id: 5_000_000 + issue.number,
    node_id: nodeId('I', issue.number),
    url,
    repository_url: repositoryUrl(host, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${page}/${pull ? 'pull' : 'issues'}/${issue.number}`,
    number: issue.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: simpleUser(host, issue.author),
    labels: [],
    assignee: null,
    milestone: null,
    locked: false,
    comments: 0,
    closed_at: null,
    created_at: issue.createdAt,
    updated_at: timestamp(),
    ...(pull ? { pull_request: { url, html_url: page, diff_url: page, patch_url: page } } : {}),
  };
}

export function listIssues(call: Call): readonly unknown[] {
  const { repository, query } = call;
  const state = query.get('state') ?? 'open';
  const creator = query.get('creator');
  const pulls = [...repository.pulls.values()].map((pull) => ({
    number: pull.number,
    author: pull.author,
    title: pull.title,
    body: pull.body ?? '',
    state: pull.state,
    createdAt: timestamp(),
  }));
  return [
    ...repository.issues.map((issue) => ({ issue, pull: false })),
    ...pulls.map((issue) => ({ issue, pull: true })),
  ]
    .filter(({ issue }) => state === 'all' || issue.state === state)
    .filter(({ issue }) => creator === null || issue.author === creator)
    .sort((a, b) => b.issue.number - a.issue.number)
    .map(({ issue, pull }) => issueShape(call, issue, pull));
}

export function createIssue(call: Call): Answer {
  const { repository, login, body } = call;
  const numbers = [...repository.pulls.keys(), ...repository.issues.map(({ number }) => number)];
  const issue: IssueSpec = {
    number: Math.max(0, ...numbers) + 1,
    author: login,
    title: String(body.title),
    body: String(body.body ?? ''),
    state: 'open',
    createdAt: timestamp(),
  };
  repository.issues.push(issue);
  return { status: 201, body: issueShape(call, issue) };
}

export function updateIssue(call: Call): Answer {
  const { operation, repository, parameters, body } = call;
  const index = repository.issues.findIndex(({ number }) => number === Number(parameters.issue_number));
  const issue = repository.issues[index];
  if (issue === undefined) return notFound(operation);
  const updated = {
    ...issue,
    ...(typeof body.title === 'string' ? { title: body.title } : {}),
    ...(typeof body.body === 'string' ? { body: body.body } : {}),
  };
  repository.issues[index] = updated;
  return { status: 200, body: issueShape(call, updated) };
}
