import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findBase } from '../../src/migrations/base.ts';
import { Secret } from '../../src/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'pullgres-base-'));
const origin = join(folder, 'origin');
after(() => rmSync(folder, { recursive: true }));

function git(directory: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.com',
    '-c',
    'protocol.file.allow=always',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: directory, encoding: 'utf8' }).trim();
}

function commit(name: string): string {
  writeFileSync(join(origin, name), name);
  git(origin, 'add', '--all');
  git(origin, 'commit', '--quiet', `--message=${name}\n\nparent ${'0'.repeat(40)}`);
  return git(origin, 'rev-parse', 'HEAD');
}

/** main: root - fork - later; topic: fork - head; merge: later + head, as refs/pull/1/merge. */
const commits: Record<'root' | 'fork' | 'later' | 'head' | 'merge', string> = {
  root: '',
  fork: '',
  later: '',
  head: '',
  merge: '',
};
before(() => {
  git(folder, 'init', '--quiet', '--initial-branch=main', 'origin');
  commits.root = commit('root');
  commits.fork = commit('fork');
  git(origin, 'checkout', '--quiet', '-b', 'topic');
  commits.head = commit('head');
  git(origin, 'checkout', '--quiet', 'main');
  commits.later = commit('later');
  git(origin, 'checkout', '--quiet', '-b', 'merged');
  git(origin, 'merge', '--quiet', '--no-ff', '--message=merge', 'topic');
  commits.merge = git(origin, 'rev-parse', 'HEAD');
});

function clone(name: string, sha: string, ...options: string[]): string {
  const directory = join(folder, name);
  git(folder, 'init', '--quiet', name);
  git(directory, 'remote', 'add', 'origin', `file://${origin}`);
  git(directory, 'fetch', '--quiet', ...options, 'origin', sha);
  git(directory, 'checkout', '--quiet', '--detach', sha);
  return directory;
}

function request(root: string, more: Partial<Parameters<typeof findBase>[0]> = {}) {
  return {
    root,
    headSha: commits.head,
    pullRequest: true,
    serverUrl: 'https://github.com',
    onProgress: () => undefined,
    ...more,
  };
}

test("a shallow checkout of GitHub's merge commit: its first parent, fetched", async () => {
  const root = clone('merge', commits.merge, '--depth=1');
  const base = await findBase(request(root, { eventBaseSha: commits.root, mergeSha: commits.merge }));
  assert.equal(base, commits.later);
  assert.equal(git(root, 'show', `${base}:later`), 'later');
});

test('a merge that the author made is no merge commit of GitHub', async () => {
  const root = clone('own-merge', commits.merge);
  const base = await findBase(request(root, { headSha: commits.merge, eventBaseSha: commits.root }));
  assert.equal(base, commits.root);
});

test('a merge of the same shape that is not GITHUB_SHA chooses no base', async () => {
  const root = clone('forged-merge', commits.merge);
  const base = await findBase(request(root, { eventBaseSha: commits.root, mergeSha: commits.head }));
  assert.equal(base, commits.root);
});

test('a whole clone of the head: the merge base, and the clone stays whole', async () => {
  const root = clone('head', commits.head);
  assert.equal(await findBase(request(root, { eventBaseSha: commits.later })), commits.fork);
  assert.equal(git(root, 'rev-parse', '--is-shallow-repository'), 'false');
});

test('a shallow clone of the head: the base commit of the event', async () => {
  const root = clone('shallow-head', commits.head, '--depth=1');
  assert.equal(await findBase(request(root, { eventBaseSha: commits.later })), commits.later);
});

test('a push: the commit before it; to a new branch: the parent', async () => {
  const root = clone('push', commits.later);
  const push = { headSha: commits.later, pullRequest: false };
  assert.equal(await findBase(request(root, { ...push, eventBaseSha: commits.root })), commits.root);
  assert.equal(await findBase(request(root, { ...push, eventBaseSha: '0'.repeat(40) })), commits.fork);
  assert.equal(await findBase(request(root, push)), commits.fork);
});

test('the first commit of a repository has no base', async () => {
  const root = clone('first', commits.root);
  await assert.rejects(findBase(request(root, { headSha: commits.root, pullRequest: false })), {
    name: 'UserError',
    message: /first commit of the repository/,
  });
});

test('a base that cannot be fetched names fetch-depth', async () => {
  const root = clone('gone', commits.head, '--depth=1');
  await assert.rejects(findBase(request(root, { eventBaseSha: '1'.repeat(40) })), {
    name: 'UserError',
    hint: /fetch-depth: 0/,
  });
});

test('no checkout at all is said', async () => {
  await assert.rejects(findBase(request(folder)), { name: 'UserError', hint: /actions\/checkout/ });
});

for (const hostile of ['$(touch x)', '--upload-pack=touch x', 'refs/heads/main']) {
  test(`a base named ${hostile} never reaches git`, async () => {
    await assert.rejects(findBase(request(folder, { eventBaseSha: hostile })), {
      name: 'UserError',
      message: /not a full commit hash/,
    });
  });
}

/** Serves the origin by git's own HTTP program and keeps the Authorization headers that came. */
async function serveOrigin(seen: (string | undefined)[]) {
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    seen.push(...(incoming.headersDistinct.authorization ?? [undefined]));
    const child = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROTOCOL: String(incoming.headers['git-protocol'] ?? ''),
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: incoming.method,
        CONTENT_TYPE: String(incoming.headers['content-type'] ?? ''),
        HTTP_CONTENT_ENCODING: String(incoming.headers['content-encoding'] ?? ''),
      },
    });
    incoming.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', () => {
      const output = Buffer.concat(chunks);
      const split = output.indexOf('\r\n\r\n');
      for (const line of output.toString('latin1', 0, split).split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name !== 'Status') response.setHeader(name, value);
      }
      response.end(output.subarray(split + 4));
    });
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('the token is sent once, in place of the one that the checkout left', async () => {
  const seen: (string | undefined)[] = [];
  const { server, url } = await serveOrigin(seen);
  try {
    const root = clone('token', commits.head, '--depth=1');
    git(root, 'remote', 'set-url', 'origin', `${url}/origin`);
    git(root, 'config', `http.${url}/.extraheader`, 'AUTHORIZATION: basic b2xk');
    const token = new Secret('ghs_secret');
    const base = await findBase(request(root, { eventBaseSha: commits.later, token, serverUrl: url }));
    assert.equal(base, commits.later);
    const expected = `basic ${Buffer.from('x-access-token:ghs_secret').toString('base64')}`;
    assert.deepEqual([...new Set(seen)], [expected]);
    assert.ok(!git(root, 'config', '--list').includes(expected));
  } finally {
    server.close();
  }
});
