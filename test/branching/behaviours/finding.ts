import assert from 'node:assert/strict';
import { branchName } from '../../../src/branching/identity.ts';
import type { Branch, BranchIdentity, Provider } from '../../../src/branching/provider.ts';
import { asks, type Behaviour, pull, refused, withBaseline, withBranch } from '../subject.ts';

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

/** What find, list, touch and usage promise. */
export const finding: readonly Behaviour[] = [
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
      const { bytes, sessions, divergedBytes = 0 } = await subject.provider.usage(branch);
      assert.ok(Number.isSafeInteger(bytes) && bytes > 0);
      assert.ok(Number.isSafeInteger(divergedBytes) && divergedBytes >= 0);
      assert.equal(sessions, 0);
      await subject.provider.remove(pull(subject, 1));
      await refused(subject.provider.usage(branch), /is gone/);
    },
  },
  {
    name: 'what is remembered of a branch is recalled by another job, until it is touched, reset or removed',
    run: async (subject) => {
      const { provider, another } = subject;
      const branch = await withBranch(subject, 31);
      const neighbour = await withBranch(subject, 32);
      const text = `{"quote":"' $1 \\","long":"${'ä'.repeat(50_000)}"}`;
      assert.equal(await provider.recall(branch), undefined);
      const forgetting: readonly ((own: Branch) => Promise<Branch>)[] = [
        (own) => provider.touch(own),
        async (own) => (await provider.reset(own, own.labels.baselineId)).branch,
        async (own) => {
          await provider.remove(own.labels);
          return (await provider.create(asks(subject, pull(subject, 31)))).branch;
        },
      ];
      let own = branch;
      for (const forget of forgetting) {
        await provider.remember(own, 'another');
        await provider.remember(own, text);
        const again = await another.create(asks(subject, pull(subject, 31)));
        assert.equal(await another.recall(again.branch), text);
        assert.equal(await provider.recall(neighbour), undefined);
        own = await forget(own);
        assert.equal(await another.recall(own), undefined);
      }
    },
  },
  {
    name: 'nothing is remembered of a branch that is gone',
    run: async (subject) => {
      const branch = await withBranch(subject, 33);
      await subject.provider.remove(branch.labels);
      await refused(
        subject.provider.remember(branch, 'text'),
        /gone|no branch|not there|does not exist|is missing/i,
      );
      await refused(subject.provider.recall(branch), /gone|no branch|not there|does not exist|is missing/i);
    },
  },
];
