import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyExceptions, type PlacedException, placeExceptions } from '../../src/policy/exceptions.ts';
import { exceptionPlaces, parsePolicy } from '../../src/policy/parse.ts';
import { findingOf, placeOf } from '../support/evidence.ts';

const finding = findingOf();

function exceptionOf(changes: Partial<PlacedException> = {}): PlacedException {
  return {
    rule: 'create-index-blocking',
    reason: 'The table is small and stays so.',
    owner: 'ann',
    until: '2027-01-31',
    source: 'policy',
    place: placeOf('.github/pullgres.yml', 4, 'rule: …'),
    ...changes,
  };
}

test('a waived finding stands apart with its reason, owner and date', () => {
  const other = findingOf({ rule: 'drop-column' });
  assert.deepEqual(applyExceptions([finding, other], [exceptionOf()], '2027-01-31'), {
    findings: [other],
    accepted: [
      {
        finding,
        reason: 'The table is small and stays so.',
        owner: 'ann',
        until: '2027-01-31',
        source: 'policy' as const,
      },
    ],
  });
});

test('after its last day an exception waives nothing and says so', () => {
  const { findings, accepted } = applyExceptions([finding], [exceptionOf()], '2027-02-01');
  assert.deepEqual(accepted, []);
  assert.deepEqual(findings[0], finding);
  assert.deepEqual(findings.slice(1), [
    {
      rule: 'exception-expired',
      severity: 'warning',
      place: placeOf('.github/pullgres.yml', 4, 'rule: …'),
      relation: undefined,
      message: 'The exception for create-index-blocking ended on 2027-01-31, so the rule holds again.',
      help: 'Remove the exception, or have ann renew it with a new date.',
      fix: [],
      evidence: 'predicted',
      fingerprint: 'fa8cfe01338b41d3',
    },
  ]);
});

test('an exception that waives nothing is a finding of its own', () => {
  const { findings } = applyExceptions([], [exceptionOf({ path: 'db' })], '2027-01-01');
  assert.deepEqual(
    findings.map(({ rule, severity, message }) => [rule, severity, message]),
    [['exception-unused', 'warning', 'The exception for create-index-blocking in db waives nothing.']],
  );
});

test('a path covers itself and what is below it, nothing beside it', () => {
  const table: [path: string | undefined, waived: boolean][] = [
    [undefined, true],
    ['db', true],
    ['db/', true],
    ['./db/migrations', true],
    ['.', true],
    ['db/migrations/2.sql', true],
    ['db/migrations/2', false],
    ['db/migration', false],
    ['migrations', false],
  ];
  for (const [path, waived] of table) {
    const { accepted } = applyExceptions([finding], [exceptionOf({ path })], '2027-01-01');
    assert.equal(accepted.length, waived ? 1 : 0, String(path));
  }
});

test('with the judged files, only exceptions that speak of them are complained of', () => {
  const today = '2027-01-01';
  const rules = (exception: PlacedException, files: string[], day = today) =>
    applyExceptions([], [exception], day, files).findings.map(({ rule }) => rule);
  const pathed = exceptionOf({ path: 'db/migrations/2.sql' });
  assert.deepEqual(rules(pathed, ['db/migrations/2.sql']), ['exception-unused']);
  assert.deepEqual(rules(pathed, ['db/migrations/3.sql']), []);
  assert.deepEqual(rules(exceptionOf(), ['db/migrations/3.sql']), []);
  assert.deepEqual(rules(exceptionOf(), ['db/migrations/3.sql'], '2028-01-01'), ['exception-expired']);
  assert.deepEqual(rules(pathed, ['db/migrations/3.sql'], '2028-01-01'), []);
  assert.deepEqual(rules(exceptionOf(), [], '2028-01-01'), []);
});

test('two exceptions for one finding are both used, the first one speaks', () => {
  const second = exceptionOf({ owner: 'ben', path: 'db' });
  const { findings, accepted } = applyExceptions([finding], [exceptionOf(), second], '2027-01-01');
  assert.deepEqual(findings, []);
  assert.deepEqual(
    accepted.map(({ owner }) => owner),
    ['ann'],
  );
});

test('exceptions get their places from the policy text', () => {
  const text = `exceptions:
  - rule: drop-column
    reason: Nobody reads this column.
    owner: ann
    until: 2027-01-31
`;
  const policy = parsePolicy(text, 'p.yml', ['drop-column']);
  const [placed] = placeExceptions(policy, exceptionPlaces(text, 'p.yml'));
  assert.deepEqual([placed?.owner, placed?.place.file, placed?.place.line], ['ann', 'p.yml', 2]);
  assert.throws(() => placeExceptions(policy, []), /No place for exception 0/);
});
