import assert from 'node:assert/strict';
import { baselineName } from '../../../src/branching/guards.ts';
import { branchName } from '../../../src/branching/identity.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { asks, type Behaviour, baselineOf, pull, refused, withBaseline, withBranch } from '../subject.ts';

/** What baselines promise. */
export const parents: readonly Behaviour[] = [
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
