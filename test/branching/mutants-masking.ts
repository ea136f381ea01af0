import { createMemoryProvider, type MemoryStore } from '../../src/branching/memory.ts';
import type { Provider } from '../../src/branching/provider.ts';
import type { Mutant } from './mutants.ts';

/** One that believes everything. */
const credulous = (store: MemoryStore): Provider =>
  createMemoryProvider({ now: () => new Date(), store, trust: () => undefined });

const NO_MORE = 'a proof that is trusted no more keeps every copy from being made, and takes no branch away';

/** Providers that take a masking on trust. */
export const maskingMutants: readonly Mutant[] = [
  {
    broken: 'no masked baseline is a parent',
    caughtBy: 'a masked baseline whose proof is trusted is a parent, and keeps what it says of itself',
    make: (_, store) => createMemoryProvider({ now: () => new Date(), store }),
  },
  ...(['create', 'reset', 'withShard', 'resolveBaseline'] as const).map(
    (method): Mutant => ({
      broken: `${method} asks for no proof`,
      caughtBy: NO_MORE,
      make: (_, store) => ({ [method]: credulous(store)[method] }),
    }),
  ),
  {
    broken: 'a label without a proof is enough',
    caughtBy: 'a masked baseline without a proof is refused, whatever is trusted',
    make: (provider, store) => ({
      create: (request) => {
        for (const database of store.databases.values())
          database.comment = database.comment?.replace('"masked"', '"synthetic"');
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'nobody asks whether the baseline is closed',
    caughtBy: 'a masked baseline that takes connections is refused, whatever is trusted',
    make: (provider, store) => ({
      create: (request) => {
        for (const database of store.databases.values()) database.closed = true;
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'trust is asked about the baseline’s name only',
    caughtBy: 'trust is asked about the very database that bears the label, on this server, now',
    make: (_, store) => {
      // One of its own for every reading, so that all databases look alike.
      const blind = { ...store, databases: new Map() };
      return {
        resolveBaseline: (wanted, held) =>
          createMemoryProvider({ now: () => new Date(), store: blind }).resolveBaseline(wanted, held),
      };
    },
  },
  {
    broken: 'a name gives the version that was made last',
    caughtBy: 'a name gives the newest version, and an id that very one',
    make: (provider) => {
      let last: string | undefined;
      return {
        ensureBaseline: (baseline, build) => {
          last = baseline.id;
          return provider.ensureBaseline(baseline, build);
        },
        resolveBaseline: async (wanted, held) =>
          (await provider.resolveBaseline(wanted, held)) && provider.findBaseline(last ?? wanted),
      };
    },
  },
  {
    broken: 'an older version is taken in silence',
    caughtBy: 'a newest version that is not trusted is an error, never an older one',
    make: (provider) => ({
      resolveBaseline: (wanted, held) =>
        provider
          .resolveBaseline(wanted, held)
          .catch(() => provider.resolveBaseline(`${wanted}@20260601T000000Z`)),
    }),
  },
  {
    broken: 'a branch is moved at each refresh',
    caughtBy: 'the version that a branch has is kept while it is trusted, else the newest is given',
    make: (provider) => ({ resolveBaseline: (wanted) => provider.resolveBaseline(wanted) }),
  },
  {
    broken: 'every baseline has a manifest',
    caughtBy: 'a baseline that no refresh made has no manifest',
    make: () => ({ manifestOf: async () => '{}' }),
  },
];
