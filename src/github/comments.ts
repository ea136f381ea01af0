import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { GitHubError, UserError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import {
  bodyDigest,
  type CommentMarker,
  commentMarker,
  compareRuns,
  type RunOrder,
  readMarker,
  withoutMarker,
} from './comment-marker.ts';

export type CommentRequest = {
  /** The pull request's number. */
  readonly number: number;
  readonly key: string;
  /** Markdown without marker. */
  readonly body: string;
  /** The run that judged, which is not always the run that writes. */
  readonly run: RunOrder;
  readonly sha: string;
};

export type CommentOutcome = {
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'skipped';
  readonly url: string;
  /** Why it was skipped. */
  readonly reason?: string;
};

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

/** GitHub: "Body is too long (maximum is 65536 characters)". */
export const MAXIMUM_COMMENT = 65_536;

const commentSchema = z.object({
  id: z.int(),
  html_url: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
});

type Comment = z.infer<typeof commentSchema>;

const permission = 'pull-requests: write';

/**
 * Writes the comment of this key, or leaves it: when its text is the same already, or when a later run has written.
 * Of several comments the oldest is kept. `found` are those that were just listed. Throws UserError beyond 65,536 characters and GitHubError.
 */
export async function upsertComment(
  api: Api,
  login: Login,
  request: CommentRequest,
  found?: readonly OwnComment[],
): Promise<CommentOutcome> {
  const body = markedBody(request);
  const own = found ?? (await findOwnComments(api, login, request.number, request.key));
  const oldest = own[0];
  if (oldest === undefined) return settle(api, request, body, await createComment(api, login, request, body));
  const later = laterThan(request.run, own);
  if (later !== undefined) return skipped(later);
  const outcome = await rewrite(api, login, request, oldest, body);
  for (const { id } of own.slice(1)) await deleteComment(api, id);
  return outcome;
}

/**
 * After a creation: two runs may have found no comment and created one each. Whose comment is not the oldest always
 * sees the other, so it is the one that heals: the oldest takes the text of the later run, and its own goes.
 */
async function settle(api: Api, request: CommentRequest, body: string, made: Made): Promise<CommentOutcome> {
  const { number, key, run } = request;
  const created = { outcome: 'created', url: made.url } as const;
  const own = await findOwnComments(api, async () => made.author, number, key);
  const oldest = own[0];
  if (oldest === undefined || oldest.id >= made.id) return created;
  const later = laterThan(run, own);
  const outcome = later ? skipped(later) : await rewrite(api, async () => made.author, request, oldest, body);
  await deleteComment(api, made.id);
  return outcome;
}

/** The one of the latest run, where that is later than `run`. */
function laterThan(run: RunOrder, own: readonly OwnComment[]): OwnComment | undefined {
  const newest = own.reduce((a, b) => (compareRuns(runOf(a), runOf(b)) < 0 ? b : a));
  return compareRuns(runOf(newest), run) > 0 ? newest : undefined;
}

function skipped({ url, marker: { run, attempt } }: OwnComment): CommentOutcome {
  const reason = `The later run ${run}, attempt ${attempt}, has already commented.`;
  return { outcome: 'skipped', url, reason };
}

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

/** Whether the text is the one that was written with the marker. */
export function isUnedited({ body, marker }: OwnComment): boolean {
  return bodyDigest(body) === marker.digest;
}

function runOf({ marker }: OwnComment): RunOrder {
  return { id: marker.run, attempt: marker.attempt };
}

function markedBody({ key, body, run, sha }: CommentRequest): string {
  const digest = bodyDigest(body);
  const marker = commentMarker({ key, version: 1, sha, run: run.id, attempt: run.attempt, digest });
  const text = `${marker}\n${body}`;
  if (text.length <= MAXIMUM_COMMENT) return text;
  throw new UserError(
    `The comment has ${text.length} characters; GitHub's limit is 65,536 (${MAXIMUM_COMMENT}).`,
    { hint: 'Shorten it, for instance by linking to the job summary, which may have 1 MiB.' },
  );
}

async function rewrite(
  api: Api,
  login: Login,
  request: CommentRequest,
  comment: OwnComment,
  body: string,
): Promise<CommentOutcome> {
  const digest = bodyDigest(request.body);
  // The text is compared too: somebody may have edited it.
  if (comment.marker.digest === digest && isUnedited(comment)) {
    return { outcome: 'unchanged', url: comment.url };
  }
  const { octokit, owner, repo } = api;
  const doing = `updating the comment on pull request ${request.number}`;
  try {
    const written = await asking({ doing, permission }, async () => {
      const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: comment.id, body });
      return commentSchema.parse(data);
    });
    return { outcome: 'updated', url: written.html_url };
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { url } = await createComment(api, login, request, body);
    return { outcome: 'created', url };
  }
}

/** A comment just created. Its author is our token's account, told without a question of its own. */
type Made = { readonly id: number; readonly url: string; readonly author: string };

/**
 * Repeats a failed creation only after looking whether it worked in spite of the failure: GitHub may answer 502
 * to a comment that it has kept.
 */
async function createComment(api: Api, login: Login, request: CommentRequest, body: string): Promise<Made> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await postComment(api, request.number, body);
    } catch (error) {
      const repeatable = error instanceof GitHubError && (error.status === 0 || error.status >= 500);
      if (!repeatable || !error.retryable || attempt >= api.limits.retries) throw error;
    }
    await sleep((attempt + 1) ** 2 * api.limits.secondMs);
    const own = await findOwnComments(api, login, request.number, request.key);
    const kept = own.find((comment) => compareRuns(runOf(comment), request.run) === 0);
    if (kept !== undefined) return { id: kept.id, url: kept.url, author: await login() };
  }
}

async function postComment({ octokit, owner, repo }: Api, number: number, body: string): Promise<Made> {
  const doing = `commenting on pull request ${number}`;
  return asking({ doing, permission }, async () => {
    const parameters = { owner, repo, issue_number: number, body, request: { retries: 0 } };
    const { data } = await octokit.rest.issues.createComment(parameters);
    const { id, html_url: url, user } = commentSchema.parse(data);
    return { id, url, author: user?.login ?? '' };
  });
}

async function deleteComment({ octokit, owner, repo }: Api, id: number): Promise<void> {
  try {
    await asking({ doing: `deleting a duplicate comment (${id})`, permission }, () =>
      octokit.rest.issues.deleteComment({ owner, repo, comment_id: id }),
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof GitHubError && error.status === 404;
}
