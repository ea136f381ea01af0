import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { sql } from '../../src/migrations/sql.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy } from '../../src/operations/policy.ts';
import { rehearsePlan } from '../../src/operations/rehearse.ts';
import { readYaml } from '../../src/policy/yaml.ts';
import type { World } from '../../src/runner/world.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { prepared, SHOP } from '../rehearsal/support.ts';
import { sqlMigrations } from '../support/migrations.ts';

const world = {
  info: () => undefined,
  debug: () => undefined,
  now: () => new Date('2026-11-22T09:00:00Z'),
  signal: new AbortController().signal,
} as unknown as World;

test('a column without a mask is judged on the branch’s schema, and no lock is measured for it', async () => {
  const facts = await prepared(SHOP);
  const text = 'version: 1\n';
  const profile = parseMaskingProfile(parse(text), 'masking.yml');
  const head = { kind: 'read' as const, profile, yaml: readYaml(text, 'masking.yml') };
  const plan = {
    tool: sql,
    added: await sqlMigrations('alter table orders add column nickname text;'),
    base: [],
    outOfOrder: [],
    duplicates: [],
    masking: { path: 'masking.yml', base: undefined, head },
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const { catalog, version } = await catalogOf(facts);
  const loaded = defaultPolicy;
  const today = '2026-11-22';
  const lint = await lintChange({ plan, loaded, version: version as PostgresVersion, catalog, today });
  const isMask = ({ rule }: { rule: string }) => rule === 'unmasked-column';
  assert.deepEqual(
    lint.findings.filter(isMask).map(({ relation, place }) => [relation, place.file, place.line]),
    [['public.orders', 'm/1.sql', 1]],
  );
  const options = { plan, loaded, lint, catalog, serverVersion: version };
  const rehearsal = await rehearsePlan(world, facts, options);
  assert.equal(rehearsal.status, 'passed');
  assert.ok(
    rehearsal.migrations[0]?.statements[0]?.locks.some(({ relation }) => relation === 'public.orders'),
  );
  assert.deepEqual(rehearsal.findings.filter(isMask), []);
});
