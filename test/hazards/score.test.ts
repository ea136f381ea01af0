import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { catalogOf, type HazardCase, IN_UTC, truthCases } from '../../bench/hazards/cases.ts';
import { claimOf, ownClaim, PGFENCE, SQUAWK } from '../../bench/hazards/claims.ts';
import { judgeHere } from '../../bench/hazards/own.ts';
import { type Kind, kindOf, score, type Verdict } from '../../bench/hazards/score.ts';
import type { Catalog } from '../../src/sql/catalog.ts';

const SCHEMA =
  'CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE INDEX a_id ON a (id); CREATE SEQUENCE s;';
let catalog: Catalog;
before(async () => {
  catalog = await catalogOf(SCHEMA);
});

function shown(sql: string, locks: readonly string[], work: Partial<HazardCase['shown']> = {}): HazardCase {
  return {
    sql,
    setting: IN_UTC,
    schema: SCHEMA,
    catalog,
    shown: { locks, rewrites: [], scans: [], builds: [], ...work },
  };
}

describe('the server alone says what is dangerous', () => {
  const a = ['public.a'];
  const cases: readonly [Kind, string, readonly string[], Partial<HazardCase['shown']>?][] = [
    ['dangerous', 'ALTER TABLE a …', ['public.a AccessExclusiveLock'], { rewrites: a }],
    ['dangerous', 'ALTER TABLE a …', ['public.a ShareRowExclusiveLock'], { scans: a }],
    ['dangerous', 'CREATE INDEX ON a', ['public.a ShareLock'], { builds: a }],
    ['harmless', 'VALIDATE a', ['public.a ShareUpdateExclusiveLock'], { scans: a }],
    ['harmless', 'ALTER TABLE a RENAME', ['public.a AccessExclusiveLock']],
    ['harmless', 'ALTER SEQUENCE s', ['public.s ShareRowExclusiveLock'], { rewrites: ['public.s'] }],
    ['closing', 'DROP INDEX a_id', ['public.a AccessExclusiveLock', 'public.a_id AccessExclusiveLock']],
    ['harmless', 'ALTER TABLE a …', ['public.a AccessExclusiveLock', 'public.b ShareRowExclusiveLock']],
    ['emptying', 'TRUNCATE a', ['public.a AccessExclusiveLock'], { rewrites: a }],
  ];
  for (const [kind, sql, locks, work] of cases)
    test(`${kind}: ${sql} ${locks.join(', ')}`, () => assert.equal(kindOf(shown(sql, locks, work)), kind));
});

test('recall, false alarms and locks are counted', () => {
  const verdict = (
    claim: 'work' | 'lock' | 'other',
    locks: readonly (readonly [string, string])[],
  ): Verdict => ({
    findings: [{ rule: claim, claim }],
    locks: new Map(locks),
  });
  const scanned = shown('1', ['public.a AccessExclusiveLock'], { scans: ['public.a'] });
  const renamed = shown('a 2', ['public.a AccessExclusiveLock']);
  const cases = [scanned, scanned, renamed, renamed, shown('3', ['public.b AccessExclusiveLock'])];
  const found = score(cases, [
    verdict('work', [['public.a', 'AccessExclusiveLock']]),
    verdict('other', [['public.a', 'ShareLock']]),
    verdict('work', [['public.a', 'AccessExclusiveLock']]),
    verdict('lock', [['public.a_id', 'AccessExclusiveLock']]),
    verdict('lock', [['public.gone', 'ShareLock']]),
  ]);
  const { missed, alarms, ...counts } = found;
  assert.deepEqual(counts, {
    dangerous: 2,
    named: 1,
    harmless: 3,
    accused: 1,
    closing: 1,
    closingNamed: 1,
    locks: 5,
    locksRight: 2,
    locksWrong: 2,
    unread: 0,
  });
  assert.deepEqual([missed, alarms], [['1'], ['a 2  -- work']]);
});

test('a rule of a peer that nobody has judged is an error, and a risk may change what a rule claims', () => {
  assert.throws(() => claimOf(SQUAWK, 'brand-new'), /brand-new/);
  assert.equal(claimOf(PGFENCE, 'alter-column-type', 'LOW'), 'other');
  assert.equal(claimOf(PGFENCE, 'alter-column-type', 'HIGH'), 'work');
});

test('our rules claim what the law test proves of them', () => {
  const claims = ['set-not-null-scan', 'drop-table-locks-parents', 'rename-schema', 'truncate'].map(ownClaim);
  assert.deepEqual(claims, ['work', 'lock', 'other', 'other']);
});

test('on the truth table no dangerous statement is silent and no harmless one accused', async () => {
  for (const version of [13, 15, 18] as const) {
    const cases = await truthCases(version);
    const { dangerous, missed, alarms } = score(
      cases,
      cases.map((one) => judgeHere(one, version)),
    );
    assert.ok(dangerous > 300);
    assert.deepEqual({ missed, alarms }, { missed: [], alarms: [] }, `on Postgres ${version}`);
  }
});
