import type { Manifest } from '../evidence/manifest.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import type { Migration } from '../migrations/migration.ts';
import { durationMs } from '../policy/duration.ts';
import { POLICY_PATH, type Policy } from '../policy/schema.ts';
import { sizeBytes } from '../policy/size.ts';
import { type Budgets, budgetFindings } from '../rehearsal/budgets.ts';
import type { Rates } from '../rehearsal/contention/targets.ts';
import { type Deploy, deployPlan, type Step } from '../rehearsal/deploy-plan.ts';
import { extrapolate, type Scale } from '../rehearsal/scale.ts';
import type { Sizes } from '../rehearsal/sizes.ts';
import { statementFacts } from '../rehearsal/transaction-groups.ts';
import type { Finding } from '../rules/rule.ts';
import type { LockMode } from '../sql/effect.ts';
import { existingTables } from './rehearsal-exceptions.ts';
import type { RehearseOptions } from './rehearse.ts';

type Runs = RehearsalRecord['migrations'];

function durations<Name extends string>(limits: Readonly<Partial<Record<Name, string>>>) {
  const entries = Object.entries<string | undefined>(limits);
  return Object.fromEntries(
    entries.flatMap(([name, limit]) => (limit === undefined ? [] : [[name, durationMs(limit)]])),
  ) as Partial<Record<Name, number>>;
}

/** The policy's budgets in milliseconds and bytes. */
export function budgetsOf({ locks, tables, wal, total }: NonNullable<Policy['budgets']>): Budgets {
  return {
    locks: durations<LockMode>(locks),
    tables: durations(tables) as Record<string, number>,
    wal: wal === undefined ? undefined : sizeBytes(wal),
    total: total === undefined ? undefined : durationMs(total),
  };
}

/** What the rehearsal says of production: durations by its sizes, nothing without a manifest. */
export function scaleOf(
  { catalog, lint }: RehearseOptions,
  migrations: Runs,
  { manifest, sizes }: { readonly manifest: Manifest | undefined; readonly sizes: Sizes },
): Scale {
  const parentsOf = (relation: string) => catalog.relations.get(relation)?.parents ?? [];
  return extrapolate({ manifest, sizes, parentsOf, migrations, statements: lint.statements });
}

/** Budgets that the run broke. */
export function budgetFindingsOf(
  options: RehearseOptions,
  migrations: Runs,
  scale: Scale,
): readonly Finding[] {
  const { budgets } = options.loaded.policy;
  if (budgets === undefined || migrations.length === 0) return [];
  return budgetFindings({
    budgets: budgetsOf(budgets),
    migrations,
    existing: existingTables(options.catalog),
    scale,
    policyPath: POLICY_PATH,
  });
}

function transactionsOf(
  { file, version, statements }: Runs[number],
  sources: readonly Migration[],
): Step[][] {
  const source = sources.find((each) => each.version === version && each.path === file);
  const facts: ReturnType<typeof statementFacts> = source === undefined ? new Map() : statementFacts(source);
  const steps = statements.map((each, at) => {
    const { transaction, kind } = facts.get(each.place.startByte) ?? { transaction: at, kind: '' };
    return { transaction, step: { ...each, kind } };
  });
  const groups = groupBy(steps, ({ transaction }) => transaction);
  return [...groups.values()].map((group) => group.map(({ step }) => step));
}

/** How to deploy what was rehearsed; `sizes` as they were before, `isWhole` when all of it ran. */
export function deployOf(
  { catalog, plan }: RehearseOptions,
  migrations: Runs,
  { rates, sizes }: { readonly rates: Rates; readonly sizes: Sizes },
  isWhole: boolean,
): Deploy {
  return deployPlan({
    migrations: migrations.map((run) => ({
      file: run.file,
      durationMs: run.durationMs,
      transactions: transactionsOf(run, plan.added),
    })),
    existing: existingTables(catalog),
    isPartitioned: (relation) => catalog.relations.get(relation)?.kind === 'partitioned table',
    parentsOf: (relation) => catalog.relations.get(relation)?.parents ?? [],
    rates,
    isWhole,
    isEmpty: (relation) => sizes.get(relation)?.bytes === 0,
  });
}
