import type { Call } from './fake-github-operations.ts';
import { type Answer, validationFailed } from './fake-github-refusals.ts';
import { type StatusSpec, timestamp } from './fake-github-state.ts';
import { type Host, nodeId, repositoryShape, repositoryUrl, simpleUser } from './github-shapes.ts';

/** GitHub: "description is too long (maximum is 140 characters)". */
const MAXIMUM_DESCRIPTION = 140;

/** `repos/create-commit-status`. */
export function createStatus({ operation, state, host, repository, parameters, body, login }: Call): Answer {
  const { description = null, target_url = null, context = 'default' } = body;
  if (String(description).length > MAXIMUM_DESCRIPTION) {
    const message = 'description is too long (maximum is 140 characters)';
    return validationFailed(operation, [
      { resource: 'Status', code: 'custom', field: 'description', message },
    ]);
  }
  const status: StatusSpec = {
    id: state.nextId++,
    sha: parameters.sha ?? '',
    context: String(context),
    state: String(body.state),
    description: description as string | null,
    targetUrl: target_url as string | null,
    author: login,
    createdAt: timestamp(),
  };
  repository.statuses.push(status);
  const url = `${repositoryUrl(host, repository)}/statuses/${status.sha}`;
  return { status: 201, body: { ...simpleStatus(host, status, url), creator: simpleUser(host, login) } };
}

/** `repos/get-combined-status-for-ref`: the newest of each context. */
export function combinedStatus({ host, repository, parameters }: Call): Answer {
  const sha = parameters.ref ?? '';
  const url = repositoryUrl(host, repository);
  const newest = new Map(
    repository.statuses.filter((status) => status.sha === sha).map((status) => [status.context, status]),
  );
  const states = [...newest.values()].map(({ state }) => state);
  const failed = states.some((state) => state === 'failure' || state === 'error');
  return {
    status: 200,
    body: {
      state: failed
        ? 'failure'
        : states.length > 0 && states.every((one) => one === 'success')
          ? 'success'
          : 'pending',
      statuses: [...newest.values()].map((status) => simpleStatus(host, status, `${url}/statuses/${sha}`)),
      sha,
      total_count: newest.size,
      repository: repositoryShape(host, repository),
      commit_url: `${url}/commits/${sha}`,
      url: `${url}/commits/${sha}/status`,
    },
  };
}

function simpleStatus(host: Host, status: StatusSpec, url: string) {
  return {
    url,
    avatar_url: `${host.web}/avatars/1`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}
