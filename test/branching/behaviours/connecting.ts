import assert from 'node:assert/strict';
import { type Label, labelText } from '../../../src/branching/labels.ts';
import {
  type Behaviour,
  baselineOf,
  foreignLabel,
  pull,
  refused,
  withBaseline,
  withBranch,
} from '../subject.ts';

/** What connect and reset promise. */
export const connecting: readonly Behaviour[] = [
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
      const { branch: reset } = await subject.another.reset(touched, branch.labels.baselineId);
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
      const { branch: reset } = await subject.provider.reset(branch, other.id);
      assert.deepEqual(reset.labels, { ...branch.labels, baselineId: other.id });
      assert.deepEqual(await subject.read(await subject.provider.connect(reset)), ['other']);
      await refused(subject.provider.reset(reset, 'no such baseline'), /no baseline/);
      assert.deepEqual(await subject.read(await subject.provider.connect(reset)), ['other']);
    },
  },
];
