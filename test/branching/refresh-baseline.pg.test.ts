import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { BuildMasked } from '../../src/branching/refresh-baseline.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { type DatabaseLocale, readLocale } from '../../src/postgres/locale.ts';
import { admin, ROLES, withSubject } from './faulty-server.ts';
import { fill, MANIFEST } from './refresh-stage.ts';
import { ask } from './sql-conformance.ts';
import { asks, pull, refused, type Subject } from './subject.ts';

const trusting = (options: Partial<Parameters<typeof createPostgresProvider>[0]> = {}): PostgresProvider =>
  createPostgresProvider({ facts: admin, now: () => new Date(), trust: () => undefined, ...options });

const build =
  (row: string): BuildMasked =>
  (site) =>
    fill(site, row);

const rowsOf = async (subject: Subject, number: number, baselineId: string) => {
  const { branch } = await trusting().create(asks(subject, pull(subject, number), baselineId));
  return subject.read(await trusting().connect(branch));
};

test('a refresh publishes a closed template with its label, proof and manifest, and the version before stays', () =>
  withSubject(async (subject) => {
    const provider = trusting();
    const first = await provider.refreshBaseline('shop', build('one'));
    const second = await provider.refreshBaseline('shop', async (site) => {
      await site.asAdministrator('CREATE EXTENSION plpgsql_test').catch(() => undefined);
      await site.asAdministrator('CREATE TABLE public.of_admin (id int)');
      return fill(site, 'two');
    });
    assert.match(first.id, /^shop@\d{8}T\d{6}Z$/);
    assert.notEqual(second.id, first.id);
    assert.deepEqual(await provider.resolveBaseline('shop'), second);
    assert.deepEqual(await provider.findBaseline(first.id), first);
    assert.equal(await provider.manifestOf(second.id), MANIFEST);
    const seen = await provider.inspectBaseline('shop');
    assert.deepEqual(
      [seen?.baseline.id, seen?.connectable, seen?.template, seen?.sessions, seen?.untouched, seen?.manifest],
      [second.id, false, true, 0, true, MANIFEST],
    );
    assert.deepEqual(await rowsOf(subject, 1, first.id), ['one']);
    assert.deepEqual(await rowsOf(subject, 2, second.id), ['two']);
    assert.deepEqual(
      (await provider.baselines()).map(({ baseline, distrust }) => [baseline.id, distrust]),
      [first.id, second.id].sort().map((id) => [id, undefined]),
    );
  }));

test('whoever opens a published baseline, even for a moment, leaves a trace', () =>
  withSubject(async () => {
    const provider = trusting();
    await provider.refreshBaseline('shop', build('one'));
    const database = (await provider.inspectBaseline('shop'))?.database ?? '';
    await ask(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    assert.equal((await provider.inspectBaseline('shop'))?.connectable, true);
    await refused(provider.resolveBaseline('shop'), /takes connections/);
    await ask(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    const seen = await provider.inspectBaseline('shop');
    assert.deepEqual([seen?.connectable, seen?.untouched], [false, false]);
    await refused(provider.resolveBaseline('shop'), /altered since it was published: opened/);
  }));

const FAILURES: readonly (readonly [string, BuildMasked, RegExp])[] = [
  [
    'throws',
    (site) => fill(site, 'half').then(() => Promise.reject(new Error('a needle was found'))),
    /needle/,
  ],
  [
    'gives a label that cannot be written',
    async (site) => ({ ...(await fill(site, 'x')), sourceAt: 'soon' }),
    /sourceAt/,
  ],
];

for (const [what, failing, pattern] of FAILURES) {
  test(`a build that ${what} leaves nothing, and the version before as it was`, () =>
    withSubject(async (subject) => {
      const provider = trusting();
      const before = await provider.refreshBaseline('shop', build('one'));
      const [databases, roles] = [await subject.databases(), await ask(admin, ROLES)];
      await assert.rejects(provider.refreshBaseline('shop', failing), pattern);
      assert.deepEqual(await subject.databases(), databases);
      assert.deepEqual(await ask(admin, ROLES), roles);
      assert.deepEqual(await provider.resolveBaseline('shop'), before);
      assert.deepEqual(await rowsOf(subject, 1, before.id), ['one']);
    }));
}

test('a cancelled refresh clears up behind itself', () =>
  withSubject(async (subject) => {
    const before = await trusting().refreshBaseline('shop', build('one'));
    const databases = await subject.databases();
    for (const at of ['in the build', 'Publishing']) {
      const abort = new AbortController();
      const stop = () => abort.abort(new Error('SIGINT'));
      const onProgress = (text: string) => void (text.startsWith(at) && stop());
      const provider = trusting({ signal: abort.signal, onProgress });
      const cancelled = provider.refreshBaseline('shop', async (site) => {
        const proved = await fill(site, 'half');
        if (at === 'in the build') stop();
        return proved;
      });
      if (at === 'in the build') {
        await assert.rejects(cancelled, /SIGINT/);
        assert.deepEqual(await subject.databases(), databases);
        assert.deepEqual(await trusting().resolveBaseline('shop'), before);
      } else {
        // Once it is being published it is whole.
        const published = await cancelled;
        assert.deepEqual(await trusting().resolveBaseline('shop'), published);
      }
    }
  }));

test('a proof that the server’s own policy refuses is not published', () =>
  withSubject(async () => {
    const before = await trusting().refreshBaseline('shop', build('one'));
    const strict = trusting({ trust: () => ({ why: 'Its signer is unknown.', hint: 'Add it.' }) });
    await refused(strict.refreshBaseline('shop', build('two')), /not published.* Its signer is unknown/);
    const without = createPostgresProvider({ facts: admin, now: () => new Date() });
    await refused(without.refreshBaseline('shop', build('two')), /not published.*whose signature/);
    assert.deepEqual(await trusting().resolveBaseline('shop'), before);
  }));

test('one refresh of a name at a time: the other is told who, from where and since when', () =>
  withSubject(async () => {
    const hasty = trusting({ lockWaitMs: 200 });
    await trusting().refreshBaseline('shop', async (site) => {
      await refused(
        hasty.refreshBaseline('shop', build('two')),
        /refreshing the baseline "shop", since .* UTC, from .* \(server process \d+\)/,
      );
      const beside = await hasty.refreshBaseline('other', build('beside'));
      assert.match(beside.id, /^other@/);
      return fill(site, 'one');
    });
  }));

test('names: no hand-made baseline and no version stand in each other’s way', () =>
  withSubject(async (subject) => {
    const provider = trusting();
    await provider.refreshBaseline('shop', build('one'));
    const planted = `pullgres_planted_${subject.repositoryId}`;
    await subject.plant(planted, undefined);
    await refused(
      provider.publishBaseline(planted, { id: 'shop', kind: 'synthetic' }),
      /masked baselines of the name "shop"/,
    );
    await provider.publishBaseline(planted, { id: 'seed', kind: 'synthetic' });
    await refused(provider.refreshBaseline('seed', build('two')), /id is "seed" is there already/);
    for (const name of ['', 'a@b', 'a b', 'é', 'x'.repeat(64), '-x'])
      await assert.rejects(provider.refreshBaseline(name, build('x')), { name: 'UserError' });
  }));

test('keepVersions removes the oldest with their manifests, and names those that are in use', () =>
  withSubject(async (subject) => {
    const provider = trusting();
    const made: string[] = [];
    for (const row of ['one', 'two', 'three', 'four'])
      made.push((await provider.refreshBaseline('shop', build(row))).id);
    const [first = '', second = '', third = '', fourth = ''] = made;
    const { branch } = await provider.create(asks(subject, pull(subject, 1), first));
    assert.deepEqual(await provider.keepVersions('shop', 2), {
      removed: [second],
      inUse: [{ id: first, branches: [branch.name] }],
    });
    assert.equal(await provider.manifestOf(second), undefined);
    assert.equal(await provider.manifestOf(first), MANIFEST);
    assert.equal((await provider.resolveBaseline('shop', first))?.id, first);
    await provider.remove(pull(subject, 1));
    assert.deepEqual(await provider.keepVersions('shop', 0), { removed: [third, first], inUse: [] });
    assert.deepEqual(
      (await provider.baselines()).map(({ baseline }) => baseline.id),
      [fourth],
    );
  }));

test('the database sorts as the source does', () =>
  withSubject(async () => {
    const connection = await openConnection(admin, { applicationName: 'test' });
    const own = await readLocale(connection).finally(() => connection.close());
    const version = connection.serverVersion;
    const wanted: DatabaseLocale =
      version >= 17
        ? { ...own, encoding: 'UTF8', provider: 'builtin', locale: 'C.UTF-8', icuRules: undefined }
        : { ...own, encoding: 'LATIN1', collate: 'C', ctype: 'C', provider: 'libc', locale: undefined };
    const provider = trusting();
    await provider.refreshBaseline(
      'shop',
      async (site) => {
        const inside = await openConnection(site.facts, { applicationName: 'test' });
        assert.deepEqual(await readLocale(inside).finally(() => inside.close()), wanted);
        return fill(site, 'one');
      },
      { locale: wanted },
    );
    if (version < 17) {
      const builtin = { ...wanted, provider: 'builtin', locale: 'C.UTF-8' } as const;
      await refused(
        provider.refreshBaseline('shop', build('x'), { locale: builtin }),
        /version|does not have/,
      );
    }
    await refused(
      provider.refreshBaseline('shop', build('x'), {
        locale: { ...own, collate: 'xx_XX.none', ctype: 'xx_XX.none' },
      }),
      /locale name/,
    );
  }));

async function dieIn(name: string, dieAt: string): Promise<void> {
  const order = { facts: { ...admin, password: admin.password.reveal() }, name, dieAt };
  const program = fileURLToPath(new URL('refresh-and-die.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ORDER: JSON.stringify(order) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', `it never came to: ${dieAt}`);
}

const STEPS = ['Building the baseline', 'an empty database', 'a full database', 'Publishing the baseline'];

test('killed at any step before its end, a refresh leaves no baseline, and the next one or a sweep clears what is there', () =>
  withSubject(async (subject) => {
    const provider = trusting();
    const before = await provider.refreshBaseline('shop', build('one'));
    const clean = await subject.databases();
    for (const dieAt of STEPS) {
      await dieIn('shop', dieAt);
      assert.deepEqual(await provider.resolveBaseline('shop'), before, dieAt);
      const left = (await subject.databases()).filter((name) => !clean.includes(name));
      for (const name of left) {
        await refused(provider.create(asks(subject, pull(subject, 1), name)), /no baseline/);
      }
      const remains = (await provider.remains(1)).filter(({ kind }) => kind === 'building');
      assert.deepEqual(remains.map(({ name }) => name).sort(), left);
      if (dieAt === 'an empty database') for (const remain of remains) await provider.clear(remain);
    }
    const after = await provider.refreshBaseline('shop', build('two'));
    assert.equal((await subject.databases()).length, clean.length + 1);
    assert.deepEqual(await rowsOf(subject, 1, after.id), ['two']);
    await dieIn('shop', 'after the end');
    assert.deepEqual(await rowsOf(subject, 2, (await provider.resolveBaseline('shop'))?.id ?? ''), ['half']);
  }));
