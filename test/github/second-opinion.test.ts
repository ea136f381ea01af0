/** The same conversation with our fake GitHub and with somebody else's, the emulator of vercel-labs: both must agree. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createEmulator } from 'emulate';
import { createGitHub } from '../../src/github/client.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA, SHOP } from '../support/events.ts';
import { startFakeGitHub } from '../support/fake-github.ts';

type Spoken = {
  readonly calls: readonly string[];
  readonly outcomes: readonly string[];
  readonly end: unknown;
};

/** Behind more than one page of other comments: create, update, leave alone, and let an earlier run come late. */
async function converse(url: string, token: string, number: number): Promise<Spoken> {
  const comments = `${url}/repos/tidewater/shop/issues/${number}/comments`;
  const headers = {
    authorization: `token ${token}`,
    'content-type': 'application/json',
    'user-agent': 'test',
  };
  for (let index = 1; index <= 105; index += 1) {
    const body = JSON.stringify({ body: `Remark ${index}` });
    assert.equal((await fetch(comments, { method: 'POST', headers, body })).status, 201);
  }
  const calls: string[] = [];
  const real = globalThis.fetch;
  const recorder = mock.method(globalThis, 'fetch', (input: string, init?: RequestInit) => {
    calls.push(`${init?.method} ${plain(new URL(input))}`);
    return real(input, init);
  });
  const outcomes: string[] = [];
  const environment = { GITHUB_API_URL: url, GITHUB_REPOSITORY: 'tidewater/shop' };
  const github = createGitHub({ token: new Secret(token), environment, onNotice: assert.fail });
  const upsert = async (id: string, body: string) => {
    const run = { id, attempt: 1 };
    const { outcome } = await github.upsertComment({ number, key: 'default', body, run, sha: HEAD_SHA });
    outcomes.push(outcome);
  };
  try {
    await upsert('100', 'Verdict: fail');
    await upsert('102', 'Verdict: pass');
    await upsert('103', 'Verdict: pass');
    outcomes.push((await github.findComment(number, 'default'))?.body ?? 'not found');
  } finally {
    recorder.mock.restore();
  }
  const list = await (await fetch(`${comments}?per_page=100&page=2`, { headers })).json();
  const end = (list as { user: { login: string }; body: string }[]).map(({ user, body }) => [
    user.login,
    body,
  ]);
  return { calls, outcomes, end };
}

/** Path and query without what may differ: ids, and the name or number of the repository in links to other pages. */
function plain({ pathname, searchParams }: URL): string {
  const path = pathname.replace(/^\/(?:repositories\/\d+|repos\/\w+\/\w+)/, '').replace(/\/\d+/g, '/0');
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).sort();
  return [path, ...query].join(' ');
}

async function onEmulator(): Promise<Spoken> {
  const user = { login: 'tidewater' };
  const github = { users: [user], repos: [{ owner: 'tidewater', name: 'shop', auto_init: true }] };
  const seed = { tokens: { ghp_emulated: { ...user, scopes: ['repo'] } }, github };
  const emulator = await createEmulator({ service: 'github', port: 0, hostname: '127.0.0.1', seed });
  try {
    const issues = `${emulator.url}/repos/tidewater/shop/issues`;
    const headers = { authorization: 'token ghp_emulated', 'content-type': 'application/json' };
    const body = JSON.stringify({ title: 'Index orders by customer' });
    const issue = await (await fetch(issues, { method: 'POST', headers, body })).json();
    return await converse(emulator.url, 'ghp_emulated', (issue as { number: number }).number);
  } finally {
    await emulator.close();
  }
}

async function onFake(): Promise<Spoken> {
  const fake = await startFakeGitHub({ repositories: [SHOP], pulls: [{ number: 1 }], login: 'tidewater' });
  try {
    const spoken = await converse(fake.url, fake.token(), 1);
    assert.deepEqual(fake.problems, []);
    return spoken;
  } finally {
    await fake.close();
  }
}

test('the fake and the emulator see the same calls and end in the same state', async () => {
  const ours = await onFake();
  const theirs = await onEmulator();
  assert.deepEqual(ours.outcomes, ['created', 'updated', 'updated', 'Verdict: pass']);
  assert.deepEqual(theirs, ours);
  assert.equal((ours.end as unknown[]).length, 6);
});
