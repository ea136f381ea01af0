import { setTimeout as sleep } from 'node:timers/promises';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { isMissing, type OwnComment, patchComment, readComment } from './comment-calls.ts';
import { compareRuns, type RunOrder, runOf } from './comment-marker.ts';
import type { LaterClaim } from './later-claims.ts';

export type Rewriting = {
  /** The comment's. */
  readonly id: number;
  /** The pull request's. */
  readonly number: number;
  readonly run: RunOrder;
  /** With marker. */
  readonly body: string;
};

export type Rewritten =
  | { readonly kind: 'written'; readonly url: string }
  /** A later run has written it, before us or in between. */
  | { readonly kind: 'later'; readonly comment: OwnComment }
  | { readonly kind: 'gone' };

/** How often our text is put back where an older run has overwritten it. */
const MOST_WRITES = 3;

/**
 * Writes a comment that other runs may be writing at the same time; GitHub knows no condition for that. Each writer looks
 * just before it writes and, some time after, again: where an older run has overwritten it, it writes once more. An older run
 * that looked before we wrote has written by then, unless its one request took longer than ours took twice, and a second.
 * After a failure or a wait it looks again, too: a later run may have written meanwhile. Throws GitHubError.
 */
export async function rewriteComment(api: Api, request: Rewriting, isLater: LaterClaim): Promise<Rewritten> {
  for (let writes = 1; ; writes += 1) {
    const start = performance.now();
    const done = await lookAndWrite(api, request, isLater);
    if (done.kind !== 'written' || writes === MOST_WRITES) return done;
    await settled(api, performance.now() - start);
    const now = await readComment(api, request.id);
    if (now === undefined) return { kind: 'gone' };
    if (now.own === undefined || compareRuns(runOf(now.own.marker), request.run) >= 0) return done;
  }
}

/** Twice as long as ours took, and a second, or two: writers that began together do not look together. */
function settled({ limits, signal }: Api, tookMs: number): Promise<void> {
  const wait = 2 * tookMs + (1 + Math.random()) * limits.secondMs;
  return sleep(wait, undefined, signal ? { signal } : {});
}

async function lookAndWrite(api: Api, request: Rewriting, isLater: LaterClaim): Promise<Rewritten> {
  for (let attempt = 0; ; attempt += 1) {
    const now = await readComment(api, request.id);
    if (now === undefined) return { kind: 'gone' };
    if (now.own !== undefined && (await isLater(now.own.marker))) return { kind: 'later', comment: now.own };
    try {
      return { kind: 'written', url: await patchComment(api, request) };
    } catch (error) {
      if (isMissing(error)) return { kind: 'gone' };
      if (!(error instanceof GitHubError) || !(await mayRepeat(api, error, attempt))) throw error;
    }
  }
}

/** Waits as GitHub asks, or as long as after any failure of its own. */
async function mayRepeat(api: Api, error: GitHubError, attempt: number): Promise<boolean> {
  const { limits, patience, signal } = api;
  if (!error.retryable || attempt >= limits.retries) return false;
  if (error.status === 0 || error.status >= 500) {
    await sleep((attempt + 1) ** 2 * limits.secondMs, undefined, signal ? { signal } : {});
    return true;
  }
  if (error.retryAfter === undefined || !patience.allows('secondary', error.retryAfter, attempt))
    return false;
  await patience.wait(error.retryAfter);
  return true;
}
