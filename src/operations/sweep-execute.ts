import type { Provider } from '../branching/provider.ts';
import type { Plan, PlannedBranch, PlannedRemain } from '../branching/sweep-plan.ts';
import type { SweepOutcome } from '../evidence/sweep-schema.ts';
import type { PullRequestState } from '../github/pull-requests.ts';
import type { World } from '../runner/world.ts';
import { isExpected, reasonOf } from './expected.ts';
import type { SweepSetting } from './sweep-survey.ts';

export type Planned = PlannedBranch | PlannedRemain;

/** What came of one decision. `pull` as it was read again before a removal. */
export type Outcome = {
  readonly outcome: SweepOutcome;
  readonly detail?: string | undefined;
  readonly pull?: PullRequestState | undefined;
};

/**
 * Carries the plan out, one by one. Before each removal GitHub, if there is one, is asked once more about its pull request, and the
 * provider reads the labels again under the branch's lock: whatever changed since the plan was made is kept. A removal
 * that fails keeps no other from being tried. Never throws for the server's or GitHub's refusals.
 */
export async function executePlan(
  world: World,
  setting: SweepSetting,
  provider: Provider,
  plan: Plan,
): Promise<ReadonlyMap<Planned, Outcome>> {
  const outcomes = new Map<Planned, Outcome>();
  for (const item of plan.postponed) {
    outcomes.set(item, { outcome: 'postponed', detail: 'One sweep removes no more; the next one goes on.' });
  }
  for (const item of plan.doomed) {
    const outcome = await attempt(world, setting, provider, item);
    outcomes.set(item, outcome);
    world.info(`${nameOf(item)}: ${outcome.outcome}. ${outcome.detail ?? item.reason}`);
  }
  return outcomes;
}

const CANCELLED: Outcome = { outcome: 'postponed', detail: 'The job was cancelled.' };

async function attempt(
  world: World,
  setting: SweepSetting,
  provider: Provider,
  item: Planned,
): Promise<Outcome> {
  if (world.signal.aborted) return CANCELLED;
  try {
    return 'held' in item
      ? await removeBranch(world, setting, provider, item)
      : outcomeOf(await provider.clear(item.remain));
  } catch (error) {
    if (world.signal.aborted) return CANCELLED;
    if (!isExpected(error)) throw error;
    return { outcome: 'failed', detail: reasonOf(error) };
  }
}

async function removeBranch(
  world: World,
  setting: SweepSetting,
  provider: Provider,
  item: PlannedBranch,
): Promise<Outcome> {
  const { held, rule } = item;
  const { labels } = held.branch;
  const { repositoryId, subject } = labels;
  // What goes by its own label although nobody is there to be asked, goes without asking now.
  const byLabel = rule === 'half made' || (rule === 'expired' && setting.github === undefined);
  const asked = subject.kind === 'pull-request' && !byLabel;
  const answer = asked ? await readAgain(world, setting, subject.number, rule === 'closed') : undefined;
  if (answer && 'outcome' in answer) return answer;
  // A closed pull request's branch goes with whoever is connected, as teardown has it.
  const unchanged = { labels, state: held.state, idle: rule !== 'closed' };
  const removal = await provider.remove({ repositoryId, subject }, unchanged);
  return { ...outcomeOf(removal), pull: answer };
}

function outcomeOf({ removed, kept }: Awaited<ReturnType<Provider['remove']>>): Outcome {
  if (removed) return { outcome: 'removed' };
  return kept === undefined ? { outcome: 'gone' } : { outcome: 'kept', detail: kept };
}

/** The pull request as it is now, or why its branch stays. */
async function readAgain(
  world: World,
  { github, repository }: SweepSetting,
  number: number,
  mustBeClosed: boolean,
): Promise<PullRequestState | Outcome> {
  try {
    const pull = await github?.pullRequest(number);
    if (pull?.repositoryId !== repository.id || pull.number !== number) {
      return {
        outcome: 'unknown',
        detail: `GitHub’s answer is not about pull request ${number} of this repository.`,
      };
    }
    if (!mustBeClosed || !pull.open) return pull;
    return { outcome: 'kept', detail: `Pull request ${number} is open again.` };
  } catch (error) {
    if (world.signal.aborted || !isExpected(error)) throw error;
    return { outcome: 'unknown', detail: reasonOf(error) };
  }
}

function nameOf(item: Planned): string {
  return 'held' in item ? item.held.branch.name : item.remain.name;
}
