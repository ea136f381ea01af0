import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { asks, type Behaviour, pull, withBaseline } from '../subject.ts';

/** What hold promises. */
export const holding: readonly Behaviour[] = [
  {
    name: 'two jobs never hold one branch at once, and both have their turn',
    run: async ({ provider, another, ...rest }) => {
      const identity = pull({ provider, another, ...rest }, 1);
      const events: string[] = [];
      const turn = (name: string) => async () => {
        events.push(`${name} begins`);
        await sleep(120);
        events.push(`${name} ends`);
        return name;
      };
      const results = await Promise.all([
        provider.hold(identity, turn('one')),
        another.hold(identity, turn('two')),
        another.hold(identity, turn('three')),
      ]);
      assert.deepEqual(results, ['one', 'two', 'three']);
      assert.equal(events.length, 6);
      for (let at = 0; at < 6; at += 2) {
        assert.equal(events[at + 1], events[at]?.replace('begins', 'ends'), events.join(', '));
      }
    },
  },
  {
    name: 'a held branch keeps no other branch waiting, and work that throws lets go',
    run: async (subject) => {
      const { provider, another } = subject;
      await provider.hold(pull(subject, 1), async () => {
        assert.equal(await another.hold(pull(subject, 2), async () => 'other'), 'other');
      });
      const failing = provider.hold(pull(subject, 1), () => Promise.reject(new Error('the tests failed')));
      await assert.rejects(failing, /the tests failed/);
      assert.equal(await another.hold(pull(subject, 1), async () => 'next'), 'next');
    },
  },
  {
    name: 'inside of hold the branch is made, reset and removed, and remove waits for no holder',
    run: async (subject) => {
      const { provider, another } = subject;
      const identity = pull(subject, 1);
      const baseline = await withBaseline(subject);
      await provider.hold(identity, async () => {
        const { branch } = await provider.create(asks(subject, identity));
        await provider.reset(branch, baseline.id);
        assert.deepEqual(await another.remove(identity), { removed: true });
      });
      assert.equal(await provider.find(identity), undefined);
    },
  },
];
