import { ProviderError } from '../../src/errors.ts';
import type { Mutant } from './mutants.ts';

/** Providers whose quotas leak. */
export const quotaMutants: readonly Mutant[] = [
  {
    broken: 'no quota holds',
    caughtBy:
      'a full quota refuses one more branch, tells who holds what, and still renews those that are there',
    make: (provider) => ({ create: (request) => provider.create({ ...request, quota: undefined }) }),
  },
  {
    broken: 'on a full quota nobody gets at the branch that is there',
    caughtBy:
      'a full quota refuses one more branch, tells who holds what, and still renews those that are there',
    make: (provider) => ({
      create: async (request) => {
        const { branches } = await provider.list(request.identity.repositoryId);
        const most = request.quota?.repository ?? Number.POSITIVE_INFINITY;
        if (branches.length > most) throw new ProviderError('The quota is full.', { status: 'quota' });
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'branches are counted, and then made',
    caughtBy: 'creates at once never exceed the quota',
    make: (provider, store) => ({
      create: async (request) => {
        const most = request.quota?.total ?? Number.POSITIVE_INFINITY;
        const there = [...store.databases.values()].filter(({ comment }) => comment?.includes('"branch":'));
        await new Promise((resolve) => setImmediate(resolve));
        return provider.create(there.length < most ? { ...request, quota: undefined } : request);
      },
    }),
  },
  {
    broken: 'an author’s quota counts everybody',
    caughtBy:
      'an author’s quota counts this repository’s branches of the author, and another repository’s people are not told',
    make: (provider) => ({
      create: (request) => {
        const { author: most, ...quota } = request.quota ?? {};
        return provider.create({ ...request, quota: { ...quota, repository: quota.repository ?? most } });
      },
    }),
  },
  {
    broken: 'bytes are counted without the new branch',
    caughtBy: 'a quota of bytes counts all branches and what the new one takes',
    make: (provider) => ({
      create: async (request) => {
        const { bytes: most, ...quota } = request.quota ?? {};
        let held = 0;
        for (const branch of (await provider.list(request.identity.repositoryId)).branches)
          held += (await provider.usage(branch)).bytes;
        return provider.create(most === undefined || held > most ? request : { ...request, quota });
      },
    }),
  },
];
