import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byChance, isMoreThanChance } from '../../../src/masking/verification/chance.ts';
import { fingerprintSet } from '../../../src/masking/verification/fingerprint-set.ts';
import { shareFairly } from '../../../src/masking/verification/shares.ts';

const EVEN = { real: 1000, control: 1000, strong: true };

describe('isMoreThanChance', () => {
  const cases: readonly (readonly [
    realFound: number,
    controlFound: number,
    strong: boolean,
    more: boolean,
  ])[] = [
    [0, 0, true, false],
    [1, 0, true, true],
    [100, 100, true, false],
    [239, 100, true, false],
    [241, 100, true, true],
    [20, 0, false, false],
    [21, 0, false, true],
  ];
  for (const [realFound, controlFound, strong, more] of cases) {
    it(`${realFound} found beside ${controlFound} of the control${strong ? '' : ', words'}: ${more}`, () => {
      assert.equal(isMoreThanChance({ ...EVEN, realFound, controlFound, strong }), more);
    });
  }

  it('weighs a control of another size', () => {
    assert.equal(byChance({ real: 1000, control: 500, realFound: 0, controlFound: 50, strong: true }), 100);
    assert.equal(byChance({ real: 1000, control: 0, realFound: 5, controlFound: 0, strong: true }), 0);
  });
});

describe('fingerprintSet', () => {
  const halves = (number: number): [number, number] => [number * 7, number % 64];

  it('knows what it was given, however many', () => {
    const set = fingerprintSet();
    const entryOf = (number: number) => ({ column: number % 3, strong: number % 5 > 0 });
    for (let number = 0; number < 20_000; number += 1) {
      const side = number % 2 === 0 ? 'real' : 'control';
      set.add(...halves(number), { side, ...entryOf(number) });
    }
    assert.equal(set.size, 20_000);
    for (let number = 0; number < 20_000; number += 1) {
      const expected = { ...entryOf(number), real: number % 2 === 0, control: number % 2 === 1 };
      assert.deepEqual(set.entry(set.find(...halves(number))), expected);
    }
    assert.equal(set.find(...halves(20_001)), -1);
    assert.equal(set.count(0, 'real', true) + set.count(0, 'real', false), 3334);
  });

  it('keeps both sides of one fingerprint, and its strength', () => {
    const set = fingerprintSet();
    set.add(1, -2, { side: 'real', column: 4, strong: false });
    set.add(1, -2, { side: 'real', column: 5, strong: true });
    set.add(1, -2, { side: 'control', column: 5, strong: false });
    assert.deepEqual(set.entry(set.find(1, -2)), { column: 4, strong: true, real: true, control: true });
    assert.equal(set.size, 1);
    assert.equal(set.count(4, 'real', true), 1);
  });
});

describe('shareFairly', () => {
  const cases: readonly (readonly [total: number, asked: readonly number[], shares: readonly number[]])[] = [
    [10, [100, 100], [5, 5]],
    [10, [2, 100], [2, 8]],
    [100, [5, 1000, 20, 1000], [5, 37, 20, 38]],
    [100, [1, 2], [1, 2]],
    [10, [], []],
  ];
  for (const [total, asked, shares] of cases) {
    it(`${total} for ${asked.join(', ') || 'nobody'}`, () =>
      assert.deepEqual(shareFairly(total, asked), shares));
  }
});
