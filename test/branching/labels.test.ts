import assert from 'node:assert/strict';
import { test } from 'node:test';
import { branchPassword } from '../../src/branching/credentials.ts';
import { type Label, labelText, parseLabel } from '../../src/branching/labels.ts';
import type { BranchLabels } from '../../src/branching/provider.ts';
import { Secret } from '../../src/secret.ts';

const labels: BranchLabels = {
  repositoryId: 42,
  subject: { kind: 'pull-request', number: 7 },
  headSha: 'c0ffee',
  baseRef: `release/"1'\\\u0000\n☃`,
  baselineId: 'schema:abc',
  createdAt: '2026-06-01T00:00:00.000Z',
  expiresAt: '2026-06-04T00:00:00.000Z',
  touched: false,
};

const all: readonly Label[] = [
  { branch: { state: 'making', labels } },
  { branch: { state: 'ready', labels: { ...labels, subject: { kind: 'merge-group', headSha: 'abc' } } } },
  { branch: { state: 'ready', labels: { ...labels, subject: { kind: 'run', runId: '5', attempt: 2 } } } },
  { baseline: { id: 'schema:abc', kind: 'masked', createdAt: '2026-06-01T00:00:00Z' } },
  { building: { baselineId: 'schema:abc', createdAt: '2026-06-01T00:00:00Z' } },
  { role: { database: 'pullgres_42_pr_7' } },
  {
    role: {
      database: 'pullgres_42_pr_7',
      owner: {
        repositoryId: 42,
        subject: { kind: 'pull-request', number: 7 },
        baselineId: 'schema:abc',
        createdAt: '2026-06-01T00:00:00.000Z',
        author: 'robin',
        repository: 'acme/shop',
      },
    },
  },
];

for (const label of all) {
  test(`a label of kind ${Object.keys(label)[0]} comes back, in one piece of text`, () => {
    const text = labelText(label);
    assert.match(text, /^pullgres:\{/);
    assert.ok(!text.includes('\u0000'), 'Postgres text holds no NUL');
    assert.deepEqual(parseLabel(text), label);
  });
}

const ours = labelText({ branch: { state: 'ready', labels } });
const foreign: readonly (readonly [string, string | undefined | null])[] = [
  ['no comment', null],
  ['no comment at all', undefined],
  ['an empty comment', ''],
  ['somebody’s notes', 'the shop’s test database'],
  ['our word within', `see ${ours}`],
  ['broken JSON', ours.slice(0, -1)],
  ['an array', 'pullgres:[]'],
  ['an unknown kind', 'pullgres:{"backup":{}}'],
  ['a missing label', ours.replace('"touched":false', '"t":false')],
  ['a number as text', ours.replace('42', '"42"')],
  ['a date that is none', ours.replaceAll('2026-06-01T', 'yesterday ')],
  ['an unknown subject', ours.replace('pull-request', 'issue')],
  ['an unknown state', ours.replace('ready', 'almost')],
];

for (const [what, comment] of foreign) {
  test(`${what} is not ours`, () => {
    assert.notEqual(comment, ours);
    assert.equal(parseLabel(comment), undefined);
  });
}

test('labels of a later version are read without what is new', () => {
  const later = ours.replace('"touched":false', '"touched":false,"quota":{"bytes":1}');
  assert.deepEqual(parseLabel(later), { branch: { state: 'ready', labels } });
});

test('the password hangs on the installation, the owner and the birth, and on nothing that is renewed', () => {
  const secret = new Secret('installation');
  const password = branchPassword(secret, labels).reveal();
  assert.match(password, /^[A-Za-z0-9_-]{43}$/);
  const renewed = {
    ...labels,
    headSha: 'f00',
    expiresAt: '2027-01-01T00:00:00.000Z',
    baselineId: 'x',
    touched: true,
  };
  assert.equal(branchPassword(secret, renewed).reveal(), password);
  const others = [
    branchPassword(new Secret('another'), labels),
    branchPassword(secret, { ...labels, repositoryId: 43 }),
    branchPassword(secret, { ...labels, subject: { kind: 'pull-request', number: 8 } }),
    branchPassword(secret, { ...labels, createdAt: '2026-06-01T00:00:00.001Z' }),
  ];
  assert.equal(new Set([password, ...others.map((each) => each.reveal())]).size, 5);
});

test('the password is HKDF-SHA256 as other languages compute it', () => {
  // Computed once with Python's hmac, step by step as in RFC 5869.
  assert.equal(
    branchPassword(new Secret('installation'), labels).reveal(),
    'y9DKyIxn5Kxq5TFTp0jrR1sY6WRlPyhUDNxw0lWSLQg',
  );
});
