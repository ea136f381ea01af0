import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking, type Purpose } from './api-error.ts';

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
  const person = api.installation ? undefined : await readPerson(api, purpose);
  if (person !== undefined) return person;
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

/** Nothing for a token of an installation, which is refused here. */
async function readPerson({ octokit }: Api, purpose: Purpose): Promise<string | undefined> {
  try {
    return await asking(purpose, async () => {
      const { data } = await octokit.rest.users.getAuthenticated();
      return userSchema.parse(data).login;
    });
  } catch (error) {
    if (error instanceof GitHubError && error.status === 403) return undefined;
    throw error;
  }
}

function isGraphqlRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'GraphqlResponseError';
}
