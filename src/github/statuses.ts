import * as z from 'zod';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import { compareRuns, type RunOrder } from './comment-marker.ts';

export type StatusRequest = {
  /** The pull request's head, which is what its page shows; a merge commit's status nobody sees. */
  readonly sha: string;
  readonly context: string;
  readonly state: 'success' | 'failure' | 'error';
  /** Plain text, at most 140 characters. */
  readonly description: string;
  readonly run: RunOrder & { readonly url: string };
};

export type StatusOutcome = { readonly outcome: 'written' | 'skipped'; readonly reason?: string };

/** GitHub: "description is too long (maximum is 140 characters)". */
export const MAXIMUM_DESCRIPTION = 140;

const permission = 'statuses: write';

const combinedSchema = z.object({
  statuses: z.array(z.object({ context: z.string(), target_url: z.string().nullable() })),
});

/**
 * Writes the commit status of a context, unless a later run has: of a context GitHub shows the newest, whoever wrote it.
 * The run's page, with its attempt, is the status's address, by which its order is known. Throws GitHubError.
 */
export async function writeStatus(api: Api, request: StatusRequest): Promise<StatusOutcome> {
  const { octokit, owner, repo } = api;
  const { sha, context, state, description, run } = request;
  const newest = await newestRun(api, sha, context);
  if (newest !== undefined && compareRuns(newest, run) > 0) {
    const reason = `The later run ${newest.id}, attempt ${newest.attempt}, has already written it.`;
    return { outcome: 'skipped', reason };
  }
  await asking({ doing: `writing the status ${context} of ${sha}`, permission }, () =>
    octokit.rest.repos.createCommitStatus({
      owner,
      repo,
      sha,
      context,
      state,
      description,
      target_url: `${run.url}/attempts/${run.attempt}`,
    }),
  );
  return { outcome: 'written' };
}

/**
 * One page of the newest status of each context: who has more than a hundred contexts on a commit loses only the guard
 * against a late run.
 */
async function newestRun(
  { octokit, owner, repo }: Api,
  sha: string,
  context: string,
): Promise<RunOrder | undefined> {
  const { statuses } = await asking({ doing: `reading the statuses of ${sha}`, permission }, async () => {
    const parameters = { owner, repo, ref: sha, per_page: 100 };
    const { data } = await octokit.rest.repos.getCombinedStatusForRef(parameters);
    return combinedSchema.parse(data);
  });
  const own = statuses.find((status) => status.context === context);
  const [, id, attempt] =
    /\/actions\/runs\/(\d{1,19})\/attempts\/(\d{1,6})$/.exec(own?.target_url ?? '') ?? [];
  return id === undefined || attempt === undefined ? undefined : { id, attempt: Number(attempt) };
}
