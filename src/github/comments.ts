import { setTimeout as sleep } from 'node:timers/promises';
import { GitHubError, UserError } from '../errors.ts';
import type { Api } from './api.ts';
import {
  deleteComment,
  findOwnComments,
  type Login,
  type Made,
  type OwnComment,
  postComment,
} from './comment-calls.ts';
import { bodyDigest, commentMarker, compareRuns, type RunOrder, runOf } from './comment-marker.ts';
import { type LaterClaim, laterClaims } from './later-claims.ts';
import { rewriteComment } from './rewrite-comment.ts';

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

/** GitHub: "Body is too long (maximum is 65536 characters)". */
export const MAXIMUM_COMMENT = 65_536;

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
  const writing: Writing = { api, login, request, body, isLater: laterClaims(api, request) };
  const oldest = own[0];
  if (oldest === undefined) return settle(writing, await createComment(writing));
  const later = await laterThan(writing, own);
  if (later !== undefined) return skipped(later);
  const outcome = await rewrite(writing, oldest);
  for (const { id } of own.slice(1)) await deleteComment(api, id);
  return outcome;
}

type Writing = {
  readonly api: Api;
  readonly login: Login;
  readonly request: CommentRequest;
  /** With marker. */
  readonly body: string;
  readonly isLater: LaterClaim;
};

/**
 * After a creation: two runs may have found no comment and created one each. Whose comment is not the oldest always
 * sees the other, so it is the one that heals: the oldest takes the text of the later run, and its own goes.
 */
async function settle(writing: Writing, made: Made): Promise<CommentOutcome> {
  const { api, request } = writing;
  const created = { outcome: 'created', url: made.url } as const;
  const own = await findOwnComments(api, async () => made.author, request.number, request.key);
  const oldest = own[0];
  if (oldest === undefined || oldest.id >= made.id) return created;
  const later = await laterThan(writing, own);
  const outcome = later ? skipped(later) : await rewrite(writing, oldest);
  await deleteComment(api, made.id);
  return outcome;
}

/** The one of the latest run, where that is later than ours. */
async function laterThan({ isLater }: Writing, own: readonly OwnComment[]): Promise<OwnComment | undefined> {
  const latestFirst = own.toSorted((a, b) => compareRuns(runOf(b.marker), runOf(a.marker)));
  for (const comment of latestFirst) if (await isLater(comment.marker)) return comment;
  return undefined;
}

function skipped({ url, marker: { run, attempt } }: OwnComment): CommentOutcome {
  const reason = `The later run ${run}, attempt ${attempt}, has already commented.`;
  return { outcome: 'skipped', url, reason };
}

async function rewrite(writing: Writing, comment: OwnComment): Promise<CommentOutcome> {
  const { api, request, body, isLater } = writing;
  const { id: run } = request.run;
  // The text is compared too: somebody may have edited it. Another run's marker would let a run between the two in.
  const isOurs = comment.marker.run === run && comment.marker.digest === bodyDigest(request.body);
  if (isOurs && isUnedited(comment)) return { outcome: 'unchanged', url: comment.url };
  const rewritten = await rewriteComment(api, { ...request, id: comment.id, body }, isLater);
  if (rewritten.kind === 'written') return { outcome: 'updated', url: rewritten.url };
  if (rewritten.kind === 'later') return skipped(rewritten.comment);
  const { url } = await createComment(writing);
  return { outcome: 'created', url };
}

/** Whether the text is the one that was written with the marker. */
export function isUnedited({ body, marker }: OwnComment): boolean {
  return bodyDigest(body) === marker.digest;
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

/**
 * Repeats a failed creation only after looking whether it worked in spite of the failure: GitHub may answer 502
 * to a comment that it has kept.
 */
async function createComment({ api, login, request, body }: Writing): Promise<Made> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await postComment(api, request.number, body);
    } catch (error) {
      const repeatable = error instanceof GitHubError && (error.status === 0 || error.status >= 500);
      if (!repeatable || !error.retryable || attempt >= api.limits.retries) throw error;
    }
    await sleep((attempt + 1) ** 2 * api.limits.secondMs);
    const own = await findOwnComments(api, login, request.number, request.key);
    const kept = own.find((comment) => compareRuns(runOf(comment.marker), request.run) === 0);
    if (kept !== undefined) return { id: kept.id, url: kept.url, author: await login() };
  }
}
