import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Branch, Provider } from '../../src/branching/provider.ts';
import { sql } from '../../src/migrations/sql.ts';
import { appliedOf, schemaDigest } from '../../src/operations/append.ts';
import type { OpenBranch } from '../../src/operations/branch.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { type RehearseOptions, rehearseChange } from '../../src/operations/rehearse.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import type { World } from '../../src/runner/world.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { connected, prepared, SHOP } from '../rehearsal/support.ts';
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

test('a branch whose schema somebody has changed since the last push is brought back', async () => {
  const facts = await prepared(SHOP);
  const added = await sqlMigrations('create table fresh (id int);');
  await applyMigrations({ facts, migrations: added, history: sql.history, onProgress: () => undefined });
  const resets: string[] = [];
  const branch = { name: 'b', labels: { baselineId: 'one' } } as Branch;
  const provider = {
    reset: async (one: Branch) => {
      resets.push(one.name);
      return one;
    },
  } as unknown as Provider;
  const told: string[] = [];
  const world = { info: (text: string) => told.push(text) } as unknown as World;
  const plan = {
    tool: sql,
    added,
    base: [],
    duplicates: [],
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const schema = await schemaDigest(facts);
  const record = { status: 'passed' as const, migrations: [], findings: [] };
  const earlier = { key: 'k', schema, applied: added.map(appliedOf), catalog: EMPTY_CATALOG, record };
  const open = { branch, facts, record: { created: false }, earlier } as unknown as OpenBranch;
  await connected(facts, (one) => one.script('alter table orders add check (note is not null)'));
  const { status } = await rehearseChange(world, provider, open, { plan } as RehearseOptions);
  assert.deepEqual([status, resets], ['unproven', ['b']]);
  assert.match(told.join(), /Somebody has changed the schema of branch b: it is brought back/);
});
