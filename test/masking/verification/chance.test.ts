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

function bytesOf(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(number, 0);
  bytes.writeUInt32LE(number * 7, 4);
  return bytes;
}

describe('fingerprintSet', () => {
  it('knows what it was given, however many, and each once in a place', () => {
    const set = fingerprintSet();
    for (let number = 0; number < 20_000; number += 1) {
      set.add(bytesOf(number), {
        side: number % 2 === 0 ? 'real' : 'control',
        column: number % 3,
        strong: number % 5 > 0,
      });
    }
    assert.equal(set.size, 20_000);
    for (let round = 0; round < 2; round += 1) {
      set.begin();
      for (let number = 0; number < 20_000; number += 1) {
        const expected = {
          column: number % 3,
          strong: number % 5 > 0,
          real: number % 2 === 0,
          control: number % 2 === 1,
        };
        assert.deepEqual(set.meet(bytesOf(number)), expected);
        assert.equal(set.meet(bytesOf(number)), undefined);
      }
    }
    assert.equal(set.meet(bytesOf(20_001)), undefined);
    assert.equal(set.count(0, 'real', true) + set.count(0, 'real', false), 3334);
  });

  it('keeps both sides of one fingerprint, and its strength', () => {
    const set = fingerprintSet();
    set.add(bytesOf(1), { side: 'real', column: 4, strong: false });
    set.add(bytesOf(1), { side: 'real', column: 5, strong: true });
    set.add(bytesOf(1), { side: 'control', column: 5, strong: false });
    set.begin();
    assert.deepEqual(set.meet(bytesOf(1)), { column: 4, strong: true, real: true, control: true });
    assert.equal(set.size, 1);
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
