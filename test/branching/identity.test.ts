import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  branchName,
  derivedRepositoryId,
  FIRST_DERIVED_ID,
  identityOfName,
  identityOfShardName,
  ownerWords,
  roleNames,
  safeName,
  sameOwner,
} from '../../src/branching/identity.ts';
import type { BranchIdentity } from '../../src/branching/provider.ts';

const pull = (repositoryId: number, number: number): BranchIdentity => ({
  repositoryId,
  subject: { kind: 'pull-request', number },
});
const group = (headSha: string): BranchIdentity => ({
  repositoryId: 42,
  subject: { kind: 'merge-group', headSha },
});
const run = (runId: string, attempt: number): BranchIdentity => ({
  repositoryId: 42,
  subject: { kind: 'run', runId, attempt },
});

const inJob = ({ repositoryId, subject }: BranchIdentity, job: string): BranchIdentity => {
  assert.ok(subject.kind === 'merge-group' || subject.kind === 'run');
  return { repositoryId, subject: { ...subject, job } };
};

const names: readonly (readonly [BranchIdentity, string])[] = [
  [pull(42, 7), 'pullgres_42_pr_7'],
  [pull(987654321012, 123456), 'pullgres_987654321012_pr_123456'],
  [group('0123456789abcdef0123456789abcdef01234567'), 'pullgres_42_mg_0123456789ab'],
  [group('0123456789ABCDEF'), 'pullgres_42_mg_0123456789ab'],
  [run('17012345678', 2), 'pullgres_42_run_17012345678_2'],
  [inJob(group('0123456789ABCDEF'), '0a1b2c3d'), 'pullgres_42_mg_0123456789ab_j0a1b2c3d'],
  [inJob(run('17012345678', 2), '0a1b2c3d'), 'pullgres_42_run_17012345678_2_j0a1b2c3d'],
];

for (const [identity, name] of names) {
  test(`the branch of ${ownerWords(identity)} is ${name}`, () => assert.equal(branchName(identity), name));
}

test('a name tells whose branch it is, the job included', () => {
  for (const identity of [
    pull(42, 7),
    run('17012345678', 2),
    inJob(run('17012345678', 2), '0a1b2c3d'),
    inJob(group('0123456789ab'), '0a1b2c3d'),
  ]) {
    assert.deepEqual(identityOfName(branchName(identity)), identity);
    assert.deepEqual(identityOfShardName(`${branchName(identity)}_s12`), identity);
  }
  assert.equal(identityOfName('pullgres_42_pr_7_j0a1b2c3d'), undefined);
  assert.equal(identityOfName('pullgres_42_run_5_1_jx'), undefined);
});

test('hostile and long parts stay within the charset and 63 bytes, and apart', () => {
  const hostile = [
    '"; drop database postgres; --',
    '$(touch x)',
    'é',
    'É',
    'e',
    'x'.repeat(80),
    'x'.repeat(81),
    '1_1',
    '',
  ];
  const made = hostile.map((runId) => branchName(run(runId, 1)));
  for (const name of made) assert.match(name, /^[a-z0-9_]{1,63}$/);
  assert.equal(new Set(made).size, hostile.length);
});

test('a name that was cut ends in a hash of the whole text', () => {
  const [one, two] = [safeName(`${'a'.repeat(70)}1`), safeName(`${'a'.repeat(70)}2`)];
  assert.match(one, /^a{50}_[0-9a-f]{12}$/);
  assert.notEqual(one, two);
  assert.equal(safeName('a'.repeat(63)), 'a'.repeat(63));
});

test('the roles of the longest name fit as well, and differ', () => {
  const { login, group: owner } = roleNames('p'.repeat(63));
  assert.equal(login.length, 63);
  assert.ok(owner.length <= 63 && owner !== login);
  assert.deepEqual(roleNames('pullgres_42_pr_7'), {
    login: 'pullgres_42_pr_7',
    group: 'pullgres_42_pr_7_owner',
  });
});

test('owners are the same only when every part is', () => {
  const all = [
    pull(1, 2),
    pull(2, 2),
    pull(1, 3),
    group('a'),
    group('b'),
    run('1', 1),
    run('1', 2),
    run('2', 1),
    inJob(run('2', 1), 'aaaaaaaa'),
    inJob(run('2', 1), 'bbbbbbbb'),
    inJob(group('a'), 'aaaaaaaa'),
  ];
  for (const [i, one] of all.entries()) {
    for (const [j, other] of all.entries()) assert.equal(sameOwner(one, structuredClone(other)), i === j);
  }
});

test('two merge groups that share 12 digits share a name but not an owner', () => {
  const [one, two] = [group(`${'a'.repeat(12)}1`), group(`${'a'.repeat(12)}2`)];
  assert.equal(branchName(one), branchName(two));
  assert.equal(sameOwner(one, two), false);
});

test('a repository that is known by its name only has a number that GitHub never gives', () => {
  const id = derivedRepositoryId('acme/shop');
  assert.equal(derivedRepositoryId('Acme/SHOP'), id);
  assert.notEqual(derivedRepositoryId('acme/shop2'), id);
  assert.ok(Number.isSafeInteger(id) && id >= FIRST_DERIVED_ID && id < FIRST_DERIVED_ID + 2 ** 40);
});
