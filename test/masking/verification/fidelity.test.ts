import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ColumnStatistics } from '../../../src/masking/source.ts';
import { fidelity } from '../../../src/masking/verification/fidelity.ts';
import { firstDifference, planShape } from '../../../src/masking/verification/plan-shape.ts';

const COLUMN: ColumnStatistics = {
  nullFraction: 0.1,
  distinct: 1000,
  averageWidth: 20,
  correlation: 0.9,
  frequencies: [0.2, 0.1, 0.05],
};
const ROWS = { source: 100_000, copy: 100_000 };

describe('fidelity', () => {
  it('is 1 for what is equal', () => {
    const { score, parts } = fidelity(COLUMN, COLUMN, ROWS);
    assert.equal(score, 1);
    assert.deepEqual(parts, { nulls: 1, distinct: 1, width: 1, frequencies: 1, correlation: 1 });
  });

  const cases: readonly (readonly [part: string, change: Partial<ColumnStatistics>, value: number])[] = [
    ['nulls', { nullFraction: 0.6 }, 0.5],
    ['distinct', { distinct: 100 }, 0],
    ['distinct', { distinct: 500 }, 0.699],
    ['distinct', { distinct: -0.01 }, 1],
    ['width', { averageWidth: 40 }, 0.5],
    ['frequencies', { frequencies: [] }, 0.5],
    ['frequencies', { frequencies: [0.2, 0.1] }, 0.929],
    ['correlation', { correlation: -0.1 }, 0.5],
  ];
  for (const [part, change, value] of cases) {
    it(`has ${part} of ${value} after ${JSON.stringify(change)}`, () => {
      const { score, parts } = fidelity(COLUMN, { ...COLUMN, ...change }, ROWS);
      assert.equal(parts[part], value);
      assert.equal(score < 1, value < 1);
      const others = Object.entries(parts).filter(([name]) => name !== part);
      assert.ok(others.every(([, other]) => other === 1));
    });
  }

  it('takes a subset’s distinct values for equal when they are its share, or all of them', () => {
    const half = { source: 100_000, copy: 50_000 };
    const of = (distinct: number, after: number): number | undefined =>
      fidelity({ ...COLUMN, distinct }, { ...COLUMN, distinct: after }, half).parts.distinct;
    assert.equal(of(-1, -1), 1);
    assert.equal(of(50, 50), 1);
    assert.equal(of(40_000, 20_000), 1);
    assert.equal(of(40_000, 2), 0);
  });

  it('cannot be made good by other parts when one is lost', () => {
    assert.ok(fidelity(COLUMN, { ...COLUMN, distinct: 3 }, ROWS).score < 0.01);
  });
});

const scan = (index: string): object => ({
  'Node Type': 'Index Scan',
  'Relation Name': 'a',
  'Index Name': index,
  Alias: 'x',
});
const plan = (...inputs: readonly object[]): unknown => [
  { Plan: { 'Node Type': 'Hash Join', 'Join Type': 'Inner', Plans: inputs } },
];

describe('firstDifference', () => {
  it('finds none between equal shapes, whatever the aliases and the workers', () => {
    const gathered = [
      {
        Plan: {
          'Node Type': 'Gather',
          Plans: [{ 'Node Type': 'Hash Join', 'Join Type': 'Inner', Plans: [scan('i')] }],
        },
      },
    ];
    assert.equal(firstDifference(planShape(plan(scan('i'))), planShape(gathered)), undefined);
  });

  it('names another index, another order, and what is missing', () => {
    const [one, two] = [scan('i'), scan('j')];
    const of = (a: unknown, b: unknown): unknown => firstDifference(planShape(a), planShape(b));
    assert.deepEqual(of(plan(one), plan(two)), { before: 'Index Scan a i', after: 'Index Scan a j' });
    assert.deepEqual(of(plan(one, two), plan(two, one)), {
      before: 'Index Scan a i',
      after: 'Index Scan a j',
    });
    assert.deepEqual(of(plan(one, two), plan(one)), { before: 'Index Scan a j', after: 'nothing' });
  });

  it('refuses what is no plan', () => {
    for (const nonsense of [undefined, {}, [], [{}]]) assert.throws(() => planShape(nonsense), TypeError);
  });
});
