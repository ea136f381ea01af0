import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound } from './fake-github-refusals.ts';
import { nodeId, repositoryShape, repositoryUrl } from './github-shapes.ts';

/** One workflow run as a test arranges it. */
export type RunSpec = {
  readonly id: number;
  readonly workflowId: number;
  readonly headSha: string;
  readonly attempt: number;
  readonly conclusion: string | null;
};

/** `actions/get-workflow-run`. */
export function getRun({ operation, host, repository, parameters }: Call): Answer {
  const run = repository.runs.find(({ id }) => id === Number(parameters.run_id));
  if (run === undefined) return notFound(operation);
  const url = `${repositoryUrl(host, repository)}/actions/runs/${run.id}`;
  const at = '2026-07-15T09:30:00Z';
  return {
    status: 200,
    body: {
      id: run.id,
      node_id: nodeId('WFR', run.id),
      name: 'Database',
      head_branch: 'some-branch',
      run_number: 1,
      run_attempt: run.attempt,
      display_title: 'Some title',
      event: 'pull_request',
      status: run.conclusion === null ? 'in_progress' : 'completed',
      conclusion: run.conclusion,
      head_sha: run.headSha,
      path: '.github/workflows/database.yml',
      workflow_id: run.workflowId,
      url,
      html_url: `${host.web}/${repository.owner}/${repository.name}/actions/runs/${run.id}`,
      created_at: at,
      updated_at: at,
      head_commit: null,
      head_repository: repositoryShape(host, repository),
      repository: repositoryShape(host, repository),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${repositoryUrl(host, repository)}/check-suites/1`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      artifacts_url: `${url}/artifacts`,
      workflow_url: `${repositoryUrl(host, repository)}/actions/workflows/${run.workflowId}`,
      pull_requests: [],
    },
  };
}
