import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Branch, Provider } from '../../src/branching/provider.ts';
import { sql } from '../../src/migrations/sql.ts';
import { appliedOf, schemaDigest } from '../../src/operations/append.ts';
import type { OpenBranch } from '../../src/operations/branch.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy } from '../../src/operations/policy.ts';
import { type RehearseOptions, rehearseChange, rehearsePlan } from '../../src/operations/rehearse.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import type { World } from '../../src/runner/world.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { connected, prepared, SHOP } from '../rehearsal/support.ts';
import { findingOf } from '../support/evidence.ts';
import { sqlMigrations } from '../support/migrations.ts';

const changes: readonly [script: string, isSeen: boolean][] = [
  ["insert into customers values (101); update orders set note = '' where id = 1; analyze", false],
  ['delete from customers where id = 100', false],
  ['truncate orders', true],
  ['alter table orders add constraint told check (note is not null)', true],
  ['alter table orders drop column note', true],
  ['create index extra on orders (customer_id)', true],
];
for (const [script, isSeen] of changes)
  test(`between two pushes, ${script}: ${isSeen ? 'seen' : 'none of our business'}`, async () => {
    const facts = await prepared(SHOP);
    const before = await schemaDigest(facts);
    assert.equal(await schemaDigest(facts), before);
    await connected(facts, (connection) => connection.script(script));
    assert.equal((await schemaDigest(facts)) !== before, isSeen);
  });

const now = new Date('2026-11-21T09:00:00Z');
const signal = new AbortController().signal;

/** A second push, with the same migrations, to a branch on which `script` ran in between. */
async function pushedAfter(script: string) {
  const facts = await prepared(SHOP);
  const added = await sqlMigrations('create table fresh (id int);', 'create table later (id int);');
  await applyMigrations({ facts, migrations: added, history: sql.history, onProgress: () => undefined });
  const schema = await schemaDigest(facts);
  const told: string[] = [];
  const branch = { name: 'b', labels: { baselineId: 'one' } } as Branch;
  const provider = {
    reset: async (one: Branch) => one,
    touch: async (one: Branch) => one,
    remember: async () => undefined,
    findBaseline: async () => undefined,
  } as unknown as Provider;
  const info = (text: string) => void told.push(text);
  const world = { info, debug: info, now: () => now, signal } as unknown as World;
  const plan = { tool: sql, added, base: [], duplicates: [], outOfOrder: [], record: { altered: [] } };
  const finding = findingOf({ rule: 'left-invalid-index' });
  const record = { status: 'passed' as const, migrations: [], findings: [finding] };
  const earlier = { key: 'k', schema, applied: added.map(appliedOf), catalog: EMPTY_CATALOG, record };
  const open = { branch, facts, record: { created: false }, earlier } as unknown as OpenBranch;
  await connected(facts, (connection) => connection.script(script));
  const lint = { status: 'passed', findings: [], statements: [], problems: [], postgresVersion: 18 };
  const options = { plan, loaded: defaultPolicy, lint, catalog: EMPTY_CATALOG, serverVersion: 18 };
  const again = await rehearseChange(world, provider, open, options as unknown as RehearseOptions);
  return { again, told: told.join() };
}

test('a branch as the last push left it is kept, with what was found then', async () => {
  const { again, told } = await pushedAfter('select 1');
  assert.doesNotMatch(told, /brought back/);
  assert.deepEqual(
    [again.status, again.findings.map(({ rule }) => rule)],
    ['passed', ['left-invalid-index']],
  );
});

test('a branch whose schema somebody has changed since the last push is brought back', async () => {
  const { again, told } = await pushedAfter('alter table orders add check (note is not null)');
  assert.equal(again.status, 'unproven');
  assert.match(told, /Somebody has changed the schema of branch b: it is brought back/);
});

test('a branch that lacks one of the last push’s migrations is brought back', async () => {
  const { told } = await pushedAfter("delete from pullgres_migrations where version = '2'");
  assert.match(told, /Somebody has migrated branch b: it is brought back/);
});

test('a finding is disproved only by the version that it is judged for', async () => {
  const disproved = async (serverVersion: number): Promise<number> => {
    const facts = await prepared(SHOP);
    const added = await sqlMigrations('alter table orders add column z int;');
    const plan = { tool: sql, added, base: [], duplicates: [], outOfOrder: [], record: { altered: [] } };
    const judging = { plan: plan as unknown as MigrationPlan, loaded: defaultPolicy };
    const { catalog } = await catalogOf(facts);
    const lint = await lintChange({ ...judging, version: 18, catalog, today: '2026-11-21' });
    const place = lint.statements[0]?.place;
    const findings = [findingOf({ rule: 'set-not-null-scan', ...(place && { place }) })];
    const world = { info: () => undefined, now: () => now, signal } as unknown as World;
    const options = { ...judging, lint: { ...lint, findings }, catalog, serverVersion };
    return (await rehearsePlan(world, facts, options)).refuted?.length ?? 0;
  };
  assert.deepEqual([await disproved(18), await disproved(17)], [1, 0]);
});
