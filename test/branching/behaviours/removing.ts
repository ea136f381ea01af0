import assert from 'node:assert/strict';
import { baselineName } from '../../../src/branching/guards.ts';
import { labelText } from '../../../src/branching/labels.ts';
import { type Behaviour, baselineOf, foreignLabel, pull, refused, withBranch } from '../subject.ts';

/** What remove promises. */
export const removing: readonly Behaviour[] = [
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
