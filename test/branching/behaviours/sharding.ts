import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { branchName, shardName } from '../../../src/branching/identity.ts';
import { labelText } from '../../../src/branching/labels.ts';
import type { Branch, ShardRequest } from '../../../src/branching/provider.ts';
import { asks, type Behaviour, pull, refused, type Subject, withBranch } from '../subject.ts';

const expiresAt = '2126-01-01T00:00:00.000Z';
export const shard = (index: number): ShardRequest => ({ index, expiresAt });

const nameOf = (branch: Branch, index: number) => shardName(branchName(branch.labels), index);

/** A label that a job left which was killed while it had the shard. */
function leftLabel({ labels }: Branch, index: number): string {
  return labelText({ shard: { labels, index, createdAt: '2026-01-01T00:00:00.000Z', expiresAt } });
}

async function shardsThere({ databases }: Subject, branch: Branch): Promise<readonly string[]> {
  return (await databases()).filter((name) => name.startsWith(`${branch.name}_s`));
}

/** What withShard promises. */
export const sharding: readonly Behaviour[] = [
  {
    name: 'a shard is the branch as it stands, with the branch’s login, and neither sees the other’s rows',
    run: async (subject) => {
      const { provider, write, read } = subject;
      const branch = await withBranch(subject, 1);
      const facts = await provider.connect(branch);
      await write(facts, 'migrated');
      const seen = await provider.withShard(branch, shard(1), async (own, copyMs) => {
        assert.deepEqual([own.user, own.password.reveal()], [facts.user, facts.password.reveal()]);
        assert.notEqual(own.database, facts.database);
        assert.ok(copyMs >= 0);
        const rows = await read(own);
        await write(own, 'of the shard');
        await write(facts, 'of the branch');
        assert.deepEqual(await read(own), ['base', 'migrated', 'of the shard']);
        return rows;
      });
      assert.deepEqual(seen, ['base', 'migrated']);
      assert.deepEqual(await read(facts), ['base', 'migrated', 'of the branch']);
    },
  },
  {
    name: 'shards of several indexes are there at once, each with its own rows',
    run: async (subject) => {
      const { provider, another, write, read } = subject;
      const branch = await withBranch(subject, 1);
      let everybodyIsHere = (): void => undefined;
      const all = new Promise<void>((resolve) => {
        everybodyIsHere = resolve;
      });
      let begun = 0;
      const works = [1, 2, 3].map((index) =>
        (index === 2 ? another : provider).withShard(branch, shard(index), async (facts) => {
          begun += 1;
          if (begun === 3) everybodyIsHere();
          await all;
          await write(facts, `shard ${index}`);
          return read(facts);
        }),
      );
      assert.deepEqual(await Promise.all(works), [
        ['base', 'shard 1'],
        ['base', 'shard 2'],
        ['base', 'shard 3'],
      ]);
    },
  },
  {
    name: 'two jobs with one index take turns, and each begins with a fresh copy',
    run: async (subject) => {
      const { provider, another, write, read } = subject;
      const branch = await withBranch(subject, 1);
      let inside = 0;
      const turn = (job: typeof provider, name: string) =>
        job.withShard(branch, shard(1), async (facts) => {
          inside += 1;
          assert.equal(inside, 1);
          const before = await read(facts);
          await write(facts, name);
          await sleep(50);
          inside -= 1;
          return before;
        });
      const seen = await Promise.all([turn(provider, 'one'), turn(another, 'two'), turn(another, 'three')]);
      assert.deepEqual(seen, [['base'], ['base'], ['base']]);
    },
  },
  {
    name: 'a shard goes with its work, whether that succeeds or throws',
    run: async (subject) => {
      const { provider } = subject;
      const branch = await withBranch(subject, 1);
      const there = () => shardsThere(subject, branch);
      assert.deepEqual(await provider.withShard(branch, shard(1), there), [nameOf(branch, 1)]);
      assert.deepEqual(await there(), []);
      const failing = provider.withShard(branch, shard(1), () => Promise.reject(new Error('a test failed')));
      await assert.rejects(failing, /a test failed/);
      assert.deepEqual(await there(), []);
    },
  },
  {
    name: 'what a killed job left of a shard is dropped and copied anew',
    run: async (subject) => {
      const { provider, plant, read } = subject;
      const branch = await withBranch(subject, 1);
      await plant(nameOf(branch, 1), leftLabel(branch, 1));
      assert.deepEqual(await provider.withShard(branch, shard(1), read), ['base']);
      assert.deepEqual(await shardsThere(subject, branch), []);
    },
  },
  {
    name: 'another database under the name of a shard is an error and stays',
    run: async (subject) => {
      const { provider, plant, relabel, read } = subject;
      const branch = await withBranch(subject, 1);
      const name = nameOf(branch, 1);
      await plant(name, undefined);
      await refused(provider.withShard(branch, shard(1), read), /was not made by Pullgres/);
      const other = { ...branch, labels: { ...branch.labels, ...pull(subject, 2) } };
      await relabel(name, leftLabel(other, 1));
      await refused(provider.withShard(branch, shard(1), read), /belongs to pull request 2/);
      assert.deepEqual(await shardsThere(subject, branch), [name]);
    },
  },
  {
    name: 'a shard is neither found nor listed as a branch',
    run: async (subject) => {
      const { provider, another, repositoryId } = subject;
      const branch = await withBranch(subject, 1);
      await provider.withShard(branch, shard(1), async () => {
        assert.deepEqual(await another.find(pull(subject, 1)), branch);
        assert.deepEqual((await another.list(repositoryId)).branches, [branch]);
        const asBranch = { ...branch, id: nameOf(branch, 1), name: nameOf(branch, 1) };
        await refused(another.connect(asBranch), /is a shard of a branch/);
      });
    },
  },
  {
    name: 'a shard of a branch that is gone, made anew or moved on is refused',
    run: async (subject) => {
      const { provider, another, read } = subject;
      const branch = await withBranch(subject, 1);
      await another.create({ ...asks(subject, pull(subject, 1)), headSha: 'b'.repeat(40) });
      await refused(provider.withShard(branch, shard(1), read), /has moved on to bbbbbbbbbbbb/);
      await another.remove(pull(subject, 1));
      await refused(provider.withShard(branch, shard(1), read), /is gone/);
      await withBranch(subject, 1);
      await refused(provider.withShard(branch, shard(1), read), /removed and made anew/);
      assert.deepEqual(await shardsThere(subject, branch), []);
    },
  },
  {
    name: 'reset and remove take the shards along without waiting, and whoever worked on one is told',
    run: async (subject) => {
      const { provider, another } = subject;
      const branch = await withBranch(subject, 1);
      const under = async (work: () => Promise<unknown>) => {
        await refused(
          provider.withShard(branch, shard(1), async () => {
            await work();
            assert.deepEqual(await shardsThere(subject, branch), []);
          }),
          /was dropped while it was worked on/,
        );
      };
      await under(() => another.reset(branch, branch.labels.baselineId));
      await under(() => another.remove(pull(subject, 1)));
      await subject.plant(nameOf(branch, 2), leftLabel(branch, 2));
      assert.deepEqual(await another.remove(pull(subject, 1)), { removed: true });
      assert.deepEqual(await shardsThere(subject, branch), []);
    },
  },
];
