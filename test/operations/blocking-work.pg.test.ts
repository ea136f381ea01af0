import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../../src/migrations/sql.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy, type LoadedPolicy } from '../../src/operations/policy.ts';
import { rehearsePlan } from '../../src/operations/rehearse.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ruleNames } from '../../src/rules/names.ts';
import type { World } from '../../src/runner/world.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { prepared, SHOP } from '../rehearsal/support.ts';
import { placeOf } from '../support/evidence.ts';
import { sqlMigrations } from '../support/migrations.ts';

const now = new Date('2026-11-21T09:00:00Z');
const world = {
  info: () => undefined,
  debug: () => undefined,
  now: () => now,
  signal: new AbortController().signal,
} as unknown as World;

function policy(text: string): LoadedPolicy {
  const read = parsePolicy(text, 'p.yml', ruleNames);
  const exceptions = read.exceptions.map((each) => ({
    ...each,
    place: placeOf('p.yml', 1, 'x'),
    source: 'policy' as const,
  }));
  return { ...defaultPolicy, policy: read, exceptions };
}

async function judged(text: string, loaded = defaultPolicy) {
  const facts = await prepared(SHOP);
  const added = await sqlMigrations(text);
  const plan: MigrationPlan = {
    tool: sql,
    added,
    base: [],
    outOfOrder: [],
    duplicates: [],
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const { catalog, version } = await catalogOf(facts);
  const today = '2026-11-21';
  const lint = await lintChange({ plan, loaded, version: version as PostgresVersion, catalog, today });
  const rehearsal = await rehearsePlan(world, facts, {
    plan,
    loaded,
    lint,
    catalog,
    serverVersion: version,
  });
  assert.equal(rehearsal.status, 'passed', JSON.stringify(rehearsal));
  return { lint, rehearsal };
}

/** SQL about a table whose name only the server knows. */
function hidden(sql: string): string {
  return `do $$ declare found text := (select relname from pg_class where relname like 'order_'); begin execute format('${sql}', found); end $$;`;
}

const HIDDEN = hidden('alter table %I alter column id type bigint');

test('work that a block hides from every rule is a finding of the run', async () => {
  const { lint, rehearsal } = await judged(HIDDEN);
  assert.deepEqual(lint.findings, []);
  assert.deepEqual(
    rehearsal.findings.map(({ rule, severity, relation }) => [rule, severity, relation]),
    [['unpredicted-blocking-work', 'error', 'public.orders']],
  );
  assert.match(
    rehearsal.findings[0]?.message ?? '',
    /^The rehearsal saw `public\.orders` rewritten under AccessExclusiveLock for .*; nobody could read or write it\.$/,
  );
});

test('an index that a block builds under a lock is a finding of the run', async () => {
  const { rehearsal } = await judged(hidden('create index i on %I (customer_id)'));
  assert.match(rehearsal.findings[0]?.message ?? '', /`public\.orders` indexed under ShareLock/);
});

const silent: readonly [name: string, text: string, policy: string][] = [
  ['TRUNCATE', 'truncate orders;', 'rules: { truncate: off }'],
  ['a table of the same change', 'create table fresh (id int); create index on fresh (id);', ''],
  ['a rule that is off', 'create index i on orders (customer_id);', 'rules: { create-index-blocking: off }'],
  ['the policy says off', HIDDEN, 'rules: { unpredicted-blocking-work: off }'],
];
for (const [name, text, rules] of silent) {
  test(`no finding of the run: ${name}`, async () => {
    const { rehearsal } = await judged(text, policy(rules));
    assert.deepEqual(rehearsal.findings, []);
  });
}

test('an exception accepts it, and the lint does not call that exception unused', async () => {
  const loaded = policy(
    'exceptions:\n  - { rule: unpredicted-blocking-work, path: m, reason: small table here, owner: "@team", until: 2026-12-01 }',
  );
  const { lint, rehearsal } = await judged(HIDDEN, loaded);
  assert.deepEqual([lint.findings, rehearsal.findings], [[], []]);
  assert.deepEqual(
    rehearsal.accepted?.map(({ finding, owner }) => [finding.rule, owner]),
    [['unpredicted-blocking-work', '@team']],
  );
});

test('a finding at a statement that never ran is left to the lint', async () => {
  const facts = await prepared(SHOP);
  const added = await sqlMigrations('select 1 / 0;', 'create index i on orders (customer_id);');
  const plan = {
    tool: sql,
    added,
    base: [],
    outOfOrder: [],
    duplicates: [],
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const { catalog } = await catalogOf(facts);
  const loaded = defaultPolicy;
  const lint = await lintChange({ plan, loaded, version: 18, catalog, today: '2026-11-21' });
  const rehearsal = await rehearsePlan(world, facts, { plan, loaded, lint, catalog, serverVersion: 18 });
  assert.deepEqual([lint.findings.length, rehearsal.status, rehearsal.findings], [1, 'failed', []]);
});
