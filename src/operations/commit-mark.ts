import type { Evidence } from '../evidence/schema.ts';
import type { CheckOutcome } from '../github/checks.ts';
import { MAXIMUM_DESCRIPTION, type StatusOutcome } from '../github/statuses.ts';
import {
  CHECK_CONCLUSIONS,
  checkAnnotations,
  MAXIMUM_TITLE,
  STATUS_STATES,
  verdictLine,
} from '../report/check-output.ts';
import { renderComment } from '../report/comment.ts';
import type { World } from '../runner/world.ts';
import type { Setting } from './setting.ts';
import { unlessRefused } from './unless-refused.ts';

/** How the verdict is marked on the commit, besides the job's own conclusion. */
export const MARKS = ['none', 'status', 'check'] as const;
export type Mark = (typeof MARKS)[number];

const DEFAULT_KEY = 'default';

/**
 * Marks the pull request's head, not the merge commit that was judged: only there people see it, and rules look for it.
 * One that cannot be written is one warning; the verdict stands.
 */
export async function markCommit(
  world: World,
  { github, run }: Setting,
  evidence: Evidence,
  { mark, key }: { readonly mark: Mark; readonly key: string },
): Promise<void> {
  if (!github || mark === 'none') return;
  const sha = evidence.subject.headSha;
  const { conclusion } = evidence.verdict;
  const write = (): Promise<Pick<CheckOutcome, 'outcome' | 'reason'> | StatusOutcome> =>
    mark === 'status'
      ? github.writeStatus({
          sha,
          run,
          context: key === DEFAULT_KEY ? 'pullgres' : `pullgres/${key}`,
          state: STATUS_STATES[conclusion],
          description: verdictLine(evidence, MAXIMUM_DESCRIPTION),
        })
      : github.writeCheck({
          sha,
          run,
          name: checkName(key),
          conclusion: CHECK_CONCLUSIONS[conclusion],
          title: verdictLine(evidence, MAXIMUM_TITLE),
          summary: renderComment(evidence),
          annotations: checkAnnotations(evidence),
        });
  const written = await unlessRefused(world, `The ${mark} could not be written.`, write);
  if (written) world.info(`The ${mark} is ${written.outcome}${written.reason ? `: ${written.reason}` : '.'}`);
}

/** Unlike a job's name: of a job and a check with one name, GitHub may require either. */
function checkName(key: string): string {
  return key === DEFAULT_KEY ? 'Pullgres verdict' : `Pullgres verdict (${key})`;
}
