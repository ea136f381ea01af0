import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareMigrations } from '../../src/migrations/compare.ts';
import { flyway } from '../../src/migrations/flyway.ts';
import { golangMigrate } from '../../src/migrations/golang-migrate.ts';
import type { RehearsableTool } from '../../src/migrations/migration.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy } from '../../src/operations/policy.ts';
import { appliedVersions, rehearsePlan } from '../../src/operations/rehearse.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import type { World } from '../../src/runner/world.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { listed } from '../migrations/tools.ts';
import { one, prepared } from '../rehearsal/support.ts';

const world = {
  info: () => undefined,
  debug: () => undefined,
  now: () => new Date('2026-11-21T09:00:00Z'),
  signal: new AbortController().signal,
} as unknown as World;

type Files = Readonly<Record<string, string>>;

/** A change from one folder to another, rehearsed on a database that carries the first. */
async function rehearsedChange(tool: RehearsableTool, before: Files, now: Files) {
  const [base, head] = [await listed(tool, before), await listed(tool, now)];
  const facts = await prepared('select 1');
  await applyMigrations({ facts, migrations: base, history: tool.history, onProgress: () => undefined });
  const plan = {
    tool,
    base,
    ...compareMigrations(base, head),
    duplicates: [],
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const { catalog, version } = await catalogOf(facts);
  const judging = { plan, loaded: defaultPolicy, version: version as PostgresVersion, catalog };
  const lint = await lintChange({ ...judging, today: '2026-11-21' });
  const options = { plan, loaded: defaultPolicy, lint, catalog, serverVersion: version };
  return { facts, plan, rehearse: () => rehearsePlan(world, facts, options) };
}

test('flyway: an edited repeatable migration is rehearsed once, and then nothing is pending', async () => {
  const view = (value: number) => `create or replace view v as select ${value} as a;`;
  const before = { 'V1__t.sql': 'create table t ();', 'R__v.sql': view(1) };
  const { facts, plan, rehearse } = await rehearsedChange(flyway, before, { ...before, 'R__v.sql': view(2) });
  const { status, migrations } = await rehearse();
  assert.deepEqual([status, migrations.map(({ file }) => file)], ['passed', ['m/R__v.sql']]);
  assert.deepEqual(await one(facts, 'select a from v'), { a: 2 });
  assert.equal((await rehearse()).reason, 'nothing is pending');
  assert.deepEqual(await appliedVersions(facts, plan), ['1', 'R__v']);
});

test('golang-migrate: a migration that fails leaves the version dirty, as the tool does', async () => {
  const before = { '1_t.up.sql': 'create table t ();' };
  const now = { ...before, '2_u.up.sql': 'create table u ();\nselect 1 / 0;' };
  const { facts, rehearse } = await rehearsedChange(golangMigrate, before, now);
  const { status, migrations } = await rehearse();
  assert.deepEqual([status, migrations[0]?.outcome], ['failed', 'failed']);
  assert.deepEqual(
    await one(facts, "select version::int, dirty, to_regclass('u') as u from schema_migrations"),
    {
      version: 2,
      dirty: true,
      u: null,
    },
  );
  await assert.rejects(rehearse(), { name: 'UserError', message: /version 2 is dirty/ });
});
