import type { Mutant } from './mutants.ts';

/** Providers that tell a sweep something wrong, or clear what they should not. */
export const surveyMutants: readonly Mutant[] = [
  {
    broken: 'the census sees one repository',
    caughtBy: 'the census has every branch of every repository once, finished or half made, and nothing else',
    make: (provider) => ({
      census: async () => {
        const all = await provider.census();
        const first = all[0]?.branch.labels.repositoryId;
        return all.filter(({ branch }) => branch.labels.repositoryId === first);
      },
    }),
  },
  {
    broken: 'the census leaves out what is half made',
    caughtBy: 'the census has every branch of every repository once, finished or half made, and nothing else',
    make: (provider) => ({
      census: async () => (await provider.census()).filter(({ state }) => state === 'ready'),
    }),
  },
  {
    broken: 'nobody is ever busy',
    caughtBy: 'the census says on which branches a job works',
    make: (provider) => ({
      census: async () => (await provider.census()).map((each) => ({ ...each, busy: false })),
    }),
  },
  {
    broken: 'remove does not look whether the branch changed',
    caughtBy: 'a removal that was decided earlier keeps a branch that changed since',
    make: (provider) => ({ remove: (identity) => provider.remove(identity) }),
  },
  {
    broken: 'remove passes over the job that holds the branch',
    caughtBy: 'a removal that was decided earlier keeps a branch that changed since',
    make: (provider) => ({
      remove: (identity, unchanged) => provider.remove(identity, unchanged && { ...unchanged, idle: false }),
    }),
  },
  {
    broken: 'a running build is a remain',
    caughtBy:
      'the remains are what an ended build left, not what a running one makes, and clearing takes them once',
    make: (provider) => ({
      remains: async (id) => (await provider.remains(id)).map((each) => ({ ...each, busy: false })),
    }),
  },
  {
    broken: 'clear says removed and does nothing',
    caughtBy:
      'the remains are what an ended build left, not what a running one makes, and clearing takes them once',
    make: () => ({ clear: async () => ({ removed: true }) }),
  },
  {
    broken: 'clear goes by the name',
    caughtBy: 'what is no longer a remain is not cleared',
    make: (_, store) => ({ clear: async ({ name }) => ({ removed: store.databases.delete(name) }) }),
  },
  {
    broken: 'one sweep is remembered for all',
    caughtBy: 'a sweep is remembered for its repository alone',
    make: (provider) => ({
      lastSweep: (id) => provider.lastSweep(id - (id % 2 === 0 ? 1 : 0)),
    }),
  },
];
