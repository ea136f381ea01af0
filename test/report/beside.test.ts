import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence, RehearsalRecord } from '../../src/evidence/schema.ts';
import { deploySections } from '../../src/report/rehearsed.ts';
import { placeOf } from '../support/evidence.ts';

function told(changes: Partial<RehearsalRecord>): string {
  const rehearsal = { status: 'passed', migrations: [], findings: [], ...changes };
  return deploySections({ rehearsal } as unknown as Evidence, 10) ?? '';
}

const table = { relation: 'public.a', reads: 9, writes: 9, longestReadMs: 2000, longestWriteMs: 1 };

test('what was cut, and what an open transaction kept waiting, stands with the waits', () => {
  const place = placeOf('m/1.sql', 3, 'create index concurrently');
  const idle = { heldMs: 2000, waited: [{ place, ms: 1900 }] };
  const text = told({ contention: { status: 'measured', reason: 'Two were cut', tables: [table], idle } });
  assert.match(
    text,
    /Two were cut\. A transaction stood open for 2 s beside the migrations, and kept waiting `m\/1\.sql:3` for 1\.9 s\./,
  );
  const alone = told({ contention: { status: 'measured', tables: [], idle: { heldMs: 2000, waited: [] } } });
  assert.match(alone, /Who would have waited:\*\* A transaction .* nothing waited for it\./);
  assert.doesNotMatch(alone, /not measured/);
});

test('where nothing could be probed, the reason is told; where nothing had to be, nothing', () => {
  assert.match(
    told({ contention: { status: 'unsafe', reason: 'NOWAIT', tables: [] } }),
    /not measured\. NOWAIT\./,
  );
  assert.equal(told({ contention: { status: 'off', reason: 'x', tables: [] } }), '');
  assert.equal(told({ contention: { status: 'measured', tables: [] } }), '');
});

test('what could not be extrapolated is told as well', () => {
  const notes = ['The manifest does not tell of `public.a`.'];
  assert.match(
    told({ scale: { source: 'shop', estimates: [], notes } }),
    /- The manifest does not tell of `public\.a`\./,
  );
  assert.equal(told({ scale: { source: 'There is none', estimates: [] } }), '');
});
