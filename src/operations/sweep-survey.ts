import type { Held, Provider, Remain } from '../branching/provider.ts';
import type { PullState } from '../branching/sweep-plan.ts';
import type { GitHub } from '../github/client.ts';
import type { World } from '../runner/world.ts';
import { isExpected, reasonOf } from './expected.ts';

export type SweepSetting = {
  readonly repository: { readonly id: number /** `owner/name` */; readonly name: string };
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string } | undefined;
  /** Without it no pull request's state is known: GitHub is not asked. */
  readonly github:
    | Pick<GitHub, 'pullRequest' | 'openPullRequests' | 'findComment' | 'upsertComment'>
    | undefined;
};

export type Survey = {
  readonly branches: readonly Held[];
  readonly remains: readonly Remain[];
  readonly pulls: ReadonlyMap<number, PullState>;
  readonly complete: boolean;
  readonly asked: boolean;
  /** Open pull requests; undefined when they are not known. */
  readonly open: number | undefined;
  readonly problems: readonly string[];
  readonly now: Date;
  /** Bytes that a branch of this repository shares with no other database, by its name, where the filesystem tells. */
  readonly diverged: ReadonlyMap<string, number>;
};

/**
 * What the server holds, and then what GitHub says of it: a branch that is made in between is in no plan. GitHub is asked
 * for its list only, once for each hundred open pull requests, and not at all where no branch is of one.
 * @throws ProviderError when the server does not tell everything.
 */
export async function surveyServer(world: World, setting: SweepSetting, provider: Provider): Promise<Survey> {
  const branches = await provider.census();
  const remains = await provider.remains(setting.repository.id);
  const now = await provider.now();
  const numbers = pullNumbers(branches, setting.repository.id);
  const listed = numbers.length === 0 ? NOTHING_TO_ASK : await listOpen(world, setting);
  const stateOf = (number: number): PullState => {
    if (!listed.complete) return 'unknown';
    return listed.numbers?.has(number) ? 'open' : 'closed';
  };
  return {
    branches,
    remains,
    now,
    pulls: new Map(numbers.map((number) => [number, stateOf(number)])),
    complete: listed.complete,
    asked: setting.github !== undefined,
    open: listed.numbers?.size,
    problems: listed.problems,
    diverged: await readDiverged(world, provider, branches, setting.repository.id),
  };
}

/** Longest time for measuring, which decides nothing. */
const DIVERGED_MS = 60_000;

/** Gives up at the first branch of which nothing is told: then the server's files cannot be seen from here. */
async function readDiverged(
  world: World,
  provider: Provider,
  branches: readonly Held[],
  repositoryId: number,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const end = performance.now() + DIVERGED_MS;
  for (const { branch, state } of branches) {
    if (state !== 'ready' || branch.labels.repositoryId !== repositoryId) continue;
    try {
      const { divergedBytes } = await provider.usage(branch);
      if (divergedBytes === undefined || performance.now() > end) break;
      found.set(branch.name, divergedBytes);
    } catch (error) {
      world.signal.throwIfAborted();
      if (!isExpected(error)) throw error;
    }
  }
  return found;
}

type Listed = {
  readonly complete: boolean;
  readonly numbers?: ReadonlySet<number>;
  readonly problems: readonly string[];
};

const NOTHING_TO_ASK: Listed = { complete: true, problems: [] };

function pullNumbers(branches: readonly Held[], repositoryId: number): readonly number[] {
  return branches.flatMap(({ branch: { labels } }) =>
    labels.repositoryId === repositoryId && labels.subject.kind === 'pull-request'
      ? [labels.subject.number]
      : [],
  );
}

async function listOpen(world: World, { github, repository }: SweepSetting): Promise<Listed> {
  if (!github) {
    const unasked =
      'There is no GitHub token, so no pull request’s state is known: a branch goes only when its own time is over.';
    return { complete: false, problems: [unasked] };
  }
  try {
    const { numbers } = await github.openPullRequests(repository.id);
    return { complete: true, numbers, problems: [] };
  } catch (error) {
    world.signal.throwIfAborted();
    if (!isExpected(error)) throw error;
    return { complete: false, problems: [reasonOf(error)] };
  }
}
