import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { readManifest } from '../../src/evidence/manifest.ts';
import { defaultPolicy, type LoadedPolicy, loadPolicy } from '../../src/operations/policy.ts';
import { loadManifest, manifestAt, ratesOf } from '../../src/operations/production.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';

const root = mkdtempSync(join(tmpdir(), 'pullgres-manifest-'));
after(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();

const orders = { relation: 'public.orders', rows: 10, bytes: 100, indexBytes: 50 };
const text = (source: string, table: object = orders) =>
  JSON.stringify({ version: 1, source, takenAt: '2026-11-01T04:00:00Z', tables: [table] });

test('the manifest is read from the commit that the policy was read from', async () => {
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(root, 'db'));
  mkdirSync(join(root, '.github'));
  writeFileSync(join(root, '.github/pullgres.yml'), 'rehearsal: { production: db/production.json }\n');
  writeFileSync(join(root, 'db/production.json'), text('merged'));
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  writeFileSync(join(root, 'db/production.json'), text('what the pull request would like'));
  const merged = await loadPolicy({ root, commit: git('rev-parse', 'HEAD') });
  assert.equal((await loadManifest(root, merged))?.source, 'merged');
  const own = await loadPolicy({ root, commit: undefined });
  assert.equal((await loadManifest(root, own))?.source, 'what the pull request would like');
});

function naming(production: string): LoadedPolicy {
  const rehearsal = { ...defaultPolicy.policy.rehearsal, production };
  return { ...defaultPolicy, policy: { ...defaultPolicy.policy, rehearsal } };
}

test('a policy that names none has none; one that names nothing, a link or nonsense is told', async () => {
  assert.equal(await loadManifest(root, defaultPolicy), undefined);
  const advised = (words: RegExp) => (error: unknown) =>
    error instanceof UserError && words.test(error.message);
  await assert.rejects(
    loadManifest(root, naming('db/none.json')),
    advised(/names db\/none\.json .* not there/),
  );
  await assert.rejects(loadManifest(root, naming('none.json')), advised(/not there/));
  symlinkSync('/etc/passwd', join(root, 'db/link.json'));
  await assert.rejects(loadManifest(root, naming('db/link.json')), advised(/symbolic link/));
  writeFileSync(join(root, 'top.json'), text('x', { ...orders, rows: -1 }));
  await assert.rejects(
    loadManifest(root, naming('top.json')),
    advised(/no manifest of production:[\s\S]*rows/),
  );
});

test('at a terminal the file is named by its path', async () => {
  assert.equal((await manifestAt(root, 'db/production.json')).tables[0]?.relation, 'public.orders');
  await assert.rejects(manifestAt(root, 'nowhere.json'), /nowhere\.json could not be read: ENOENT/);
});

test('a manifest is JSON of this form and no other', () => {
  for (const wrong of ['', '{', '[]', '{}', text('x', { ...orders, more: 1 }), text('x', {})]) {
    assert.throws(() => readManifest(wrong, 'p.json'), UserError, wrong);
  }
});

test('rates are the manifest’s, else those that a used database counted', () => {
  const manifest = readManifest(text('x', { ...orders, readsPerSecond: 9 }), 'p.json');
  assert.equal(ratesOf(manifest, EMPTY_CATALOG).get('public.orders')?.readsPerSecond, 9);
  const relation = (name: string, writesPerSecond: number) =>
    [name, { name, readsPerSecond: 0, writesPerSecond } as never] as const;
  const relations = new Map([relation('public.a', 0), relation('public.b', 2)]);
  assert.deepEqual([...ratesOf(undefined, { ...EMPTY_CATALOG, relations }).keys()], ['public.b']);
});
