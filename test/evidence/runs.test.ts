import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementFinder } from '../../src/evidence/runs.ts';
import type { MigrationRun, ObservedStatement } from '../../src/evidence/schema.ts';
import { fileRuns } from '../../src/report/file-runs.ts';

function ran(startByte: number): ObservedStatement {
  const place = { file: 'm/all.sql', line: 1, column: 1, endLine: 1, endColumn: 9, startByte, endByte: 99 };
  const nothing = { locks: [], rewrites: [], scans: [], builds: [] };
  return { place, sql: `at ${startByte}`, durationMs: 1, from: 0, ...nothing, sampled: false };
}

function changeSet(version: string, more: Partial<MigrationRun>, ...bytes: number[]): MigrationRun {
  const statements = bytes.map(ran);
  return { version, file: 'm/all.sql', outcome: 'applied', durationMs: 5, ...more, statements };
}

const first = changeSet('a', { down: { status: 'reversed' } as MigrationRun['down'] }, 0, 10);
const second = changeSet(
  'b',
  { outcome: 'failed', problem: { message: 'no' } as MigrationRun['problem'] },
  20,
);

test('a statement is found in whichever migration of its file it stands', () => {
  const find = statementFinder([first, second]);
  assert.deepEqual(find({ ...ran(10).place }), { migration: first, at: 1 });
  assert.deepEqual(find({ ...ran(20).place }), { migration: second, at: 0 });
  assert.equal(find({ ...ran(30).place }), undefined);
  assert.equal(find({ ...ran(20).place, file: 'm/other.sql' }), undefined);
});

test('the migrations of one file are shown as one, which failed if one of them did', () => {
  const runs = fileRuns([first, second]);
  assert.deepEqual([...runs.keys()], ['m/all.sql']);
  const run = runs.get('m/all.sql');
  assert.equal(run?.outcome, 'failed');
  assert.equal(run?.durationMs, 10);
  assert.deepEqual(
    run?.statements.map(({ sql }) => sql),
    ['at 0', 'at 10', 'at 20'],
  );
  assert.equal(run?.problem?.message, 'no');
  assert.equal(run?.down?.status, 'reversed');
});
