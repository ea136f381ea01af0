import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import { type CommentMarker, compareRuns, type RunOrder, runOf } from './comment-marker.ts';
import { readPullRequest } from './pull-requests.ts';

/** Whether a comment's marker is that of a run later than ours. May ask GitHub. */
export type LaterClaim = (marker: CommentMarker) => Promise<boolean>;

/** Who asks: our run, and the commit that it judged. */
export type Claimant = { readonly number: number; readonly run: RunOrder; readonly sha: string };

/** Claims that GitHub is asked about; who forges more gains nothing by it. */
const MOST_ASKED = 3;

/**
 * A marker is text, and another workflow's comment, by the same account, may echo a stranger's. So what it claims may stop our
 * comment only where that does no harm, or where GitHub confirms it:
 * - we judged a commit that is no longer the pull request's head: any claim stops us, for the head's own run will write;
 * - we judged the head, and the claim is of another commit: it does not;
 * - both are of the head: it does when GitHub knows that run, of our workflow, of this commit, of so many attempts, and
 *   neither skipped nor cancelled. Such a run writes its own text itself, whatever stands there now.
 * Where the repository is public every token may read its runs (docs: "Get a workflow run"). Where it is private that takes
 * `actions: read`; without, the claim stands: no stranger can write there.
 */
export function laterClaims(api: Api, { number, run, sha }: Claimant): LaterClaim {
  const judged = new Map<string, boolean>();
  let head: Promise<string> | undefined;
  let ours: Promise<ReadRun> | undefined;
  const isConfirmed = async (marker: CommentMarker) => {
    // Who writes in the name of no run yields to each.
    if (BigInt(run.id) === 0n) return true;
    head ??= readHead(api, number, sha);
    if ((await head) !== sha) return true;
    if (marker.sha !== sha) return false;
    const theirs = await readRun(api, marker.run);
    if (theirs === 'hidden') return true;
    if (theirs === 'missing' || !hasRun(theirs, marker)) return false;
    ours ??= marker.run === run.id ? Promise.resolve(theirs) : readRun(api, run.id);
    const known = await ours;
    return typeof known === 'object' && known.workflow_id === theirs.workflow_id;
  };
  return async (marker) => {
    if (compareRuns(runOf(marker), run) <= 0) return false;
    const claim = `${marker.run} ${marker.attempt} ${marker.sha}`;
    const known = judged.get(claim);
    if (known !== undefined) return known;
    const answer = judged.size < MOST_ASKED && (await isConfirmed(marker));
    judged.set(claim, answer);
    return answer;
  };
}

const runSchema = z.object({
  id: z.int(),
  workflow_id: z.int(),
  head_sha: z.string(),
  run_attempt: z.int().default(1),
  conclusion: z.string().nullish(),
});

type Run = z.infer<typeof runSchema>;

/** `hidden`: the token may not see it. */
type ReadRun = Run | 'missing' | 'hidden';

function hasRun({ head_sha, run_attempt, conclusion }: Run, { sha, attempt }: CommentMarker): boolean {
  return head_sha === sha && attempt <= run_attempt && conclusion !== 'skipped' && conclusion !== 'cancelled';
}

/** Ours where the token may not see the pull request. */
async function readHead(api: Api, number: number, ours: string): Promise<string> {
  const pull = await unlessRefused(() => readPullRequest(api, number));
  return typeof pull === 'object' ? pull.headSha : ours;
}

async function readRun({ octokit, owner, repo }: Api, id: string): Promise<ReadRun> {
  // Beyond what a number holds there is no run.
  if (!Number.isSafeInteger(Number(id))) return 'missing';
  return unlessRefused(() =>
    asking({ doing: `asking about run ${id}`, permission: 'actions: read' }, async () => {
      const { data } = await octokit.rest.actions.getWorkflowRun({ owner, repo, run_id: Number(id) });
      return runSchema.parse(data);
    }),
  );
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | 'missing' | 'hidden'> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitHubError) || error.retryable) throw error;
    if (error.status === 404) return 'missing';
    if (error.status === 403) return 'hidden';
    throw error;
  }
}
