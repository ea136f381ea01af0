import type { Branch, Provider } from '../branching/provider.ts';
import type { LintRecord, RehearsalRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { Migration } from '../migrations/migration.ts';
import { durationMs } from '../policy/duration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { withAgreement } from '../rehearsal/agreement.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import { observedFindings } from '../rehearsal/observed-findings.ts';
import { preflightFindings } from '../rehearsal/preflight-findings.ts';
import { refutedFindings } from '../rehearsal/refuted.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import type { World } from '../runner/world.ts';
import type { Catalog } from '../sql/catalog.ts';
import { type Earlier, rehearsalKey, rememberEarlier } from './append.ts';
import { blockingWork } from './blocking-work.ts';
import type { OpenBranch } from './branch.ts';
import { today } from './judged-by.ts';
import { leftBehind } from './left-behind.ts';
import { historyOf, type MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';

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
  const { branch, applied, earlier } = await ready(world, provider, open, plan);
  const already = earlier ? [] : carries(plan, applied);
  if (already.length > 0) return unproven(alreadyApplied(already));
  const touched = await provider.touch(branch);
  if (!earlier) await catchUp(world, open.facts, plan, applied);
  const record = await rehearsePlan(world, open.facts, { ...options, earlier });
  await keepForNextPush(world, provider, touched, options, record);
  return record;
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
  if (record.created || (found.length === expected.length && found.every((one) => expected.includes(one))))
    return { branch, applied, earlier };
  world.info(`Somebody has migrated branch ${branch.name}: it is brought back to its baseline.`);
  const fresh = await provider.reset(branch, branch.labels.baselineId);
  return { branch: fresh, applied: await appliedVersions(facts, plan), earlier: undefined };
}

async function keepForNextPush(
  world: World,
  provider: Provider,
  branch: Branch,
  { plan, loaded, catalog, serverVersion }: RehearseOptions,
  record: RehearsalRecord,
): Promise<void> {
  const applied = plan.added.map(({ version, path, checksum }) => ({ version, path, checksum }));
  const key = rehearsalKey(plan, loaded, serverVersion, today(world));
  await rememberEarlier(provider, branch, { key, applied, catalog, record });
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
  const { plan, loaded, lint } = options;
  const { rehearsal } = loaded.policy;
  const missing = pending(plan.added, await appliedVersions(facts, plan));
  const { earlier } = options;
  if (missing.length === 0 && !earlier)
    return { status: 'passed', reason: 'nothing is pending', migrations: [], findings: [] };
  const result = await rehearse({
    facts,
    migrations: missing,
    history: historyOf(plan),
    limits: {
      statementTimeoutMs: durationMs(rehearsal['statement-timeout']),
      lockTimeoutMs: durationMs(rehearsal['lock-timeout']),
    },
    signal: world.signal,
    onProgress: world.info,
  });
  const { status, reason } = result;
  const relations = new Set(options.catalog.relations.keys());
  const migrations = withAgreement(
    [...(earlier?.record.migrations ?? []), ...result.migrations],
    lint.statements,
    { relations },
  );
  // On another version the server may rightly do what the judged one would not.
  const refuted = options.serverVersion === lint.postgresVersion ? refutedFindings(lint, migrations) : [];
  const disproved = new Set(refuted.map(({ finding }) => finding));
  const open = lint.findings.filter((finding) => !disproved.has(finding));
  const unpredicted = await blockingWork(options, migrations, today(world));
  const seen = [...result.findings, ...preflightFindings(migrations)];
  const left = leftBehind(options, seen, today(world));
  return {
    status,
    reason,
    migrations,
    findings: [...observedFindings(open, migrations), ...unpredicted.findings, ...left.findings],
    accepted: [...unpredicted.accepted, ...left.accepted],
    refuted,
  };
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
