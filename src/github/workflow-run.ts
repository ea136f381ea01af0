import * as z from 'zod';
import { UserError } from '../errors.ts';
import type { Environment, Repository } from './event.ts';
import { readPayload, repository, sha, withAction } from './payload.ts';

/** The run of another workflow whose end started this one. All but the ids is its author's: data. */
export type ProducerRun = {
  /** Decimal digits. */
  readonly id: string;
  readonly attempt: number;
  /** The page of this attempt. */
  readonly url: string;
  /** `success`, `failure`, `cancelled` …; missing when GitHub gives none. */
  readonly conclusion: string | undefined;
  readonly headSha: string;
  readonly headBranch: string;
  readonly headRepository: { readonly id: number; readonly owner: string };
  readonly repository: Repository;
};

export type WorkflowRunEvent =
  | { readonly kind: 'pull-request'; readonly run: ProducerRun }
  /** There is nothing to publish, and why. */
  | { readonly kind: 'other'; readonly sentence: string };

const name = z.string().min(1);

/** Docs: "Webhook events and payloads", workflow_run; `head_repository` is null once the fork is deleted. */
const workflowRunPayload = z.object({
  repository,
  workflow_run: z.object({
    id: z.int().positive(),
    run_attempt: z.int().positive(),
    html_url: z.url({ protocol: /^https?$/ }),
    event: name,
    conclusion: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .nullable(),
    head_sha: sha,
    head_branch: name.nullable(),
    head_repository: z
      .object({ id: z.int().positive(), owner: z.object({ login: name }).nullable() })
      .nullable(),
    repository: z.object({ id: z.int().positive() }),
  }),
});

type Told = z.infer<typeof workflowRunPayload>;

const HINT =
  'Put `workflow_run: { workflows: [<name of the other workflow>], types: [completed] }` into `on:`.';

/**
 * Reads which run has ended. Throws UserError for any event but `workflow_run` of type `completed`, for a malformed
 * payload and for the run of another repository than the job's.
 */
export function readWorkflowRun(
  eventName: string,
  payload: unknown,
  environment: Environment,
): WorkflowRunEvent {
  if (eventName !== 'workflow_run') {
    throw new UserError('A result is published when another workflow has ended, not on this event.', {
      hint: HINT,
    });
  }
  if (readPayload(withAction, eventName, payload).action !== 'completed') {
    throw new UserError('A result is published when the other workflow has ended, not before.', {
      hint: HINT,
    });
  }
  const told = readPayload(workflowRunPayload, eventName, payload);
  refuseOtherRepository(told, environment);
  if (told.workflow_run.event !== 'pull_request') return other('The run was not started by a pull request');
  return pullRequestRun(told);
}

function refuseOtherRepository(
  { repository: own, workflow_run: run }: Told,
  { GITHUB_REPOSITORY_ID: job }: Environment,
): void {
  const same = run.repository.id === own.id && (job === undefined || job === String(own.id));
  if (same) return;
  throw new UserError('The run that ended is of another repository than this job.', {
    hint: 'A result is published in the repository whose workflow made it.',
  });
}

function pullRequestRun({ repository: own, workflow_run: run }: Told): WorkflowRunEvent {
  const { head_branch: headBranch, head_repository: head } = run;
  if (headBranch === null || !head?.owner) {
    return other('The fork or the branch of the pull request is gone, so nobody can say which one it was');
  }
  return {
    kind: 'pull-request',
    run: {
      id: String(run.id),
      attempt: run.run_attempt,
      url: `${run.html_url.replace(/\/+$/, '')}/attempts/${run.run_attempt}`,
      conclusion: run.conclusion ?? undefined,
      headSha: run.head_sha,
      headBranch,
      headRepository: { id: head.id, owner: head.owner.login },
      repository: { id: own.id, owner: own.owner.login, name: own.name },
    },
  };
}

function other(why: string): WorkflowRunEvent {
  return { kind: 'other', sentence: `${why}: there is nothing to publish.` };
}
