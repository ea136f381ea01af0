import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { baselineName } from '../../src/branching/guards.ts';
import { branchName } from '../../src/branching/identity.ts';
import { type Label, labelText } from '../../src/branching/labels.ts';
import type {
  Baseline,
  Branch,
  BranchIdentity,
  BranchLabels,
  CreateRequest,
  Provider,
} from '../../src/branching/provider.ts';
import { ProviderError } from '../../src/errors.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';

/** One provider under test and the hands needed to look at and upset what it keeps. */
export type Subject = {
  /** Gives pages of two. */
  readonly provider: Provider;
  /** Another job on the same server. */
  readonly another: Provider;
  /** Nobody else's in this test run. */
  readonly repositoryId: number;
  /** Adds a row as the facts' user. */
  readonly write: (facts: ConnectionFacts, row: string) => Promise<void>;
  /** The rows as the facts' user reads them, in the order of writing. */
  readonly read: (facts: ConnectionFacts) => Promise<readonly string[]>;
  /** Makes a database by hand. */
  readonly plant: (name: string, comment: string | undefined) => Promise<void>;
  readonly relabel: (name: string, comment: string | undefined) => Promise<void>;
  readonly databases: () => Promise<readonly string[]>;
  /** Facts of the administrator, for the behaviours that need SQL. */
  readonly admin?: ConnectionFacts;
  /** Takes away everything that the behaviour left. */
  readonly dispose: () => Promise<void>;
};

/** One sentence that must hold of every provider; `run` rejects when it does not. */
export type Behaviour = { readonly name: string; readonly run: (subject: Subject) => Promise<void> };

export const pull = (subject: Subject, number: number): BranchIdentity => ({
  repositoryId: subject.repositoryId,
  subject: { kind: 'pull-request', number },
});

export const baselineOf = (subject: Subject, name = 'base', kind: Baseline['kind'] = 'schema'): Baseline => ({
  id: `${subject.repositoryId}:${name}`,
  kind,
  createdAt: '2026-01-02T03:04:05.000Z',
});

/** A baseline with one row, named after itself. */
export async function withBaseline(subject: Subject, name = 'base'): Promise<Baseline> {
  return subject.provider.ensureBaseline(baselineOf(subject, name), (facts) => subject.write(facts, name));
}

export function asks(subject: Subject, identity: BranchIdentity, baselineId?: string): CreateRequest {
  return {
    identity,
    baselineId: baselineId ?? baselineOf(subject).id,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: '2126-01-01T00:00:00.000Z',
  };
}

export async function withBranch(subject: Subject, number: number): Promise<Branch> {
  await withBaseline(subject);
  return (await subject.provider.create(asks(subject, pull(subject, number)))).branch;
}

export const refused = (work: Promise<unknown>, pattern: RegExp) =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ProviderError, `expected a ProviderError, got ${String(error)}`);
    assert.match(error.message, pattern);
    return true;
  });

function foreignLabel(branch: BranchLabels, number: number): string {
  const labels = { ...branch, subject: { kind: 'pull-request', number } as const };
  return labelText({ branch: { state: 'ready', labels } });
}

async function pages(provider: Provider, repositoryId: number): Promise<readonly (readonly Branch[])[]> {
  const found: (readonly Branch[])[] = [];
  let after: string | undefined;
  do {
    const page = await provider.list(repositoryId, after);
    found.push(page.branches);
    after = page.next;
    assert.ok(found.length < 20, 'the list has no end');
  } while (after !== undefined);
  return found;
}

const creating: readonly Behaviour[] = [
  {
    name: 'create gets or creates, and says which',
    run: async (subject) => {
      await withBaseline(subject);
      const first = await subject.provider.create(asks(subject, pull(subject, 1)));
      const second = await subject.another.create(asks(subject, pull(subject, 1)));
      assert.equal(first.created, true);
      assert.equal(second.created, false);
      assert.equal(second.branch.id, first.branch.id);
      assert.equal(second.branch.labels.createdAt, first.branch.labels.createdAt);
    },
  },
  {
    name: 'labels come back as they were given',
    run: async (subject) => {
      await withBaseline(subject);
      const asked = { ...asks(subject, pull(subject, 1)), baseRef: `we"ird'\\ $(x)\n::error::é` };
      const { branch } = await subject.provider.create(asked);
      const found = await subject.another.find(pull(subject, 1));
      assert.deepEqual(found, branch);
      assert.deepEqual(branch.labels, {
        ...pull(subject, 1),
        headSha: asked.headSha,
        baseRef: asked.baseRef,
        baselineId: asked.baselineId,
        createdAt: branch.labels.createdAt,
        expiresAt: asked.expiresAt,
        touched: false,
      });
      assert.equal(new Date(branch.labels.createdAt).toISOString(), branch.labels.createdAt);
    },
  },
  {
    name: 'every identity has a branch of its own',
    run: async (subject) => {
      await withBaseline(subject);
      const { repositoryId } = subject;
      const identities: readonly BranchIdentity[] = [
        pull(subject, 1),
        pull(subject, 11),
        { ...pull(subject, 1), repositoryId: repositoryId + 1 },
        { repositoryId, subject: { kind: 'merge-group', headSha: '1'.repeat(40) } },
        { repositoryId, subject: { kind: 'run', runId: '1', attempt: 11 } },
        { repositoryId, subject: { kind: 'run', runId: '11', attempt: 1 } },
      ];
      const ids = new Set<string>();
      for (const identity of identities) {
        const { branch, created } = await subject.provider.create(asks(subject, identity));
        assert.equal(created, true);
        assert.ok(Buffer.byteLength(branch.name) <= subject.provider.capabilities.maximumNameBytes);
        assert.deepEqual(await subject.provider.find(identity), branch);
        ids.add(branch.id);
      }
      assert.equal(ids.size, identities.length);
    },
  },
  {
    name: 'an existing branch keeps its data and baseline, its head and expiry are renewed',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      await withBaseline(subject, 'other');
      await subject.write(await subject.provider.connect(branch), 'mine');
      const again = await subject.provider.create({
        ...asks(subject, pull(subject, 1), baselineOf(subject, 'other').id),
        headSha: 'b'.repeat(40),
        expiresAt: '2127-01-01T00:00:00.000Z',
      });
      assert.equal(again.created, false);
      assert.deepEqual(again.branch.labels, {
        ...branch.labels,
        headSha: 'b'.repeat(40),
        expiresAt: '2127-01-01T00:00:00.000Z',
      });
      assert.deepEqual(await subject.provider.find(pull(subject, 1)), again.branch);
      assert.deepEqual(await subject.read(await subject.provider.connect(again.branch)), ['base', 'mine']);
    },
  },
  {
    name: 'branches do not share data',
    run: async (subject) => {
      const one = await subject.provider.connect(await withBranch(subject, 1));
      await subject.write(one, 'one');
      const two = await subject.provider.connect(await withBranch(subject, 2));
      assert.deepEqual(await subject.read(two), ['base']);
      assert.deepEqual(await subject.read(one), ['base', 'one']);
    },
  },
  {
    name: 'creates of one identity at once make one branch',
    run: async (subject) => {
      await withBaseline(subject);
      const request = asks(subject, pull(subject, 1));
      const made = await Promise.all([
        subject.provider.create(request),
        subject.another.create(request),
        subject.provider.create(request),
      ]);
      assert.equal(made.filter((each) => each.created).length, 1);
      assert.equal(new Set(made.map((each) => each.branch.labels.createdAt)).size, 1);
      assert.equal((await subject.provider.list(subject.repositoryId)).branches.length, 1);
    },
  },
  {
    name: 'create leaves a database alone that only bears the name',
    run: async (subject) => {
      await withBaseline(subject);
      await subject.plant(branchName(pull(subject, 1)), undefined);
      await refused(subject.provider.create(asks(subject, pull(subject, 1))), /not made by Pullgres/);
      assert.equal(await subject.provider.find(pull(subject, 1)), undefined);
    },
  },
];

const parents: readonly Behaviour[] = [
  {
    name: 'a baseline is found by its id',
    run: async (subject) => {
      assert.equal(await subject.provider.findBaseline(baselineOf(subject).id), undefined);
      const baseline = await withBaseline(subject);
      assert.deepEqual(baseline, baselineOf(subject));
      assert.deepEqual(await subject.another.findBaseline(baseline.id), baseline);
    },
  },
  {
    name: 'another database under the name of a baseline is an error',
    run: async (subject) => {
      const { id } = baselineOf(subject);
      await subject.plant(baselineName(id), undefined);
      await refused(subject.provider.findBaseline(id), /not made by Pullgres/);
      await refused(
        subject.provider.ensureBaseline(baselineOf(subject), async () => {}),
        /not made by Pullgres/,
      );
    },
  },
  {
    name: 'a baseline is built once, and once by two at the same time',
    run: async (subject) => {
      let built = 0;
      const build = async (facts: ConnectionFacts) => {
        built += 1;
        await subject.write(facts, 'base');
      };
      const made = await Promise.all([
        subject.provider.ensureBaseline(baselineOf(subject), build),
        subject.another.ensureBaseline(baselineOf(subject), build),
      ]);
      assert.deepEqual(made[0], made[1]);
      await subject.another.ensureBaseline(baselineOf(subject), build);
      assert.equal(built, 1);
      const branch = await withBranch(subject, 1);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
    },
  },
  {
    name: 'a build that throws leaves nothing behind',
    run: async (subject) => {
      const before = await subject.databases();
      const failed = subject.provider.ensureBaseline(baselineOf(subject), async (facts) => {
        await subject.write(facts, 'half');
        throw new TypeError('the builder stumbled');
      });
      await assert.rejects(failed, new TypeError('the builder stumbled'));
      assert.deepEqual(await subject.databases(), before);
      assert.equal(await subject.provider.findBaseline(baselineOf(subject).id), undefined);
      const branch = await withBranch(subject, 1);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
    },
  },
  {
    name: 'a missing baseline or an unlabelled database is no parent',
    run: async (subject) => {
      const name = `pullgres_test_${subject.repositoryId}`;
      await subject.plant(name, undefined);
      for (const id of [name, 'postgres', 'template1', 'no such baseline']) {
        await refused(subject.provider.create(asks(subject, pull(subject, 1), id)), /no baseline/);
      }
      assert.equal(await subject.provider.find(pull(subject, 1)), undefined);
      assert.ok(!(await subject.databases()).includes(branchName(pull(subject, 1))));
    },
  },
  {
    name: 'a masked baseline is refused while its masking is not proved',
    run: async (subject) => {
      const masked = baselineOf(subject, 'masked', 'masked');
      await subject.provider.ensureBaseline(masked, (facts) => subject.write(facts, 'a person'));
      const branch = await withBranch(subject, 1);
      await refused(subject.provider.create(asks(subject, pull(subject, 2), masked.id)), /not proved/);
      await refused(subject.provider.reset(branch, masked.id), /not proved/);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
      await refused(
        subject.provider.ensureBaseline({ ...masked, kind: 'schema' }, async () => {}),
        /of kind masked/,
      );
    },
  },
];

const finding: readonly Behaviour[] = [
  {
    name: 'find is exact',
    run: async (subject) => {
      await withBranch(subject, 11);
      const { repositoryId } = subject;
      const near: readonly BranchIdentity[] = [
        pull(subject, 1),
        pull(subject, 111),
        { ...pull(subject, 11), repositoryId: repositoryId + 1 },
        { repositoryId, subject: { kind: 'run', runId: '11', attempt: 1 } },
      ];
      for (const identity of near) assert.equal(await subject.provider.find(identity), undefined);
      assert.ok(await subject.provider.find(pull(subject, 11)));
    },
  },
  {
    name: 'list gives every branch of the repository once, in order, over all pages',
    run: async (subject) => {
      await withBaseline(subject);
      const { repositoryId } = subject;
      for (const number of [5, 3, 10, 1, 2]) {
        await subject.provider.create(asks(subject, pull(subject, number)));
      }
      const neighbour = { ...pull(subject, 4), repositoryId: repositoryId + 1 };
      await subject.provider.create(asks(subject, neighbour));
      const found = await pages(subject.another, repositoryId);
      assert.deepEqual(
        found.map((page) => page.length),
        [2, 2, 1],
      );
      const ids = found.flat().map((branch) => branch.id);
      assert.deepEqual(ids, [...ids].sort());
      assert.deepEqual(
        new Set(found.flat().map((branch) => JSON.stringify(branch.labels.subject))),
        new Set([1, 2, 3, 5, 10].map((number) => JSON.stringify({ kind: 'pull-request', number }))),
      );
    },
  },
  {
    name: 'what is not labelled as a branch is not listed',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const forged = `pullgres:{"branch":{"labels":{"repositoryId":${subject.repositoryId}}}}`;
      await subject.plant(branchName(pull(subject, 2)), forged);
      await subject.plant(branchName(pull(subject, 3)), 'pullgres:{');
      assert.deepEqual(await subject.provider.list(subject.repositoryId), {
        branches: [branch],
        next: undefined,
      });
      assert.deepEqual((await subject.provider.list(subject.repositoryId + 1)).branches, []);
    },
  },
  {
    name: 'touch is seen by every job',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const touched = await subject.provider.touch(branch);
      assert.deepEqual(touched, { ...branch, labels: { ...branch.labels, touched: true } });
      assert.deepEqual(await subject.another.find(pull(subject, 1)), touched);
      const again = await subject.another.create(asks(subject, pull(subject, 1)));
      assert.equal(again.branch.labels.touched, true);
    },
  },
  {
    name: 'usage is a number of bytes, of a branch that is there',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const { bytes } = await subject.provider.usage(branch);
      assert.ok(Number.isSafeInteger(bytes) && bytes > 0);
      await subject.provider.remove(pull(subject, 1));
      await refused(subject.provider.usage(branch), /is gone/);
    },
  },
];

const connecting: readonly Behaviour[] = [
  {
    name: 'connect gives every job the same credentials',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const here = await subject.provider.connect(branch);
      const there = await subject.another.connect(branch);
      assert.equal(here.user, there.user);
      assert.equal(here.password.reveal(), there.password.reveal());
      assert.ok(here.password.reveal().length >= 32);
      const other = await subject.provider.connect(await withBranch(subject, 2));
      assert.notEqual(other.password.reveal(), here.password.reveal());
      assert.deepEqual(await subject.read(there), ['base']);
    },
  },
  {
    name: 'connect, touch, usage and reset refuse what bears other labels',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const { labels } = branch;
      const cases: readonly (readonly [string | undefined, RegExp])[] = [
        [foreignLabel(labels, 2), /belongs to pull request 2/],
        [
          labelText({
            branch: { state: 'ready', labels: { ...labels, createdAt: '2020-01-01T00:00:00.000Z' } },
          }),
          /made anew/,
        ],
        [labelText({ branch: { state: 'making', labels } }), /half made/],
        [labelText({ baseline: baselineOf(subject, 'other') }), /is a baseline/],
        ['somebody’s notes', /not made by Pullgres/],
        [undefined, /not made by Pullgres/],
      ];
      for (const [comment, pattern] of cases) {
        await subject.relabel(branch.name, comment);
        await refused(subject.provider.connect(branch), pattern);
        await refused(subject.provider.touch(branch), pattern);
        await refused(subject.provider.usage(branch), pattern);
        await refused(subject.provider.reset(branch, labels.baselineId), pattern);
      }
      await subject.relabel(branch.name, labelText({ branch: { state: 'ready', labels } } satisfies Label));
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
    },
  },
  {
    name: 'reset brings the data back and keeps the credentials',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const facts = await subject.provider.connect(branch);
      await subject.write(facts, 'mine');
      const touched = await subject.provider.touch(branch);
      const reset = await subject.another.reset(touched, branch.labels.baselineId);
      assert.deepEqual(reset, branch);
      assert.deepEqual(await subject.provider.find(pull(subject, 1)), branch);
      assert.deepEqual(await subject.read(facts), ['base']);
      await subject.write(facts, 'again');
      assert.deepEqual(await subject.read(facts), ['base', 'again']);
    },
  },
  {
    name: 'reset moves to another baseline when asked',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const other = await withBaseline(subject, 'other');
      const reset = await subject.provider.reset(branch, other.id);
      assert.deepEqual(reset.labels, { ...branch.labels, baselineId: other.id });
      assert.deepEqual(await subject.read(await subject.provider.connect(reset)), ['other']);
      await refused(subject.provider.reset(reset, 'no such baseline'), /no baseline/);
      assert.deepEqual(await subject.read(await subject.provider.connect(reset)), ['other']);
    },
  },
];

const removing: readonly Behaviour[] = [
  {
    name: 'remove removes, and the second time finds nothing',
    run: async (subject) => {
      const before = await subject.databases();
      assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: false });
      const branch = await withBranch(subject, 1);
      const other = await withBranch(subject, 2);
      assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
      assert.deepEqual(await subject.another.remove(pull(subject, 1)), { removed: false });
      assert.equal(await subject.provider.find(pull(subject, 1)), undefined);
      await refused(subject.provider.connect(branch), /is gone/);
      assert.deepEqual(await subject.provider.find(pull(subject, 2)), other);
      const left = new Set([...before, other.name, baselineName(baselineOf(subject).id)]);
      assert.deepEqual(new Set(await subject.databases()), left);
    },
  },
  {
    name: 'remove refuses a branch that bears other labels',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      for (const comment of [foreignLabel(branch.labels, 2), 'somebody’s notes', undefined]) {
        await subject.relabel(branch.name, comment);
        await refused(subject.provider.remove(pull(subject, 1)), /belongs to pull request 2|not made by/);
        assert.ok((await subject.databases()).includes(branch.name));
      }
    },
  },
  {
    name: 'a baseline is not removed as a branch',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      await subject.relabel(branch.name, labelText({ baseline: baselineOf(subject, 'other') }));
      await refused(subject.provider.remove(pull(subject, 1)), /is a baseline/);
      assert.ok((await subject.databases()).includes(branch.name));
    },
  },
  {
    name: 'a branch made anew has other credentials, and the old handle does not reach it',
    run: async (subject) => {
      const old = await withBranch(subject, 1);
      const before = await subject.provider.connect(old);
      await subject.provider.remove(pull(subject, 1));
      const fresh = await withBranch(subject, 1);
      const after = await subject.provider.connect(fresh);
      assert.notEqual(after.password.reveal(), before.password.reveal());
      await refused(subject.provider.connect(old), /made anew/);
      await assert.rejects(subject.read(before));
    },
  },
];

/** What holds of every provider. */
export const behaviours: readonly Behaviour[] = [
  ...creating,
  ...parents,
  ...finding,
  ...connecting,
  ...removing,
];

/** Runs the suite; `makeSubject` is called once for each behaviour. */
export function conformance(
  name: string,
  makeSubject: () => Promise<Subject>,
  suite: readonly Behaviour[] = behaviours,
): void {
  describe(`provider ${name}`, () => {
    for (const behaviour of suite) {
      test(behaviour.name, async () => {
        const subject = await makeSubject();
        try {
          await behaviour.run(subject);
        } finally {
          await subject.dispose();
        }
      });
    }
  });
}
