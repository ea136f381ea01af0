import { randomBytes } from 'node:crypto';
import { branchPassword } from '../../src/branching/credentials.ts';
import { baselineName } from '../../src/branching/guards.ts';
import { branchName } from '../../src/branching/identity.ts';
import { labelText, parseLabel } from '../../src/branching/labels.ts';
import type { MemoryStore } from '../../src/branching/memory.ts';
import type { Baseline, Branch, BranchLabels, Provider } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';

/** A provider that breaks one promise; the suite must say so by the named behaviour. */
export type Mutant = {
  readonly broken: string;
  readonly caughtBy: string;
  readonly make: (provider: Provider, store: MemoryStore) => Partial<Provider>;
};

function factsOf(branch: Branch, password: Secret): ConnectionFacts {
  const { name } = branch;
  return { host: 'memory.invalid', port: 1, database: name, user: name, password, sslmode: 'disable' };
}

const nowhere: ConnectionFacts = {
  host: 'memory.invalid',
  port: 1,
  database: 'none',
  user: 'none',
  password: new Secret('none'),
  sslmode: 'disable',
};

async function replaced(
  provider: Provider,
  branch: Branch,
  change: Partial<BranchLabels>,
  store: MemoryStore,
) {
  const labels = { ...branch.labels, ...change };
  const database = store.databases.get(branch.name);
  if (database) database.comment = labelText({ branch: { state: 'ready', labels } });
  return { ...branch, provider: provider.name, labels };
}

/** The memory provider, broken in one place each. */
export const mutants: readonly Mutant[] = [
  {
    broken: 'create always creates',
    caughtBy: 'create gets or creates, and says which',
    make: (provider) => ({
      create: async (request) => {
        await provider.remove(request.identity);
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'create says created although it was there',
    caughtBy: 'create gets or creates, and says which',
    make: (provider) => ({
      create: async (request) => ({ ...(await provider.create(request)), created: true }),
    }),
  },
  {
    broken: 'create looks, waits and then creates',
    caughtBy: 'creates of one identity at once make one branch',
    make: (provider) => ({
      create: async (request) => {
        if (await provider.find(request.identity)) return provider.create(request);
        await new Promise((resolve) => setImmediate(resolve));
        await provider.remove(request.identity);
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'create takes over a database that only bears the name',
    caughtBy: 'create leaves a database alone that only bears the name',
    make: (provider, store) => ({
      create: async (request) => {
        const database = store.databases.get(branchName(request.identity));
        if (database && !parseLabel(database.comment)) store.databases.delete(branchName(request.identity));
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'create does not renew the expiry',
    caughtBy: 'an existing branch keeps its data and baseline, its head, base and expiry are renewed',
    make: (provider, store) => ({
      create: async (request) => {
        const existing = await provider.find(request.identity);
        const made = await provider.create(request);
        if (!existing) return made;
        const { expiresAt } = existing.labels;
        return { created: false, branch: await replaced(provider, made.branch, { expiresAt }, store) };
      },
    }),
  },
  {
    broken: 'create moves an existing branch to the baseline asked for',
    caughtBy: 'an existing branch keeps its data and baseline, its head, base and expiry are renewed',
    make: (provider, store) => ({
      create: async (request) => {
        const made = await provider.create(request);
        const { baselineId } = request;
        return { ...made, branch: await replaced(provider, made.branch, { baselineId }, store) };
      },
    }),
  },
  {
    broken: 'labels lose the base ref',
    caughtBy: 'labels come back as they were given',
    make: (provider) => ({
      create: (request) => provider.create({ ...request, baseRef: request.baseRef.replaceAll(/\W/g, '') }),
    }),
  },
  {
    broken: 'the repository does not count',
    caughtBy: 'every identity has a branch of its own',
    make: (provider) => ({
      create: (request) =>
        provider.create({ ...request, identity: { ...request.identity, repositoryId: 1001 } }),
    }),
  },
  {
    broken: 'branches share the baseline’s rows',
    caughtBy: 'branches do not share data',
    make: (provider, store) => ({
      create: async (request) => {
        const made = await provider.create(request);
        const shared = [...store.databases.values()].find((each) => each.comment?.includes('"baseline":'));
        const database = store.databases.get(made.branch.name);
        if (shared && database) database.rows = shared.rows;
        return made;
      },
    }),
  },
  {
    broken: 'find takes the first branch of the repository',
    caughtBy: 'find is exact',
    make: (provider) => ({
      find: async (identity) => (await provider.list(identity.repositoryId)).branches[0],
    }),
  },
  {
    broken: 'list drops the last page',
    caughtBy: 'list gives every branch of the repository once, in order, over all pages',
    make: (provider) => ({
      list: async (repositoryId, after) => {
        const page = await provider.list(repositoryId, after);
        const rest = page.next && (await provider.list(repositoryId, page.next)).next;
        return { branches: page.branches, next: rest ? page.next : undefined };
      },
    }),
  },
  {
    broken: 'list shows the neighbours',
    caughtBy: 'list gives every branch of the repository once, in order, over all pages',
    make: (provider) => ({
      list: async (repositoryId, after) => {
        const page = await provider.list(repositoryId, after);
        const neighbours = page.next ? [] : (await provider.list(repositoryId + 1)).branches;
        return { ...page, branches: [...page.branches, ...neighbours] };
      },
    }),
  },
  {
    broken: 'connect skips the check',
    caughtBy: 'connect, touch, usage and reset refuse what bears other labels',
    make: (_, store) => ({
      connect: async (branch) => factsOf(branch, branchPassword(store.secret, branch.labels)),
    }),
  },
  {
    broken: 'reset keeps the data',
    caughtBy: 'reset brings the data back and keeps the credentials',
    make: (provider, store) => ({
      reset: async (branch, baselineId) => {
        const rows = store.databases.get(branch.name)?.rows ?? [];
        const { branch: fresh, making } = await provider.reset(branch, baselineId);
        const database = store.databases.get(branch.name);
        if (database) database.rows = rows;
        return { branch: fresh, making };
      },
    }),
  },
  {
    broken: 'reset is remove and create, so the credentials change',
    caughtBy: 'reset brings the data back and keeps the credentials',
    make: (provider) => ({
      reset: async (branch, baselineId) => {
        const { making } = await provider.reset(branch, baselineId);
        await provider.remove(branch.labels);
        const created = await provider.create({ ...branch.labels, identity: branch.labels, baselineId });
        return { branch: created.branch, making };
      },
    }),
  },
  {
    broken: 'reset stays on the old baseline',
    caughtBy: 'reset moves to another baseline when asked',
    make: (provider) => ({
      reset: async (branch, baselineId) => {
        const found = await provider.findBaseline(baselineId);
        return provider.reset(branch, found?.kind === 'schema' ? branch.labels.baselineId : baselineId);
      },
    }),
  },
  {
    broken: 'touch tells only its caller',
    caughtBy: 'touch is seen by every job',
    make: (provider, store) => ({
      touch: async (branch) => {
        const touched = await provider.touch(branch);
        await replaced(provider, touched, { touched: false }, store);
        return touched;
      },
    }),
  },
  {
    broken: 'remove ignores the labels',
    caughtBy: 'remove refuses a branch that bears other labels',
    make: (_, store) => ({
      remove: async (identity) => ({ removed: store.databases.delete(branchName(identity)) }),
    }),
  },
  {
    broken: 'remove takes a baseline for a branch',
    caughtBy: 'a baseline is not removed as a branch',
    make: (provider, store) => ({
      remove: async (identity) => {
        const label = parseLabel(store.databases.get(branchName(identity))?.comment);
        if (!label || !('baseline' in label)) return provider.remove(identity);
        return { removed: store.databases.delete(branchName(identity)) };
      },
    }),
  },
  {
    broken: 'remove fails when nothing is there',
    caughtBy: 'remove removes, and the second time finds nothing',
    make: (provider) => ({
      remove: async (identity) => {
        if (!(await provider.find(identity))) throw new Error('no such branch');
        return provider.remove(identity);
      },
    }),
  },
  {
    broken: 'remove says removed and does nothing',
    caughtBy: 'remove removes, and the second time finds nothing',
    make: (provider) => ({
      remove: async (identity) => ({ removed: (await provider.find(identity)) !== undefined }),
    }),
  },
  {
    broken: 'every build runs',
    caughtBy: 'a baseline is built once, and once by two at the same time',
    make: (provider) => ({
      ensureBaseline: async (baseline, build) => {
        const found = await provider.findBaseline(baseline.id);
        if (found) await build(nowhere).catch(() => {});
        return provider.ensureBaseline(baseline, build);
      },
    }),
  },
  {
    broken: 'a failed build is published',
    caughtBy: 'a build that throws leaves nothing behind',
    make: (provider) => ({
      ensureBaseline: async (baseline, build) => {
        let failure: unknown;
        const made = await provider.ensureBaseline(baseline, (facts) =>
          build(facts).catch((error: unknown) => {
            failure = error;
          }),
        );
        if (failure) throw failure;
        return made;
      },
    }),
  },
  {
    broken: 'a masked baseline is taken on trust',
    caughtBy: 'a masked baseline is refused while its masking is not proved',
    make: (provider, store) => ({
      create: async (request) => {
        const trusted = (baseline: Baseline): Baseline => ({ ...baseline, kind: 'synthetic' });
        for (const database of store.databases.values()) {
          const label = parseLabel(database.comment);
          if (label && 'baseline' in label)
            database.comment = labelText({ baseline: trusted(label.baseline) });
        }
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'any database will do as a parent',
    caughtBy: 'a missing baseline or an unlabelled database is no parent',
    make: (provider, store) => ({
      create: async (request) => {
        const { baselineId } = request;
        const database = store.databases.get(baselineId);
        if (database) {
          database.comment = labelText({
            baseline: { id: baselineId, kind: 'schema', createdAt: '2026-01-01T00:00:00.000Z' },
          });
        }
        return provider.create(request);
      },
    }),
  },
  {
    broken: 'baselines are seen only by the job that built them',
    caughtBy: 'a baseline is found by its id',
    make: (provider) => {
      const mine = new Set<string>();
      return {
        findBaseline: async (id) => (mine.has(id) ? provider.findBaseline(id) : undefined),
        ensureBaseline: (baseline, build) => {
          mine.add(baseline.id);
          return provider.ensureBaseline(baseline, build);
        },
      };
    },
  },
  {
    broken: 'another database under the name of a baseline is overwritten',
    caughtBy: 'another database under the name of a baseline is an error',
    make: (provider, store) => ({
      ensureBaseline: (baseline, build) => {
        const name = baselineName(baseline.id);
        if (!parseLabel(store.databases.get(name)?.comment)) store.databases.delete(name);
        return provider.ensureBaseline(baseline, build);
      },
    }),
  },
  {
    broken: 'list goes by the name, not the label',
    caughtBy: 'what is not labelled as a branch is not listed',
    make: (provider, store) => ({
      list: async (repositoryId, after) => {
        const page = await provider.list(repositoryId, after);
        const like = page.branches[0];
        const names = [...store.databases.keys()].filter((name) =>
          name.startsWith(`pullgres_${repositoryId}_`),
        );
        const branches = names.flatMap((name) => (like ? [{ ...like, id: name, name }] : []));
        return { ...page, branches };
      },
    }),
  },
  {
    broken: 'usage of nothing is nothing',
    caughtBy: 'usage is a number of bytes, of a branch that is there',
    make: (provider) => ({
      usage: (branch) => provider.usage(branch).catch(() => ({ bytes: 0, sessions: 0 })),
    }),
  },
  {
    broken: 'each connect has a password of its own',
    caughtBy: 'connect gives every job the same credentials',
    make: (provider) => ({
      connect: async (branch) => ({
        ...(await provider.connect(branch)),
        password: new Secret(randomBytes(32).toString('hex')),
      }),
    }),
  },
  {
    broken: 'a branch made anew passes for the old one',
    caughtBy: 'a branch made anew has other credentials, and the old handle does not reach it',
    make: (provider) => ({
      connect: async (branch) => provider.connect((await provider.find(branch.labels)) ?? branch),
    }),
  },
  {
    broken: 'hold holds nothing',
    caughtBy: 'two jobs never hold one branch at once, and both have their turn',
    make: () => ({ hold: (_identity, work) => work() }),
  },
  {
    broken: 'one branch is held for all',
    caughtBy: 'a held branch keeps no other branch waiting, and work that throws lets go',
    make: (provider) => ({
      hold: async (identity, work) => {
        const subject = { kind: 'pull-request', number: 1 } as const;
        return withinASecond(provider.hold({ ...identity, subject }, work));
      },
    }),
  },
  {
    broken: 'remove waits for the holder',
    caughtBy: 'inside of hold the branch is made, reset and removed, and remove waits for no holder',
    make: (provider) => ({
      remove: async (identity) => withinASecond(provider.hold(identity, () => provider.remove(identity))),
    }),
  },
  {
    broken: 'a note outlives what it is about',
    caughtBy:
      'what is remembered of a branch is recalled by another job, until it is touched, reset or removed',
    make: (provider) => ({
      touch: async (branch) => {
        const note = await provider.recall(branch);
        const touched = await provider.touch(branch);
        if (note !== undefined) await provider.remember(touched, note);
        return touched;
      },
    }),
  },
  {
    broken: 'a note is kept in the job alone',
    caughtBy:
      'what is remembered of a branch is recalled by another job, until it is touched, reset or removed',
    make: () => {
      const notes = new Map<string, string>();
      return {
        remember: async (branch, text) => void notes.set(branch.id, text),
        recall: async (branch) => notes.get(branch.id),
      };
    },
  },
  {
    broken: 'a note about nothing is taken in silence',
    caughtBy: 'nothing is remembered of a branch that is gone',
    make: (provider) => ({
      recall: (branch) => provider.recall(branch).catch(() => undefined),
    }),
  },
];

function withinASecond<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('waits for ever')), 1_000);
  });
  return Promise.race([work, late]);
}
