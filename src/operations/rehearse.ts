import type { Branch, Provider } from '../branching/provider.ts';
import type { Manifest } from '../evidence/manifest.ts';
import type { LintRecord, RehearsalRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { Migration } from '../migrations/migration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import type { Rates } from '../rehearsal/contention/targets.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { readSizes, type Sizes } from '../rehearsal/sizes.ts';
import type { World } from '../runner/world.ts';
import type { Catalog } from '../sql/catalog.ts';
import { appliedOf, type Earlier, rehearsalKey, rememberEarlier, schemaDigest } from './append.ts';
import { manifestBeside } from './baseline-manifest.ts';
import { limitsBeside, startBeside } from './beside.ts';
import type { OpenBranch } from './branch.ts';
import { compareSchemas } from './compare-schemas.ts';
import { today } from './judged-by.ts';
import { historyOf, type MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { loadManifest, ratesOf } from './production.ts';
import { type Run, rehearsalRecord } from './rehearsal-record.ts';

export type RehearseOptions = {
  readonly plan: MigrationPlan;
  readonly loaded: LoadedPolicy;
  readonly lint: LintRecord;
  /** The schema before the change. */
  readonly catalog: Catalog;
  /** Major version of the server on which it is rehearsed. */
  readonly serverVersion: number;
  /** What an earlier push applied; this one only appends. */
  readonly earlier?: Earlier | undefined;
  /** What somebody at a terminal gave; left out, the policy names the file. */
  readonly production?: Manifest | undefined;
};

/**
 * Applies the change's migrations to the branch and watches. The branch is marked as touched before the
 * first statement, so that a killed run leaves a branch that the next one resets.
 */
export async function rehearseChange(
  world: World,
  provider: Provider,
  open: OpenBranch,
  options: RehearseOptions,
): Promise<RehearsalRecord> {
  const { plan } = options;
  if (plan.added.length === 0) return nothing('no new migrations');
  const { branch, applied, earlier } = await ready(world, provider, open, plan);
  const already = earlier ? [] : carries(plan, applied);
  if (already.length > 0) return unproven(alreadyApplied(already));
  const touched = await provider.touch(branch);
  if (!earlier) await catchUp(world, open.facts, plan);
  const production = options.production ?? (await productionOf(world, provider, branch, options));
  const { record, mustReset } = await runPlan(world, open.facts, { ...options, production, earlier });
  if (mustReset) return restore(world, provider, touched, open.facts, plan, record);
  await keepForNextPush(world, provider, { ...open, branch: touched }, options, record);
  return record;
}

/** What the policy names, else what the branch's own baseline keeps. */
async function productionOf(
  world: World,
  provider: Provider,
  { labels }: Branch,
  { loaded }: RehearseOptions,
): Promise<Manifest | undefined> {
  return (await loadManifest(world.workspace, loaded)) ?? (await manifestBeside(provider, labels.baselineId));
}

const RESTORED = 'The way back spoiled the branch, so it was reset and migrated again, unwatched.';

/** The branch as the migrations leave it, made anew, so that the tests that follow find it so. */
async function restore(
  world: World,
  provider: Provider,
  branch: Branch,
  facts: ConnectionFacts,
  plan: MigrationPlan,
  record: RehearsalRecord,
): Promise<RehearsalRecord> {
  world.info(`Branch ${branch.name}: ${RESTORED}`);
  await provider.touch((await provider.reset(branch, branch.labels.baselineId)).branch);
  await catchUp(world, facts, plan);
  await apply(world, facts, plan, plan.added);
  const migrations = record.migrations.map((one) => (one.state ? { ...one, state: RESTORED } : one));
  return { ...record, migrations, settled: true };
}

type Ready = {
  readonly branch: Branch;
  readonly applied: readonly string[];
  readonly earlier: Earlier | undefined;
};

/** The branch as its baseline left it, or as the earlier push did to which this one appends; reset when it is neither. */
async function ready(
  world: World,
  provider: Provider,
  { branch, facts, record, earlier }: OpenBranch,
  plan: MigrationPlan,
): Promise<Ready> {
  const applied = await appliedVersions(facts, plan);
  const expected = (earlier?.applied ?? []).map(({ version }) => version);
  const found = carries(plan, applied).map(({ version }) => version);
  const isAsLeft = found.length === expected.length && found.every((one) => expected.includes(one));
  if (record.created || (isAsLeft && (!earlier || earlier.schema === (await schemaDigest(facts)))))
    return { branch, applied, earlier };
  const what = isAsLeft ? 'changed the schema of' : 'migrated';
  world.info(`Somebody has ${what} branch ${branch.name}: it is brought back to its baseline.`);
  const { branch: fresh } = await provider.reset(branch, branch.labels.baselineId);
  return { branch: fresh, applied: await appliedVersions(facts, plan), earlier: undefined };
}

async function keepForNextPush(
  world: World,
  provider: Provider,
  { branch, facts }: OpenBranch,
  { plan, loaded, catalog, serverVersion }: RehearseOptions,
  record: RehearsalRecord,
): Promise<void> {
  const applied = plan.added.map(appliedOf);
  const key = rehearsalKey(plan, loaded, serverVersion, today(world));
  const schema = await schemaDigest(facts);
  await rememberEarlier(provider, branch, { key, applied, schema, catalog, record });
}

/** Migrations of the change that the database already has. */
function carries(plan: MigrationPlan, applied: readonly string[]): readonly Migration[] {
  return plan.added.filter(({ version }) => applied.includes(version));
}

/** Applies what the change adds and the database lacks, and watches. The database keeps it. */
export async function rehearsePlan(
  world: World,
  facts: ConnectionFacts,
  options: RehearseOptions,
): Promise<RehearsalRecord> {
  return (await runPlan(world, facts, options)).record;
}

type Ran = {
  readonly record: RehearsalRecord;
  /** The way back spoiled the database. */
  readonly mustReset: boolean;
};

async function runPlan(world: World, facts: ConnectionFacts, options: RehearseOptions): Promise<Ran> {
  const { plan, loaded, catalog, earlier } = options;
  const missing = pending(plan.added, await appliedVersions(facts, plan));
  if (missing.length === 0 && !earlier) return { record: nothing('nothing is pending'), mustReset: false };
  const manifest = options.production ?? (await loadManifest(world.workspace, loaded));
  const sizes = await readSizes(facts);
  const production = { manifest, sizes, rates: ratesOf(manifest, catalog) };
  const compared = await compareSchemas(world, facts, { ...options, missing }, (onApplied) =>
    runBeside(world, facts, options, { missing, onApplied, ...production }),
  );
  const record = await rehearsalRecord(options, compared, production, today(world));
  return { record, mustReset: compared.mustReset };
}

function nothing(reason: string): RehearsalRecord {
  return { status: 'passed', reason, migrations: [], findings: [] };
}

type Start = {
  readonly missing: readonly Migration[];
  readonly onApplied: () => Promise<void>;
  readonly rates: Rates;
  readonly sizes: Sizes;
};

/** Rehearses while readers and writers go on, and ends these whatever happens. */
async function runBeside(
  world: World,
  facts: ConnectionFacts,
  options: RehearseOptions,
  { missing, onApplied, rates, sizes }: Start,
): Promise<Run> {
  const { signal } = world;
  const beside = await startBeside(options, { facts, migrations: missing, rates, sizes, signal });
  try {
    const result = await rehearse({
      facts,
      migrations: missing,
      history: historyOf(options.plan),
      limits: limitsBeside(options),
      signal,
      onProgress: world.info,
      contention: beside.contention,
      onApplied,
    });
    // Of what a run did not come to, no lock is known.
    const runs = result.status === 'passed' ? result.migrations : undefined;
    return { ...result, contention: await beside.stop(runs) };
  } finally {
    await beside.stop();
  }
}

/** Versions in the tool's own history table, asked for the sake of these migrations: those that the change adds when left out. */
export async function appliedVersions(
  facts: ConnectionFacts,
  plan: MigrationPlan,
  migrations: readonly Migration[] = plan.added,
): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    return await historyOf(plan).applied(connection, migrations);
  } finally {
    await connection.close();
  }
}

/** A baseline may be older than the base branch: what it lacks is applied first, unobserved. */
async function catchUp(world: World, facts: ConnectionFacts, plan: MigrationPlan): Promise<void> {
  const missing = pending(plan.base, await appliedVersions(facts, plan, plan.base));
  if (missing.length === 0) return;
  world.info(`The baseline lacks ${missing.length} merged migrations; they are applied first.`);
  await apply(world, facts, plan, missing);
}

/** Without watching. */
async function apply(
  { signal, debug: onProgress }: World,
  facts: ConnectionFacts,
  plan: MigrationPlan,
  migrations: readonly Migration[],
): Promise<void> {
  await applyMigrations({ facts, migrations, history: historyOf(plan), signal, onProgress });
}

function alreadyApplied(migrations: readonly Migration[]): string {
  const names = migrations.map(({ path }) => path).join(', ');
  return `the baseline already carries ${names}, so applying it could not be watched`;
}

export function unproven(reason: string): RehearsalRecord {
  return { status: 'unproven', reason, migrations: [], findings: [] };
}
