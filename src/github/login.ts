import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

/** The account of GITHUB_TOKEN. */
const JOB_TOKEN_LOGIN = 'github-actions[bot]';

const userSchema = z.object({ login: z.string().min(1) });
const viewerSchema = z.object({ viewer: userSchema });

/**
 * The account that the token's comments are signed with. `GET /user` answers for a person's token and refuses an
 * installation's; GraphQL's `viewer` answers for those too (marocchino/sticky-pull-request-comment#332). Throws GitHubError
 * when the token is refused altogether or GitHub fails: to guess then would leave a second comment.
 */
export async function readLogin(api: Api): Promise<string> {
  const purpose = { doing: 'asking whose token this is', permission: 'pull-requests: write' };
  try {
    return await asking(purpose, async () => {
      const { data } = await api.octokit.rest.users.getAuthenticated();
      return userSchema.parse(data).login;
    });
  } catch (error) {
    if (!(error instanceof GitHubError) || error.status !== 403) throw error;
  }
  try {
    return await asking(purpose, async () => {
      return viewerSchema.parse(await api.octokit.graphql('query { viewer { login } }')).viewer.login;
    });
  } catch (error) {
    const refused = error instanceof GitHubError ? !error.retryable : isGraphqlRefusal(error);
    if (!refused) throw error;
    return JOB_TOKEN_LOGIN;
  }
}

function isGraphqlRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'GraphqlResponseError';
}
