import assert from 'node:assert/strict';
import { branchName } from '../../../src/branching/identity.ts';
import type { BranchIdentity } from '../../../src/branching/provider.ts';
import { asks, type Behaviour, baselineOf, pull, refused, withBaseline, withBranch } from '../subject.ts';

/** What create promises. */
export const creating: readonly Behaviour[] = [
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
        { repositoryId, subject: { kind: 'named', name: 'qa' } },
        { repositoryId, subject: { kind: 'named', name: 'qa-s1' } },
        { repositoryId, subject: { kind: 'named', name: 'qa-owner' } },
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
    name: 'an existing branch keeps its data and baseline, its head, base and expiry are renewed',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      await withBaseline(subject, 'other');
      await subject.write(await subject.provider.connect(branch), 'mine');
      const again = await subject.provider.create({
        ...asks(subject, pull(subject, 1), baselineOf(subject, 'other').id),
        headSha: 'b'.repeat(40),
        baseRef: 'release',
        expiresAt: '2127-01-01T00:00:00.000Z',
      });
      assert.equal(again.created, false);
      assert.deepEqual(again.branch.labels, {
        ...branch.labels,
        headSha: 'b'.repeat(40),
        baseRef: 'release',
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
