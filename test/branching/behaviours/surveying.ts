import assert from 'node:assert/strict';
import { safeName } from '../../../src/branching/identity.ts';
import { labelText } from '../../../src/branching/labels.ts';
import type { BranchIdentity, Unchanged } from '../../../src/branching/provider.ts';
import {
  asks,
  type Behaviour,
  baselineOf,
  foreignLabel,
  pull,
  type Subject,
  withBaseline,
  withBranch,
} from '../subject.ts';

const neighbour = (subject: Subject): BranchIdentity => ({
  repositoryId: subject.repositoryId + 1,
  subject: { kind: 'run', runId: '900', attempt: 1 },
});

async function leftBuilding(subject: Subject): Promise<string> {
  const name = safeName(`pullgres_building_${'0'.repeat(12)}_${'1'.repeat(12)}`);
  const building = { baselineId: `${subject.repositoryId}:never`, createdAt: '2026-01-02T03:04:05.000Z' };
  await subject.plant(name, labelText({ building }));
  return name;
}

const remainNames = async (subject: Subject) =>
  (await subject.another.remains(subject.repositoryId))
    .filter(({ kind }) => kind !== 'directory')
    .map(({ name }) => name);

/** What a sweep needs to know, and how it may take things away. */
export const surveying: readonly Behaviour[] = [
  {
    name: 'the census has every branch of every repository once, finished or half made, and nothing else',
    run: async (subject) => {
      const first = await withBranch(subject, 1);
      const second = await withBranch(subject, 2);
      const third = await withBranch(subject, 3);
      const { branch: other } = await subject.provider.create(asks(subject, neighbour(subject)));
      await subject.relabel(second.name, labelText({ branch: { state: 'making', labels: second.labels } }));
      await subject.relabel(third.name, 'somebody’s notes');
      await leftBuilding(subject);
      const census = await subject.another.census();
      assert.deepEqual(
        census.map(({ branch, state }) => [branch.id, branch.labels, state]),
        [
          [first.id, first.labels, 'ready'],
          [second.id, second.labels, 'making'],
          [other.id, other.labels, 'ready'],
        ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      );
      for (const { bytes, sessions, busy } of census) {
        assert.ok(bytes !== undefined && bytes > 0);
        assert.equal(sessions, 0);
        assert.equal(busy, false);
      }
    },
  },
  {
    name: 'the census says on which branches a job works',
    run: async (subject) => {
      await withBranch(subject, 1);
      await withBranch(subject, 2);
      const during = await subject.provider.hold(pull(subject, 2), () => subject.another.census());
      assert.deepEqual(
        during.map(({ busy }) => busy),
        [false, true],
      );
      assert.ok((await subject.another.census()).every(({ busy }) => !busy));
    },
  },
  {
    name: 'a removal that was decided earlier keeps a branch that changed since',
    run: async (subject) => {
      const { labels } = await withBranch(subject, 1);
      const seen: Unchanged = { labels, state: 'ready', idle: true };
      const kept = async (unchanged: Unchanged, reason: RegExp) => {
        const removal = await subject.another.remove(pull(subject, 1), unchanged);
        assert.equal(removal.removed, false);
        assert.match(removal.kept ?? '', reason);
        assert.ok(await subject.provider.find(pull(subject, 1)));
      };
      await kept({ ...seen, state: 'making' }, /finished since/);
      await subject.provider.hold(pull(subject, 1), () => kept(seen, /A job has begun/));
      const expiresAt = '2126-02-02T00:00:00.000Z';
      await subject.provider.create({ ...asks(subject, pull(subject, 1)), expiresAt });
      await kept(seen, /renewed since and expires at 2126-02-02/);
      await subject.provider.remove(pull(subject, 1));
      const { labels: fresh } = await withBranch(subject, 1);
      await kept({ ...seen, idle: false }, /made anew since/);
      const removal = await subject.another.remove(pull(subject, 1), { ...seen, labels: fresh });
      assert.deepEqual(removal, { removed: true });
      assert.deepEqual(await subject.another.remove(pull(subject, 1), seen), { removed: false });
    },
  },
  {
    name: 'the remains are what an ended build left, not what a running one makes, and clearing takes them once',
    run: async (subject) => {
      await withBranch(subject, 1);
      assert.deepEqual(await remainNames(subject), []);
      await subject.provider.ensureBaseline(baselineOf(subject, 'slow'), async (facts) => {
        await subject.write(facts, 'row');
        const running = await subject.another.remains(subject.repositoryId);
        const [build, ...more] = running.filter(({ kind }) => kind === 'building');
        assert.deepEqual([build?.name, build?.busy, more], [facts.database, true, []]);
      });
      const name = await leftBuilding(subject);
      const remains = await subject.provider.remains(subject.repositoryId);
      const left = remains.find((each) => each.name === name);
      assert.ok(left);
      assert.deepEqual([left.kind, left.busy, left.repositoryId], ['building', false, undefined]);
      assert.deepEqual(await subject.another.clear(left), { removed: true });
      assert.deepEqual(await subject.provider.clear(left), { removed: false });
      assert.ok(!(await subject.databases()).includes(name));
      assert.deepEqual(await remainNames(subject), []);
      assert.ok(await subject.provider.find(pull(subject, 1)));
    },
  },
  {
    name: 'what is no longer a remain is not cleared',
    run: async (subject) => {
      const branch = await withBranch(subject, 1);
      const name = await leftBuilding(subject);
      const remains = await subject.provider.remains(subject.repositoryId);
      const left = remains.find((each) => each.name === name);
      assert.ok(left);
      for (const comment of [foreignLabel(branch.labels, 2), 'somebody’s notes']) {
        await subject.relabel(name, comment);
        const removal = await subject.provider.clear(left);
        assert.equal(removal.removed, false);
        assert.match(removal.kept ?? '', /no longer what it was/);
        assert.ok((await subject.databases()).includes(name));
      }
    },
  },
  {
    name: 'a sweep is remembered for its repository alone',
    run: async (subject) => {
      const { provider, another, repositoryId } = subject;
      await withBaseline(subject);
      assert.equal(await provider.lastSweep(repositoryId), undefined);
      await provider.recordSweep(repositoryId);
      const first = await another.lastSweep(repositoryId);
      assert.match(first ?? '', /^\d{4}-.*Z$/);
      await another.recordSweep(repositoryId);
      assert.ok(((await provider.lastSweep(repositoryId)) ?? '') >= (first ?? ''));
      assert.equal(await provider.lastSweep(repositoryId + 1), undefined);
    },
  },
];
