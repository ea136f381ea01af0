import type { Provider } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { World } from '../runner/world.ts';
import type { Begun } from './begin.ts';
import { ensureBranch, type OpenBranch } from './branch.ts';
import { openProvider, type ProviderOptions } from './open-provider.ts';

export type OnBranchOptions = ProviderOptions & {
  readonly baseline: string | undefined;
  /** Bring a branch that an earlier run migrated back to its baseline first. */
  readonly fresh: boolean;
  /** Bring it back though it could be kept. */
  readonly reset?: boolean | undefined;
  readonly ttlMs?: number | undefined;
  /** Let other runs at the branch before `work` begins, which then must look after itself. */
  readonly release?: boolean;
};

/**
 * Opens the provider, gets or creates this run's branch, does `work` on it and closes the provider. Undefined
 * when the pull request was closed meanwhile, which is said in the log.
 * @throws UserError when the pull request's head is another commit by now.
 */
export async function onBranch<T>(
  world: World,
  { setting, loaded, plan }: Pick<Begun, 'setting' | 'loaded' | 'plan'>,
  options: OnBranchOptions,
  work: (open: OpenBranch, provider: Provider) => Promise<T>,
): Promise<T | undefined> {
  const postgresVersion = options.postgresVersion ?? loaded.policy.postgres;
  const provider = await openProvider(world, setting, { ...options, postgresVersion }, loaded.policy);
  try {
    const { baseline, fresh, reset, ttlMs } = options;
    const begin = async (): Promise<OpenBranch | undefined> => {
      const open = await ensureBranch(world, setting, provider, {
        baseline,
        loaded,
        plan,
        fresh,
        reset,
        ttlMs,
      });
      if ('overtaken' in open) throw new UserError(open.overtaken, { hint: 'Look at the newer run.' });
      if (!('closed' in open)) return open;
      world.info(open.closed);
      return undefined;
    };
    const go = async (open: OpenBranch | undefined) => open && (await work(open, provider));
    const { identity } = setting;
    if (options.release) return await go(await provider.hold(identity, begin));
    return await provider.hold(identity, async () => go(await begin()));
  } finally {
    await provider.close();
  }
}
