import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProviderError } from '../../src/errors.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { startServer, stopServer } from '../../src/postgres/server.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';
import { testBinaries } from '../support/postgres.ts';

/** A key and a certificate of its own for 127.0.0.1, readable by the server's user. */
async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  chmodSync(key, 0o600);
  chmodSync(folder, 0o755);
  const account = await serverAccount();
  if (account !== undefined) chownSync(key, account.uid, account.gid);
  return { key, certificate };
}

test('over TLS: require and prefer encrypt, verify-full asks for a certificate that proves the host', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-tls-'));
  const directory = join(folder, 'server');
  t.after(async () => {
    await stopServer(directory);
    rmSync(folder, { recursive: true });
  });
  const { key, certificate } = await makeCertificate(folder);
  const settings = { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate };
  const server = await startServer({
    binaries: await testBinaries(),
    directory: join(folder, 'server'),
    settings,
  });
  for (const sslmode of ['require', 'prefer'] as const) {
    const connection = await openConnection({ ...server.facts, sslmode }, { applicationName: 'tls' });
    const { rows } = await connection.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    assert.deepEqual(rows, [{ ssl: true }], sslmode);
    await connection.close();
  }
  await assert.rejects(
    openConnection({ ...server.facts, sslmode: 'verify-full' }, { applicationName: 'tls' }),
    (error) =>
      error instanceof ProviderError &&
      error.status === 'DEPTH_ZERO_SELF_SIGNED_CERT' &&
      /does not prove who it is/.test(error.message) &&
      /NODE_EXTRA_CA_CERTS/.test(error.hint ?? ''),
  );
});
