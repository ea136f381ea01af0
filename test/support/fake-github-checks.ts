import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound } from './fake-github-refusals.ts';
import { type FakeRepository, timestamp } from './fake-github-state.ts';
import { type Host, nodeId, repositoryUrl } from './github-shapes.ts';

/** `checks/create` and `checks/update`. */
export function saveCheckRun({ operation, state, host, repository, body }: Call, id: number): Answer {
  const before = state.checkRuns.get(id);
  if (operation === 'checks/update' && before?.repositoryId !== repository.id) return notFound(operation);
  const output = body.output as { annotations?: readonly unknown[] } | undefined;
  const fields = { ...before?.fields, ...body };
  const annotations = [...(before?.annotations ?? []), ...(output?.annotations ?? [])];
  state.checkRuns.set(id, { id, repositoryId: repository.id, fields, annotations });
  return {
    status: operation === 'checks/create' ? 201 : 200,
    body: checkRunShape(host, repository, id, fields, annotations.length),
  };
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
