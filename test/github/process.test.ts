import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { secondaryLimit } from '../support/fake-github-refusals.ts';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

const source = join(import.meta.dirname, '..', '..', 'src');
const script = `
  import { createGitHub } from ${JSON.stringify(join(source, 'github/client.ts'))};
  import { Secret } from ${JSON.stringify(join(source, 'secret.ts'))};
  const github = createGitHub({
    token: new Secret(process.env.TOKEN),
    environment: process.env,
    onNotice: () => {},
    limits: { secondMs: 1 },
  });
  const run = { id: '1', attempt: 1 };
  const sha = '7b41e9c2d0a35f68b1c2d3e4f5a6b7c8d9e0f107';
  const { outcome } = await github.upsertComment({ number: 7, key: 'default', body: 'text', run, sha });
  await github.pullRequest(7);
  process.stdout.write(outcome);`;

/** Runs the client in a process of its own, which must end by itself. */
async function runAlone(environment: Record<string, string>) {
  const env = { ...fake.environment, TOKEN: fake.token(), ...environment };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { env });
  let output = '';
  let wroteAt = 0;
  child.stdout.on('data', (chunk) => {
    output += chunk;
    wroteAt = performance.now();
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const stop = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(stop);
  return { code, output, lingeredMs: performance.now() - wroteAt };
}

test('the process ends by itself right after its last call: no timer, no socket is left', async () => {
  fake.fault({ method: 'GET', answer: secondaryLimit(2) });
  fake.fault({ method: 'GET', answer: { status: 502, body: { message: 'Bad Gateway' } } });
  const { code, output, lingeredMs } = await runAlone({});
  assert.deepEqual([code, output], [0, 'created']);
  assert.ok(lingeredMs < 2_000, `ended ${Math.round(lingeredMs)} ms after its work`);
});

test('calls go through the proxy of the environment, and its process ends too', async () => {
  const tunnels: string[] = [];
  const proxy = await startProxy(tunnels);
  try {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { code, output, lingeredMs } = await runAlone({
      GITHUB_API_URL: 'http://github.test',
      http_proxy: address,
    });
    assert.deepEqual([code, output], [0, 'created']);
    assert.ok(lingeredMs < 2_000, `ended ${Math.round(lingeredMs)} ms after its work`);
    assert.deepEqual(new Set(tunnels), new Set(['github.test:80']));
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});

/** A proxy that notes where it is asked to tunnel to (CONNECT), and tunnels to the fake. */
async function startProxy(tunnels: string[]): Promise<Server> {
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const target = new URL(fake.url);
    const remote = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      remote.pipe(socket).pipe(remote);
    });
    remote.on('error', () => socket.destroy());
    socket.on('error', () => remote.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}
