import type { Provider } from '../branching/provider.ts';
import type { Manifest } from '../evidence/manifest.ts';
import type { LintRecord, RehearsalRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { Migration } from '../migrations/migration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import type { Rates } from '../rehearsal/contention/targets.ts';
import { observedFindings } from '../rehearsal/observed-findings.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { readSizes, type Sizes } from '../rehearsal/sizes.ts';
import type { World } from '../runner/world.ts';
import type { Catalog } from '../sql/catalog.ts';
import { limitsOf, startBeside } from './beside.ts';
import { blockingWork } from './blocking-work.ts';
import type { OpenBranch } from './branch.ts';
import { deployOf, overBudget, scaleOf } from './measured.ts';
import { historyOf, type MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { loadManifest, ratesOf } from './production.ts';

export type RehearseOptions = {
  readonly plan: MigrationPlan;
  readonly loaded: LoadedPolicy;
  readonly lint: LintRecord;
  /** The schema before the change. */
  readonly catalog: Catalog;
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
  if (plan.added.length === 0)
    return { status: 'passed', reason: 'no new migrations', migrations: [], findings: [] };
  let { branch } = open;
  let applied = await appliedVersions(open.facts, plan);
  if (!open.record.created && carries(plan, applied).length > 0) {
    world.info(`Somebody has migrated branch ${branch.name} already: it is brought back to its baseline.`);
    branch = await provider.reset(branch, branch.labels.baselineId);
    applied = await appliedVersions(open.facts, plan);
  }
  const already = carries(plan, applied);
  if (already.length > 0) return unproven(alreadyApplied(already));
  await provider.touch(branch);
  await catchUp(world, open.facts, plan, applied);
  return rehearsePlan(world, open.facts, options);
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
  const { plan, loaded, lint, catalog } = options;
  const missing = pending(plan.added, await appliedVersions(facts, plan));
  if (missing.length === 0)
    return { status: 'passed', reason: 'nothing is pending', migrations: [], findings: [] };
  const manifest = options.production ?? (await loadManifest(world.workspace, loaded));
  const sizes = await readSizes(facts);
  const rates = ratesOf(manifest, catalog);
  const { result, contention } = await runBeside(world, facts, options, { missing, rates, sizes });
  const { status, reason, migrations } = result;
  const today = world.now().toISOString().slice(0, 10);
  const unpredicted = await blockingWork(options, migrations, today);
  const scale = scaleOf(options, migrations, { manifest, sizes });
  const over = overBudget(options, migrations, scale, today);
  return {
    status,
    reason,
    migrations,
    findings: [...observedFindings(lint.findings, migrations), ...unpredicted.findings, ...over.findings],
    accepted: [...unpredicted.accepted, ...over.accepted],
    contention,
    scale,
    deploy: deployOf(options, missing, migrations, rates),
  };
}

/** Rehearses while readers and writers go on, and ends these whatever happens. */
async function runBeside(
  world: World,
  facts: ConnectionFacts,
  options: RehearseOptions,
  { missing, rates, sizes }: { missing: readonly Migration[]; rates: Rates; sizes: Sizes },
) {
  const { signal } = world;
  const beside = await startBeside(options, { facts, migrations: missing, rates, sizes, signal });
  try {
    const result = await rehearse({
      facts,
      migrations: missing,
      history: historyOf(options.plan),
      limits: limitsOf(options),
      signal,
      onProgress: world.info,
      contention: beside.contention,
    });
    return { result, contention: await beside.stop() };
  } finally {
    await beside.stop();
  }
}

/** Versions in the tool's own history table. */
export async function appliedVersions(
  facts: ConnectionFacts,
  plan: MigrationPlan,
): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    return await historyOf(plan).applied(connection);
  } finally {
    await connection.close();
  }
}

/** A baseline may be older than the base branch: what it lacks is applied first, unobserved. */
async function catchUp(
  world: World,
  facts: ConnectionFacts,
  plan: MigrationPlan,
  applied: readonly string[],
): Promise<void> {
  const missing = pending(plan.base, applied);
  if (missing.length === 0) return;
  world.info(`The baseline lacks ${missing.length} merged migrations; they are applied first.`);
  await applyMigrations({
    facts,
    migrations: missing,
    history: historyOf(plan),
    signal: world.signal,
    onProgress: world.debug,
  });
}

function alreadyApplied(migrations: readonly Migration[]): string {
  const names = migrations.map(({ path }) => path).join(', ');
  return `the baseline already carries ${names}, so applying it could not be watched`;
}

export function unproven(reason: string): RehearsalRecord {
  return { status: 'unproven', reason, migrations: [], findings: [] };
}
