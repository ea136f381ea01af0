import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportFindings } from '../../src/report/findings.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf } from '../support/evidence.ts';

const SQL = 'CREATE INDEX ü ON orders (a)';
const place = placeOf('a.sql', 1, SQL, 100);

function reported(fix: Finding['fix'], sql = SQL) {
  const findings = [findingOf({ place, fix })];
  return reportFindings(judged({ lint: lintOf({ findings, statements: [statementOf({ place, sql })] }) }))[0];
}

test('a fix inside the statement is applied by bytes', () => {
  const table: [fix: Finding['fix'], expected: string | undefined][] = [
    [[{ startByte: 112, endByte: 112, text: ' CONCURRENTLY' }], 'CREATE INDEX CONCURRENTLY ü ON orders (a)'],
    [[{ startByte: 116, endByte: 118, text: 'AT' }], 'CREATE INDEX ü AT orders (a)'],
    [
      [
        { startByte: 116, endByte: 118, text: 'AT' },
        { startByte: 100, endByte: 106, text: 'MAKE' },
      ],
      'MAKE INDEX ü AT orders (a)',
    ],
    [[], undefined],
    [[{ startByte: 0, endByte: 0, text: '-- no transaction\n' }], undefined],
    [[{ startByte: 129, endByte: 140, text: ';' }], undefined],
    [
      [
        { startByte: 100, endByte: 110, text: 'x' },
        { startByte: 105, endByte: 112, text: 'y' },
      ],
      undefined,
    ],
  ];
  for (const [fix, expected] of table) assert.equal(reported(fix)?.fixed, expected, JSON.stringify(fix));
  assert.equal(reported([{ startByte: 112, endByte: 112, text: 'x' }], `${SQL} `)?.fixed, undefined);
});

test('the lock is the observed one of the finding’s own table, else the predicted one', () => {
  const effect = {
    relation: 'public.orders',
    kind: 'table',
    lock: 'ShareLock' as const,
    rewrite: false,
    scan: true,
    dataLoss: false,
    why: '',
  };
  const findings = [findingOf({ place })];
  const lint = lintOf({ findings, statements: [statementOf({ place, sql: SQL, effects: [effect] })] });
  const [predicted] = reportFindings(judged({ lint }));
  assert.deepEqual(predicted?.lock, {
    relation: 'public.orders',
    mode: 'ShareLock',
    heldMs: undefined,
    sampled: false,
  });
  assert.deepEqual([predicted?.source, predicted?.scans, predicted?.rewrites], ['predicted', true, false]);

  const observed = observedOf({
    place,
    sql: SQL,
    locks: [
      { relation: 'public.other', mode: 'AccessExclusiveLock', heldMs: 9 },
      { relation: 'public.orders', mode: 'RowShareLock', heldMs: 50 },
      { relation: 'public.orders', mode: 'ShareLock', heldMs: 40 },
    ],
    rewrites: ['public.orders'],
  });
  const migrations = [
    { version: '1', file: 'a.sql', outcome: 'applied' as const, durationMs: 1, statements: [observed] },
  ];
  const [never] = reportFindings(judged({ lint, rehearsal: { status: 'failed', migrations: [], findings } }));
  assert.equal(never?.source, 'predicted');
  const measured = findings.map((finding) => ({ ...finding, evidence: 'observed' as const }));
  const rehearsal = { status: 'passed' as const, migrations, findings: measured };
  const [both] = reportFindings(judged({ lint, rehearsal }));
  assert.deepEqual(both?.lock, { relation: 'public.orders', mode: 'ShareLock', heldMs: 40, sampled: false });
  assert.deepEqual([both?.source, both?.rewrites], ['predicted and observed', true]);
});

test('without a table of its own, a finding shows the strongest lock', () => {
  const observed = observedOf({
    place,
    locks: [
      { relation: 'public.a', mode: 'ShareLock', heldMs: 9 },
      { relation: 'public.b', mode: 'AccessExclusiveLock', heldMs: 1 },
    ],
  });
  const migrations = [
    { version: '1', file: 'a.sql', outcome: 'applied' as const, durationMs: 1, statements: [observed] },
  ];
  const findings = [findingOf({ place, relation: undefined, evidence: 'observed' })];
  const [found] = reportFindings(judged({ rehearsal: { status: 'passed', migrations, findings } }));
  assert.equal(found?.lock?.relation, 'public.b');
  assert.equal(found?.source, 'observed');
});
