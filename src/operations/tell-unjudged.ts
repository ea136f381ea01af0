import { GitHubError, ProviderError, UserError } from '../errors.ts';
import { type Obstacle, renderUnjudged } from '../report/unjudged.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { startDraft } from './draft.ts';
import { defaultPolicy } from './policy.ts';
import { readSetting } from './setting.ts';

export type UnjudgedOptions = { readonly token: Secret | undefined; readonly key: string };

/**
 * After a run that ended with `error` before it could report: the comment of this key, if there is one, says that this
 * commit could not be judged, so that no earlier verdict stays under it. Never makes a comment. What keeps it from
 * writing is one line in the log: the run has failed already, and its error is what counts.
 */
export async function tellUnjudged(world: World, error: unknown, options: UnjudgedOptions): Promise<void> {
  try {
    await rewrite(world, error, options);
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem);
    world.info(`An earlier comment, if there is one, could not be rewritten: ${why}`);
  }
}

async function rewrite(world: World, error: unknown, { token, key }: UnjudgedOptions): Promise<void> {
  const setting = await readSetting(world, { token });
  const { event, github, subject, run } = setting;
  // A closed pull request is not judged any more: its last verdict stays the last.
  if (event.kind !== 'pull-request' || event.action === 'closed' || !github) return;
  const { number } = event.pullRequest;
  const existing = await github.findComment(number, key);
  if (existing === undefined) return;
  const body = renderUnjudged(
    startDraft(world, setting, defaultPolicy.facts),
    obstacleOf(error),
    existing.marker.sha,
  );
  const { outcome, url } = await github.upsertComment({ number, key, body, run, sha: subject.headSha });
  world.info(`Comment ${outcome} ${url}`);
}

function obstacleOf(error: unknown): Obstacle {
  if (error instanceof UserError) return 'misuse';
  if (error instanceof ProviderError) return 'server';
  return error instanceof GitHubError ? 'github' : 'bug';
}
