import { GitHubError } from '../errors.ts';
import type { PullRequestState } from '../github/pull-requests.ts';
import { sweptComment } from '../report/sweep-comment.ts';
import type { World } from '../runner/world.ts';
import type { Outcome, Planned } from './sweep-execute.ts';
import type { SweepSetting } from './sweep-survey.ts';

/** Older than any run, so that every later report, a re-run's too, takes the comment's place. */
const BEFORE_ALL_RUNS = { id: '0', attempt: 1 };

/**
 * Says on each pull request whose branch was removed that it was, in the comment that is there; the report in it stays,
 * and stays the run's whose it is. An open one that has no comment gets one, a closed one does not. Asks GitHub two
 * times for each, and once whose the token is. What cannot be written is one warning.
 */
export async function tellPullRequests(
  world: World,
  setting: SweepSetting,
  outcomes: ReadonlyMap<Planned, Outcome>,
  at: Date,
  key: string,
): Promise<void> {
  const unwritten: string[] = [];
  for (const [item, { outcome, pull }] of outcomes) {
    if (outcome !== 'removed' || !pull || !('held' in item)) continue;
    const branch = item.held.branch.name;
    try {
      await tell(setting, pull, { branch, at: at.toISOString(), key });
    } catch (error) {
      world.signal.throwIfAborted();
      if (!(error instanceof GitHubError)) throw error;
      unwritten.push(error.message);
    }
  }
  if (unwritten.length === 0) return;
  world.warning(`${unwritten.length} pull requests could not be told of their branch. ${unwritten[0]}`);
}

async function tell(
  { github }: SweepSetting,
  pull: PullRequestState,
  { branch, at, key }: { readonly branch: string; readonly at: string; readonly key: string },
): Promise<void> {
  const { number, open, headSha } = pull;
  const existing = await github?.findComment(number, key);
  if (!existing && !open) return;
  const marker = existing?.marker;
  await github?.upsertComment({
    number,
    key,
    body: sweptComment(existing?.body, { branch, at, open }),
    run: marker ? { id: marker.run, attempt: marker.attempt } : BEFORE_ALL_RUNS,
    sha: marker?.sha ?? headSha,
  });
}
