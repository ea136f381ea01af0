import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import { type CommentMarker, readMarker, withoutMarker } from './comment-marker.ts';
import { ONCE } from './patience.ts';

/** A comment that bears our marker and was written by our token's account. */
export type OwnComment = {
  readonly id: number;
  readonly url: string;
  /** Without marker. */
  readonly body: string;
  readonly marker: CommentMarker;
};

/** Whose comments are ours; asked only once a comment with our marker is there. */
export type Login = () => Promise<string>;

const commentSchema = z.object({
  id: z.int(),
  html_url: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
});

type Comment = z.infer<typeof commentSchema>;

const permission = 'pull-requests: write';

/** All our comments of this key on the pull request, oldest first. */
export async function findOwnComments(
  api: Api,
  login: Login,
  number: number,
  key: string,
): Promise<readonly OwnComment[]> {
  const { octokit, owner, repo } = api;
  const doing = `listing the comments of pull request ${number}`;
  const comments = await asking({ doing, permission }, async () => {
    const parameters = { owner, repo, issue_number: number, per_page: 100 };
    return z.array(commentSchema).parse(await octokit.paginate(octokit.rest.issues.listComments, parameters));
  });
  const marked = comments.filter((comment) => readMarker(comment.body ?? '')?.key === key);
  if (marked.length === 0) return [];
  const author = await login();
  return marked
    .filter((comment) => comment.user?.login === author)
    .flatMap((comment) => ownComment(comment) ?? [])
    .sort((a, b) => a.id - b.id);
}

function ownComment({ id, html_url: url, body }: Comment): OwnComment | undefined {
  const marker = readMarker(body ?? '');
  return marker === undefined ? undefined : { id, url, body: withoutMarker(body ?? ''), marker };
}

/** Nothing when it is gone. One whose marker somebody took away has none. */
export async function readComment(
  { octokit, owner, repo }: Api,
  id: number,
): Promise<{ readonly own: OwnComment | undefined } | undefined> {
  try {
    return await asking({ doing: 'looking at the comment again', permission }, async () => {
      const { data } = await octokit.rest.issues.getComment({ owner, repo, comment_id: id });
      return { own: ownComment(commentSchema.parse(data)) };
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes once, whatever GitHub answers: before a repetition somebody has to look. */
export async function patchComment(
  { octokit, owner, repo }: Api,
  { id, number, body }: { readonly id: number; readonly number: number; readonly body: string },
): Promise<string> {
  const doing = `updating the comment on pull request ${number}`;
  return asking({ doing, permission }, async () => {
    const parameters = { owner, repo, comment_id: id, body, request: ONCE };
    const { data } = await octokit.rest.issues.updateComment(parameters);
    return commentSchema.parse(data).html_url;
  });
}

/** A comment just created. Its author is our token's account, told without a question of its own. */
export type Made = { readonly id: number; readonly url: string; readonly author: string };

export async function postComment(
  { octokit, owner, repo }: Api,
  number: number,
  body: string,
): Promise<Made> {
  const doing = `commenting on pull request ${number}`;
  return asking({ doing, permission }, async () => {
    const parameters = { owner, repo, issue_number: number, body, request: { retries: 0 } };
    const { data } = await octokit.rest.issues.createComment(parameters);
    const { id, html_url: url, user } = commentSchema.parse(data);
    return { id, url, author: user?.login ?? '' };
  });
}

export async function deleteComment({ octokit, owner, repo }: Api, id: number): Promise<void> {
  try {
    await asking({ doing: `deleting a duplicate comment (${id})`, permission }, () =>
      octokit.rest.issues.deleteComment({ owner, repo, comment_id: id }),
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof GitHubError && error.status === 404;
}
