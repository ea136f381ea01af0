import assert from 'node:assert/strict';
import type { CreateRequest, Quota } from '../../../src/branching/provider.ts';
import { ProviderError } from '../../../src/errors.ts';
import { asks, type Behaviour, pull, type Subject, withBaseline, withBranch } from '../subject.ts';

function wants(subject: Subject, number: number, quota: Quota, author?: string): CreateRequest {
  return { ...asks(subject, pull(subject, number)), quota, author, repository: 'acme/shop' };
}

/** The refusal's words. Rejects when `work` is not refused for a quota. */
async function refusedByQuota(work: Promise<unknown>): Promise<string> {
  let words = '';
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ProviderError, String(error));
    assert.equal(error.status, 'quota', error.message);
    words = `${error.message} ${error.hint}`;
    return true;
  });
  return words;
}

/** What create promises about quotas. */
export const quotas: readonly Behaviour[] = [
  {
    name: 'a full quota refuses one more branch, tells who holds what, and still renews those that are there',
    run: async (subject) => {
      await withBaseline(subject);
      const { provider, another } = subject;
      for (const number of [1, 2]) await provider.create(wants(subject, number, { repository: 2 }, 'robin'));
      const words = await refusedByQuota(another.create(wants(subject, 3, { repository: 2 }, 'sam')));
      assert.match(words, /quota of 2 branches of this repository is full: 2 are there/);
      assert.match(words, /branch\.quota\.repository/);
      assert.match(words, /pull request 1 of acme\/shop \(robin, 0 h old, .*\); pull request 2 of/);
      assert.equal(await provider.find(pull(subject, 3)), undefined);
      assert.equal((await another.create(wants(subject, 1, { repository: 1 }))).created, false);
      await provider.remove(pull(subject, 1));
      assert.equal((await another.create(wants(subject, 3, { repository: 2 }, 'sam'))).created, true);
    },
  },
  {
    name: 'creates at once never exceed the quota',
    run: async (subject) => {
      await withBaseline(subject);
      const { provider, another, repositoryId } = subject;
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
      const ends = await Promise.allSettled(
        numbers.map((number) =>
          (number % 2 === 0 ? provider : another).create(wants(subject, number, { total: 3 })),
        ),
      );
      const made = ends.filter(({ status }) => status === 'fulfilled');
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
      assert.equal(made.length, 3, failures.join('\n'));
      for (const failure of failures) assert.match(failure, /quota of 3 branches on this server is full/);
      let listed = 0;
      for (let after: string | undefined; ; ) {
        const page = await provider.list(repositoryId, after);
        listed += page.branches.length;
        after = page.next;
        if (after === undefined) break;
      }
      assert.equal(listed, 3);
    },
  },
  {
    name: 'an author’s quota counts this repository’s branches of the author, and another repository’s people are not told',
    run: async (subject) => {
      await withBaseline(subject);
      const { provider } = subject;
      const neighbour = { ...pull(subject, 1), repositoryId: subject.repositoryId + 1 };
      await provider.create({
        ...wants(subject, 1, {}, 'Robin'),
        identity: neighbour,
        repository: 'acme/hidden',
      });
      const quota = { author: 1 };
      assert.equal((await provider.create(wants(subject, 1, quota, 'robin'))).created, true);
      assert.match(await refusedByQuota(provider.create(wants(subject, 2, quota, 'ROBIN'))), /ROBIN has 1/);
      assert.equal((await provider.create(wants(subject, 2, quota, 'sam'))).created, true);
      assert.equal((await provider.create(wants(subject, 3, quota))).created, true, 'nobody’s branch');
      const words = await refusedByQuota(provider.create(wants(subject, 4, { total: 4 }, 'kim')));
      assert.match(words, new RegExp(`pull request 1 of repository ${subject.repositoryId + 1} \\(0 h old`));
      assert.doesNotMatch(words, /hidden|Robin/);
    },
  },
  {
    name: 'a quota of bytes counts all branches and what the new one takes',
    run: async (subject) => {
      const { provider } = subject;
      const { bytes } = await provider.usage(await withBranch(subject, 1));
      const less = { bytes: Math.round(bytes * 1.5) };
      assert.match(
        await refusedByQuota(provider.create(wants(subject, 2, less))),
        /for all branches on this server is full: they hold .*branch\.quota\.bytes/s,
      );
      assert.equal((await provider.create(wants(subject, 2, { bytes: bytes * 3 }))).created, true);
    },
  },
];
