import { setTimeout as sleep } from 'node:timers/promises';
import type { PullRequest } from '../github/event.ts';
import type { PullRequestState } from '../github/pull-requests.ts';
import type { World } from '../runner/world.ts';
import type { Setting } from './setting.ts';

/** What became of a pull request since the event that started this run. `overtaken`: its head is another commit. */
export type Standing =
  | { readonly kind: 'current' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'overtaken'; readonly sentence: string };

/** GitHub's API may answer with the state before the push for a moment, though the push's event is out. */
const LAG_MS = 2_000;

/** Asks GitHub how the pull request stands now; where it cannot be asked, the event tells. */
export async function standingOf(
  world: Pick<World, 'signal'>,
  { event, github }: Pick<Setting, 'event' | 'github'>,
): Promise<Standing> {
  if (event.kind !== 'pull-request') return { kind: 'current' };
  const told = event.pullRequest;
  const ask = async () => {
    try {
      return await github?.pullRequest(told.number);
    } catch {
      world.signal.throwIfAborted();
      return undefined;
    }
  };
  const first = judge(told, await ask());
  if (first.kind !== 'overtaken') return first;
  await sleep(LAG_MS, undefined, { signal: world.signal });
  return judge(told, await ask());
}

function judge(told: PullRequest, now: PullRequestState | undefined): Standing {
  if (!(now?.open ?? told.open)) return { kind: 'closed' };
  if (now === undefined || now.headSha === told.headSha) return { kind: 'current' };
  const [newer, own] = [now.headSha, told.headSha].map((sha) => sha.slice(0, 7));
  return {
    kind: 'overtaken',
    sentence: `Pull request ${told.number} is at ${newer} by now and this run is about ${own}, so the branch is left to the newer run.`,
  };
}
