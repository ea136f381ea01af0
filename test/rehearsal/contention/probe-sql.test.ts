import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeText } from '../../../src/rehearsal/contention/probe-sql.ts';

const target = { relation: 'public.orders', kind: 'table' as const, key: ['id'], rowSecurity: false };

test('a reader cannot write, a writer waits for no row, and both give all back', () => {
  const [read, write] = [probeText(target, 'read', true), probeText(target, 'write', true)];
  assert.match(read, /^BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY; LOCK TABLE .* IN ACCESS SHARE MODE;/);
  assert.match(write, /^BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; LOCK TABLE .* ROW EXCLUSIVE MODE;/);
  assert.match(write, /FOR NO KEY UPDATE NOWAIT; ROLLBACK$/);
  for (const text of [read, write]) {
    assert.match(text, /SET LOCAL lock_timeout = '1ms'; SET LOCAL statement_timeout = '500ms'; SELECT/);
    assert.match(text, /; ROLLBACK$/);
  }
});
