import type { ServerResponse } from 'node:http';
import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound } from './fake-github-refusals.ts';
import { nodeId, repositoryUrl } from './github-shapes.ts';

export type ArtifactSpec = {
  readonly id: number;
  /** Of the workflow run that left it. */
  readonly runId: number;
  readonly name: string;
  readonly archive: Uint8Array;
  /** What GitHub says of its size; the archive's own unless a test lies. */
  readonly size: number;
  readonly expired: boolean;
  readonly createdAt: string;
};

/** `actions/list-workflow-run-artifacts`, in no order that a client could rely on: oldest first. */
export function listArtifacts({ host, repository, parameters, query }: Call): Answer {
  const name = query.get('name');
  const found = repository.artifacts
    .filter(({ runId }) => runId === Number(parameters.run_id))
    .filter((artifact) => name === null || artifact.name === name);
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  const artifacts = found.slice((page - 1) * size, page * size).map((artifact) => {
    const url = `${repositoryUrl(host, repository)}/actions/artifacts/${artifact.id}`;
    return {
      id: artifact.id,
      node_id: nodeId('A', artifact.id),
      name: artifact.name,
      size_in_bytes: artifact.size,
      url,
      archive_download_url: `${url}/zip`,
      expired: artifact.expired,
      created_at: artifact.createdAt,
      expires_at: '2027-01-15T09:30:00Z',
      updated_at: artifact.createdAt,
      digest: null,
      workflow_run: {
        id: artifact.runId,
        repository_id: repository.id,
        head_repository_id: repository.id,
        head_branch: 'some-branch',
        head_sha: '0'.repeat(40),
      },
    };
  });
  return { status: 200, body: { total_count: found.length, artifacts } };
}

/** `actions/download-artifact`: not the archive but where it can be had without the token. */
export function downloadArtifact({ operation, host, repository, parameters }: Call): Answer {
  const artifact = repository.artifacts.find(({ id }) => id === Number(parameters.artifact_id));
  if (artifact === undefined || parameters.archive_format !== 'zip') return notFound(operation);
  if (artifact.expired) {
    return { status: 410, body: { message: 'Artifact has expired', documentation_url: '', status: '410' } };
  }
  return { status: 302, headers: { location: `${host.web}/storage/${artifact.id}?signature=0b5c` } };
}

/** The storage that the redirect leads to. */
export function sendArchive(artifact: ArtifactSpec | undefined, response: ServerResponse): number {
  const status = artifact === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': 'application/zip' });
  response.end(artifact?.archive);
  return status;
}
