import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryProvider } from '../../src/branching/memory.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import {
  appliedOf,
  continuation,
  type Earlier,
  recallEarlier,
  rehearsalKey,
  rememberEarlier,
} from '../../src/operations/append.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy } from '../../src/operations/policy.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { catalogText } from '../../src/sql/catalog-text.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

const migration = (version: string, checksum = version) => ({ version, path: `m/${version}.sql`, checksum });
const [one, two, three] = [migration('1'), migration('2'), migration('3')];
const record = { status: 'passed' as const, migrations: [], findings: [] };
const earlier: Earlier = { key: 'k', schema: 's', applied: [one, two], catalog: EMPTY_CATALOG, record };

const cases: readonly [
  string,
  Earlier | undefined,
  ReturnType<typeof migration>[],
  string,
  RegExp | 'carried',
][] = [
  ['nothing more', earlier, [one, two], 'k', 'carried'],
  ['one more', earlier, [one, two, three], 'k', 'carried'],
  ['no record', undefined, [one, two, three], 'k', /what it did is not known/],
  ['another policy or base', earlier, [one, two, three], 'other', /policy .* moved/],
  ['an edited one', earlier, [one, migration('2', 'new'), three], 'k', /^m\/2\.sql was edited/],
  ['a renamed one', earlier, [one, migration('2b', '2')], 'k', /^m\/2\.sql was removed or renamed/],
  [
    'another file of the same version',
    earlier,
    [one, { ...migration('2', 'new'), path: 'm/2_b.sql' }],
    'k',
    /^m\/2\.sql gave way to m\/2_b\.sql/,
  ],
  [
    'the same text under another name',
    earlier,
    [one, { ...two, path: 'm/2_b.sql' }],
    'k',
    /^m\/2\.sql gave way to m\/2_b\.sql/,
  ],
  ['one less', earlier, [one], 'k', /^m\/2\.sql was removed/],
  ['one in between', earlier, [one, migration('1b'), two], 'k', /^m\/1b\.sql now stands before m\/2\.sql/],
  ['another order', earlier, [two, one], 'k', /^m\/2\.sql now stands before m\/1\.sql/],
];
for (const [what, before, added, key, expected] of cases)
  test(`a push with ${what}: ${expected === 'carried' ? 'goes on' : 'begins anew'}`, () => {
    const next = continuation(before, added, key);
    if (expected === 'carried') assert.deepEqual(next, { carry: before });
    else assert.match('reason' in next ? next.reason : '', expected);
  });

test('what a file’s checksum does not tell is told apart: how it is sent, and the way back', () => {
  const file: Migration = {
    ...{ version: '1', name: '1', path: 'm/1.sql', text: 'select 1;', checksum: 'c' },
    up: { startByte: 0, endByte: 9 },
    down: undefined,
    transaction: 'file',
  };
  const down = { path: 'm/1.down.sql', text: 'select 2;', startByte: 0, endByte: 9 };
  const others: readonly Migration[] = [
    { ...file, transaction: 'none' },
    { ...file, up: { startByte: 0, endByte: 8 } },
    { ...file, down },
    { ...file, down: { ...down, text: 'select 3;' } },
    { ...file, text: 'select 4;' },
    { ...file, historyRows: [{ table: 's.t', values: { a: 1 } }] },
  ];
  const sums = [file, ...others].map((one) => appliedOf(one).checksum);
  assert.equal(new Set(sums).size, sums.length);
  assert.deepEqual(appliedOf({ ...file }), appliedOf(file));
});

const plan = {
  tool: { name: 'sql' },
  directory: 'm',
  base: [one],
} as unknown as MigrationPlan;

test('the key tells bases, servers, policies and expired exceptions apart', () => {
  const exception = {
    rule: 'x',
    reason: 'a good reason',
    owner: 'o',
    until: '2026-11-21',
    source: 'policy' as const,
  };
  const excepted = { ...defaultPolicy, exceptions: [exception as never] };
  const keys = [
    rehearsalKey(plan, defaultPolicy, 18, '2026-11-21'),
    rehearsalKey(plan, defaultPolicy, 17, '2026-11-21'),
    rehearsalKey({ ...plan, base: [one, two] as never }, defaultPolicy, 18, '2026-11-21'),
    rehearsalKey({ ...plan, directory: 'other' }, defaultPolicy, 18, '2026-11-21'),
    rehearsalKey(
      plan,
      { ...defaultPolicy, policy: { ...defaultPolicy.policy, postgres: 15 } },
      18,
      '2026-11-21',
    ),
    rehearsalKey(plan, excepted, 18, '2026-11-21'),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(rehearsalKey(plan, excepted, 18, '2026-11-22'), keys[0]);
});

async function branchOf() {
  const provider = createMemoryProvider({ now: () => new Date('2026-11-21T00:00:00Z') });
  const baseline = { id: 'one', kind: 'schema' as const, createdAt: '2026-11-21T00:00:00.000Z' };
  await provider.ensureBaseline(baseline, async () => undefined);
  const { branch } = await provider.create({
    identity: { repositoryId: 1, subject: { kind: 'pull-request', number: 7 } },
    baselineId: 'one',
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: '2126-01-01T00:00:00.000Z',
  });
  return { provider, branch };
}

test('record and schema come back as they were; a failed one is not kept, a spoiled one is none', async () => {
  await loadParser();
  const text = `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'a');
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE INDEX i ON t (m) WHERE id > 1;`;
  const parsed = parseSql(text, 'x');
  assert.ok(parsed.ok);
  const catalog: Catalog = parsed.statements.reduce(applyStatement, { ...EMPTY_CATALOG, complete: true });
  const { provider, branch } = await branchOf();
  await rememberEarlier(provider, branch, { ...earlier, catalog });
  const back = await recallEarlier(provider, branch);
  assert.ok(back);
  // JSON has no undefined, which a member that is left out stands for as well.
  assert.equal(catalogText(back.catalog), catalogText(catalog));
  assert.equal(back.catalog.relations.get('public.t')?.columns.length, 2);
  assert.equal(back.catalog.types.get('public.mood')?.kind, 'enum');
  assert.deepEqual([back.key, back.applied, back.record], [earlier.key, earlier.applied, record]);
  await provider.touch(branch);
  await rememberEarlier(provider, branch, { ...earlier, record: { ...record, status: 'failed' } });
  assert.equal(await recallEarlier(provider, branch), undefined);
  await provider.remember(branch, 'spoiled');
  assert.equal(await recallEarlier(provider, branch), undefined);
});

test('what left something undone, or is too long, is not kept', async () => {
  const { provider, branch } = await branchOf();
  const leftovers = [{ kind: 'invalid index' as const, relation: 'public.t', name: 'public.i' }];
  const run = { version: '1', file: 'm/1.sql', outcome: 'applied' as const, durationMs: 1, statements: [] };
  const kept = async (more: Partial<Earlier['record']>) => {
    await provider.touch(branch);
    await rememberEarlier(provider, branch, { ...earlier, record: { ...record, ...more } });
    return (await recallEarlier(provider, branch)) !== undefined;
  };
  assert.equal(await kept({ migrations: [run] }), true);
  assert.equal(await kept({ migrations: [{ ...run, leftovers }] }), false);
  assert.equal(await kept({ reason: randomBytes(7 * 1024 * 1024).toString('base64') }), false);
});
