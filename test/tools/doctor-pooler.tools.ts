import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { examine } from '../../src/branching/doctor/examine.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';
import { testServer } from '../support/postgres.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** pgbouncer before the server, in that mode. */
async function pooled(t: TestContext, facts: ConnectionFacts, mode: string): Promise<ConnectionFacts> {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-doctor-pooler-'));
  chmodSync(folder, 0o777);
  const port = await freePort();
  const password = facts.password.reveal();
  writeFileSync(join(folder, 'users.txt'), `"${facts.user}" "${password}"\n`);
  writeFileSync(
    join(folder, 'pooler.ini'),
    `[databases]\n* = host=127.0.0.1 port=${facts.port} user=${facts.user} password=${password}\n` +
      `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = plain\nauth_file = ${folder}/users.txt\n` +
      `pool_mode = ${mode}\nunix_socket_dir =\n`,
  );
  const account = await serverAccount();
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const pooler = spawn('/usr/sbin/pgbouncer', [join(folder, 'pooler.ini')], { stdio: 'ignore', ...as });
  t.after(() => {
    pooler.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  const behind = { ...facts, port, sslmode: 'disable' as const };
  await answering(behind);
  return behind;
}

async function answering(facts: ConnectionFacts): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    try {
      await (await openConnection(facts, { applicationName: 'pullgres tests' })).close();
      return;
    } catch (error) {
      if (turn === 100) throw error;
      await sleep(100);
    }
  }
}

for (const [mode, status] of [
  ['transaction', 'problem'],
  ['session', 'ok'],
] as const) {
  test(`pooler: pgbouncer in ${mode} mode`, async (t) => {
    const facts = await pooled(t, await testServer(), mode);
    const { results } = await examine({ facts, now: () => new Date() });
    const found = results.find(({ id }) => id === 'pooler');
    assert.equal(found?.status, status, JSON.stringify(found));
    if (status === 'problem')
      assert.match(`${found?.detail} ${found?.remedy?.text}`, /transaction mode.*server itself/s);
  });
}
