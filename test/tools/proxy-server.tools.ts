import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../src/errors.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { startServer, stopServer } from '../../src/postgres/server.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';
import { openUpstream, StartupRefused } from '../../src/postgres/wire/upstream.ts';
import { rehearseCommand } from '../../src/rehearsal/recorded/rehearse-command.ts';
import { Secret } from '../../src/secret.ts';
import { proxied, psql } from '../rehearsal/proxy-support.ts';
import { connected, one, prepared, SHOP } from '../rehearsal/support.ts';
import { testBinaries, testServer } from '../support/postgres.ts';

async function makeCertificate(folder: string): Promise<Record<string, string>> {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  chmodSync(key, 0o600);
  chmodSync(folder, 0o755);
  const account = await serverAccount();
  if (account !== undefined) chownSync(key, account.uid, account.gid);
  return { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate };
}

test('TLS to the server, plain on loopback; a cancel request goes by TLS too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-proxy-tls-'));
  const directory = join(folder, 'server');
  t.after(async () => {
    await stopServer(directory);
    rmSync(folder, { recursive: true });
  });
  const settings = await makeCertificate(folder);
  const server = await startServer({ binaries: await testBinaries(), directory, settings });
  const proxy = await proxied(t, { ...server.facts, sslmode: 'require' });
  const shown = await psql(proxy.facts, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  assert.deepEqual(shown, { code: 0, stdout: 't\n', stderr: '' });
  assert.equal(proxy.facts.sslmode, 'disable');
  const limited = await psql(proxy.facts, "set statement_timeout = '300ms'", 'select pg_sleep(30)');
  assert.match(limited.stderr, /57014/);
  const strict = await proxied(t, { ...server.facts, sslmode: 'prefer' });
  assert.equal((await psql(strict.facts, 'select 1')).stdout, '1\n');
});

test('SCRAM at the server, with its own password and not another', async (t) => {
  const facts = await prepared(SHOP);
  const login = async (role: string, password: string, verifier: string) => {
    await connected(facts, async (connection) => {
      await connection.script(
        `drop role if exists ${role}; create role ${role} login superuser password '${verifier}'`,
      );
    });
    const proxy = await proxied(t, { ...facts, user: role, password: new Secret(password) });
    return psql(proxy.facts, 'select current_user');
  };
  const scram = await login('by_scram', 'pass word', scramVerifier(new Secret('pass word')));
  assert.deepEqual(scram, { code: 0, stdout: 'by_scram\n', stderr: '' });
  const guessed = { ...facts, user: 'by_scram', password: new Secret('another') };
  await assert.rejects(
    openUpstream(guessed, new Map()),
    (error) => error instanceof StartupRefused && error.code === '28P01',
  );
  const admin = await testServer();
  assert.deepEqual(
    await one(admin, "select rolpassword like 'SCRAM%' as scram from pg_authid where rolname = 'by_scram'"),
    { scram: true },
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a pooler between is told, and nothing is run', async (t) => {
  const facts = await prepared(SHOP);
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-pooler-'));
  chmodSync(folder, 0o777);
  const port = await freePort();
  const password = facts.password.reveal();
  writeFileSync(join(folder, 'users.txt'), `"${facts.user}" "${password}"\n`);
  writeFileSync(
    join(folder, 'pooler.ini'),
    `[databases]\n${facts.database} = host=127.0.0.1 port=${facts.port} user=${facts.user} password=${password}\n` +
      `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = plain\nauth_file = ${folder}/users.txt\n` +
      `pool_mode = transaction\nunix_socket_dir =\n`,
  );
  const account = await serverAccount();
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const pooler = spawn('/usr/sbin/pgbouncer', [join(folder, 'pooler.ini')], { stdio: 'ignore', ...as });
  t.after(() => {
    pooler.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  const behind = { ...facts, port, sslmode: 'disable' as const };
  for (let turn = 0; turn < 50 && (await psql(behind, 'select 1')).code !== 0; turn += 1) await sleep(100);
  let isRun = false;
  const request = {
    facts: behind,
    command: 'migrate',
    limits: { statementTimeoutMs: 10_000, lockTimeoutMs: 5_000 },
    onProgress: () => undefined,
    run: async () => {
      isRun = true;
      return { exitCode: 0, signal: undefined, startFailure: undefined, timedOut: false, durationMs: 1 };
    },
  };
  await assert.rejects(
    rehearseCommand(request),
    (error) =>
      error instanceof UserError && /a connection pooler answers and not Postgres itself/.test(error.message),
  );
  assert.equal(isRun, false);
});
