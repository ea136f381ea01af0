import * as z from 'zod';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import type { Login } from './comment-calls.ts';

/** A comment on lines of a file as the pull request's head has it. */
export type LineComment = {
  readonly path: string;
  /** First and last line, from 1. */
  readonly startLine: number;
  readonly endLine: number;
  /** Markdown. */
  readonly body: string;
};

export type ReviewRequest = {
  readonly number: number;
  /** The commit whose lines are meant. */
  readonly sha: string;
  /** Markdown above the comments; GitHub wants some. */
  readonly body: string;
  readonly comments: readonly LineComment[];
};

const permission = 'pull-requests: write';

const commentsSchema = z.array(
  z.object({
    path: z.string(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullable(),
  }),
);

/** Comments on lines that our token's account wrote and of which `isOurs` says that they bear a mark. Throws GitHubError. */
export async function ownLineComments(
  { octokit, owner, repo }: Api,
  login: Login,
  number: number,
  isOurs: (body: string) => boolean,
): Promise<readonly { readonly path: string; readonly body: string }[]> {
  const doing = `listing the review comments of pull request ${number}`;
  const all = await asking({ doing, permission }, async () => {
    const parameters = { owner, repo, pull_number: number, per_page: 100 };
    return commentsSchema.parse(await octokit.paginate(octokit.rest.pulls.listReviewComments, parameters));
  });
  const marked = all.filter(({ body }) => isOurs(body ?? ''));
  if (marked.length === 0) return [];
  const author = await login();
  return marked
    .filter(({ user }) => user?.login === author)
    .map(({ path, body }) => ({ path, body: body ?? '' }));
}

/** All comments in one review, which is one notification. Gives its address. Not repeated after a failure. Throws GitHubError. */
export async function writeReview({ octokit, owner, repo }: Api, request: ReviewRequest): Promise<string> {
  const { number, sha, body, comments } = request;
  return asking({ doing: `reviewing pull request ${number}`, permission }, async () => {
    const { data } = await octokit.rest.pulls.createReview({
      owner,
      repo,
      pull_number: number,
      commit_id: sha,
      event: 'COMMENT',
      body,
      comments: comments.map(placed),
      request: { retries: 0 },
    });
    return z.object({ html_url: z.string() }).parse(data).html_url;
  });
}

/** GitHub refuses a first line that is the last one too. */
function placed({ path, startLine, endLine, body }: LineComment) {
  const end = { path, body, side: 'RIGHT', line: endLine };
  return startLine === endLine ? end : { ...end, start_side: 'RIGHT', start_line: startLine };
}
