import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  branchName,
  identityOfName,
  identityOfShardName,
  ownerWords,
  roleNames,
  sameOwner,
  shardName,
} from '../../src/branching/identity.ts';
import { labelText, parseLabel } from '../../src/branching/labels.ts';
import type { BranchIdentity } from '../../src/branching/provider.ts';

const named = (name: string): BranchIdentity => ({ repositoryId: 42, subject: { kind: 'named', name } });

test('a name is told back from the database’s, and is never that of a shard or a role', () => {
  for (const name of ['qa', 'qa-s1', 'qa-owner', 'pr-7', '1', 'a-b-c', 'orders-2026-q3']) {
    assert.deepEqual(identityOfName(branchName(named(name))), named(name));
    assert.equal(identityOfShardName(branchName(named(name))), undefined);
    assert.deepEqual(identityOfShardName(shardName(branchName(named(name)), 1)), named(name));
  }
  const taken = [shardName(branchName(named('qa')), 1), roleNames(branchName(named('qa'))).group];
  for (const name of ['qa-s1', 'qa-owner']) assert.ok(!taken.includes(branchName(named(name))), name);
});

test('the longest name of the largest repository fits, and keeps an owner of its own', () => {
  const long = (end: string): BranchIdentity => ({
    repositoryId: Number.MAX_SAFE_INTEGER,
    subject: { kind: 'named', name: `a-b-c-d-e-f-g-h-i-j-k-l-m-n-${end}` },
  });
  assert.ok(branchName(long('op')).length <= 63);
  assert.notEqual(branchName(long('op')), branchName(long('oq')));
  assert.ok(!sameOwner(long('op'), long('oq')));
});

test('its label is kept, and one with another kind of name is nobody’s', () => {
  const labels = {
    ...named('qa-orders'),
    headSha: 'a'.repeat(40),
    baseRef: '',
    baselineId: 'base',
    createdAt: '2026-01-15T09:00:00.000Z',
    expiresAt: '2026-01-16T09:00:00.000Z',
    touched: false,
  };
  const text = labelText({ branch: { state: 'ready', labels } });
  assert.deepEqual(parseLabel(text), { branch: { state: 'ready', labels } });
  for (const name of ['QA', 'qa_orders', 'qa--orders', '-qa', 'q'.repeat(31), '']) {
    assert.equal(parseLabel(text.replace('qa-orders', name)), undefined, name);
  }
  assert.equal(ownerWords(labels), 'the branch qa-orders of repository 42');
});
