import * as z from 'zod';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

/** Where a pull request comes from. */
export type Head = {
  readonly repositoryId: number;
  /** Of the repository that the branch is in: a person or an organisation. */
  readonly owner: string;
  readonly branch: string;
};

export type HeadPullRequest = {
  readonly number: number;
  readonly open: boolean;
  readonly headSha: string;
  readonly baseSha: string;
};

const pageSchema = z.array(
  z.object({
    number: z.int().positive(),
    state: z.enum(['open', 'closed']),
    head: z.object({ sha: z.string(), repo: z.object({ id: z.int().positive() }).nullable() }),
    base: z.object({ sha: z.string(), repo: z.object({ id: z.int().positive() }) }),
  }),
);

/**
 * The pull requests from this branch into the repository with `repositoryId`: the open ones, or, when there is none, the
 * newest 100 that were closed. GitHub's filter knows the owner alone, who may have several forks, so the repository
 * is compared too. Throws GitHubError.
 */
export async function listHeadPullRequests(
  api: Api,
  repositoryId: number,
  head: Head,
): Promise<readonly HeadPullRequest[]> {
  const open = await listed(api, repositoryId, head, 'open');
  return open.length > 0 ? open : listed(api, repositoryId, head, 'all');
}

async function listed(
  { octokit, owner, repo }: Api,
  repositoryId: number,
  head: Head,
  state: 'open' | 'all',
): Promise<readonly HeadPullRequest[]> {
  const purpose = { doing: 'listing the pull requests of a branch', permission: 'pull-requests: read' };
  const pulls = await asking(purpose, async () => {
    const from = `${head.owner}:${head.branch}`;
    const { data } = await octokit.rest.pulls.list({ owner, repo, state, head: from, per_page: 100 });
    return pageSchema.parse(data);
  });
  return pulls
    .filter((pull) => pull.base.repo.id === repositoryId && pull.head.repo?.id === head.repositoryId)
    .map(({ number, state: now, head: { sha: headSha }, base: { sha: baseSha } }) => ({
      number,
      open: now === 'open',
      headSha,
      baseSha,
    }));
}
