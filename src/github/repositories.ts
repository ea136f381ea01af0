import * as z from 'zod';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

/** The repository's number, which it keeps when it is renamed or moved. Throws GitHubError, 404 when it cannot be seen. */
export async function readRepositoryId({ octokit, owner, repo }: Api): Promise<number> {
  const doing = `reading the repository ${owner}/${repo}`;
  return asking({ doing, permission: 'metadata: read' }, async () => {
    const { data } = await octokit.rest.repos.get({ owner, repo });
    return z.object({ id: z.int().positive() }).parse(data).id;
  });
}
