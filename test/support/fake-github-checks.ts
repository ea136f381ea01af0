import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound, otherApp } from './fake-github-refusals.ts';
import { type FakeRepository, timestamp } from './fake-github-state.ts';
import { type Host, nodeId, repositoryUrl } from './github-shapes.ts';

/** `checks/create` and `checks/update`. */
export function saveCheckRun({ operation, state, host, repository, body, login }: Call, id: number): Answer {
  const before = state.checkRuns.get(id);
  if (operation === 'checks/update' && before?.repositoryId !== repository.id) return notFound(operation);
  if (before !== undefined && before.login !== login) return otherApp(operation);
  const output = body.output as { annotations?: readonly unknown[] } | undefined;
  const fields = { ...before?.fields, ...body };
  const annotations = [...(before?.annotations ?? []), ...(output?.annotations ?? [])];
  state.checkRuns.set(id, { id, repositoryId: repository.id, login, fields, annotations });
  return {
    status: operation === 'checks/create' ? 201 : 200,
    body: checkRunShape(host, repository, id, fields, annotations.length),
  };
}

/** `checks/list-for-ref`: newest first; `filter` is `latest` unless it says `all`. */
export function listCheckRuns({ state, host, repository, parameters, query }: Call): Answer {
  const found = [...state.checkRuns.values()]
    .filter(
      ({ repositoryId, fields }) => repositoryId === repository.id && fields.head_sha === parameters.ref,
    )
    .filter(({ fields }) => (query.get('check_name') ?? fields.name) === fields.name)
    .sort((a, b) => b.id - a.id);
  const newest = new Map(found.toReversed().map((check) => [check.fields.name, check]));
  const shown = query.get('filter') === 'all' ? found : [...newest.values()];
  const check_runs = shown
    .slice(0, Number(query.get('per_page') ?? 30))
    .map(({ id, fields, annotations }) => checkRunShape(host, repository, id, fields, annotations.length));
  return { status: 200, body: { total_count: shown.length, check_runs } };
}

function checkRunShape(
  host: Host,
  repository: FakeRepository,
  id: number,
  fields: Readonly<Record<string, unknown>>,
  annotations: number,
) {
  const url = `${repositoryUrl(host, repository)}/check-runs/${id}`;
  const output = (fields.output ?? {}) as Readonly<Record<string, unknown>>;
  return {
    id,
    node_id: nodeId('CR', id),
    head_sha: fields.head_sha,
    name: fields.name,
    external_id: fields.external_id ?? '',
    url,
    html_url: `${host.web}/${repository.owner}/${repository.name}/runs/${id}`,
    details_url: fields.details_url ?? null,
    status: fields.conclusion === undefined ? (fields.status ?? 'queued') : 'completed',
    conclusion: fields.conclusion ?? null,
    started_at: fields.started_at ?? timestamp(),
    completed_at: fields.conclusion === undefined ? null : (fields.completed_at ?? timestamp()),
    output: {
      title: output.title ?? null,
      summary: output.summary ?? null,
      text: output.text ?? null,
      annotations_count: annotations,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: 1 },
    app: null,
    pull_requests: [],
  };
}
