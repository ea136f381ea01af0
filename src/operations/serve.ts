import type { Provider } from '../branching/provider.ts';
import type { Evidence, LintRecord, TestsRecord } from '../evidence/schema.ts';
import { readCatalog } from '../postgres/catalog.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { World } from '../runner/world.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { ensureBranch, type OpenBranch } from './branch.ts';
import { type Draft, saveDraft, startDraft } from './draft.ts';
import { isExpected, reasonOf } from './expected.ts';
import { lintChange } from './lint.ts';
import { openProvider, type ProviderOptions } from './open-provider.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { rehearseChange, unproven } from './rehearse.ts';
import { type ChangeWish, resolveChange } from './resolve-change.ts';
import type { Setting } from './setting.ts';
import { testChange, testOptions } from './test.ts';

export type ServeOptions = ProviderOptions &
  ChangeWish & {
    readonly baseline: string | undefined;
    readonly testCommand: string | undefined;
    readonly junit: string | undefined;
  };

export type Served =
  | {
      readonly kind: 'judged';
      readonly evidence: Evidence;
      readonly loaded: LoadedPolicy;
      readonly open: OpenBranch | undefined;
    }
  | { readonly kind: 'closed'; readonly sentence: string };

/** Judged by when nobody says what production runs. */
export const NEWEST: PostgresVersion = 18;

/**
 * The whole way of one change: plan, branch, lint, rehearse, test. What cannot run is recorded as unproven
 * and the rest goes on, so that the report always says everything that is known.
 */
export async function serveChange(world: World, setting: Setting, options: ServeOptions): Promise<Served> {
  const change = await resolveChange(world, setting, options);
  let draft = startDraft(world, setting, change.loaded.facts);
  if (change.refusal) return judged(world, change.loaded, refused(draft, change.refusal), undefined);
  const { plan, loaded } = change;
  draft = { ...draft, migrations: plan?.record };
  const command = options.testCommand ?? loaded.policy.tests.command;
  if (!needsBranch(plan, command, options)) {
    return judged(world, loaded, await judgeWithoutBranch(world, draft, plan, loaded), undefined);
  }
  return serveOnBranch(world, setting, options, { draft, plan, loaded, command });
}

type Work = {
  readonly draft: Draft;
  readonly plan: MigrationPlan | undefined;
  readonly loaded: LoadedPolicy;
  readonly command: string | undefined;
};

/** Nothing new to apply, nothing to test, no lasting branch to keep: the answer needs no database. */
function needsBranch(
  plan: MigrationPlan | undefined,
  command: string | undefined,
  options: ServeOptions,
): boolean {
  return (
    (plan !== undefined && plan.added.length > 0) || command !== undefined || options.serverUrl !== undefined
  );
}

async function serveOnBranch(
  world: World,
  setting: Setting,
  options: ServeOptions,
  work: Work,
): Promise<Served> {
  let provider: Provider | undefined;
  try {
    provider = await openProvider(world, setting, {
      ...options,
      postgresVersion: options.postgresVersion ?? work.loaded.policy.postgres,
    });
    const opened = provider;
    return await opened.hold(setting.identity, () => serveHeld(world, setting, opened, work, options));
  } catch (error) {
    if (!isExpected(error) || world.signal.aborted) throw error;
    return judged(world, work.loaded, await withoutBranch(world, work, reasonOf(error)), undefined);
  } finally {
    await provider?.close();
  }
}

async function serveHeld(
  world: World,
  setting: Setting,
  provider: Provider,
  work: Work,
  options: ServeOptions,
): Promise<Served> {
  const open = await ensureBranch(world, setting, provider, {
    baseline: options.baseline,
    policy: work.loaded.policy,
    plan: work.plan,
    fresh: true,
  });
  if ('closed' in open) return { kind: 'closed', sentence: open.closed };
  const draft = await judgeOnBranch(world, provider, open, work, options);
  return judged(world, work.loaded, draft, open);
}

async function judgeOnBranch(
  world: World,
  provider: Provider,
  open: OpenBranch,
  work: Work,
  options: ServeOptions,
): Promise<Draft> {
  const draft = await judgeMigrations(world, provider, open, {
    ...work,
    draft: { ...work.draft, branch: open.record },
  });
  if (!work.command) return draft;
  const wanted = testOptions(work.loaded.policy, work.command, options.junit);
  const tests: TestsRecord =
    draft.rehearsal?.status === 'passed'
      ? await testChange(world, open.facts, wanted)
      : { status: 'unproven', reason: 'the migrations could not be applied', failures: [] };
  return { ...draft, tests };
}

/** Lints against the branch's own schema, then rehearses; each is saved as soon as it is known. */
export async function judgeMigrations(
  world: World,
  provider: Provider,
  open: OpenBranch,
  { draft, plan, loaded }: Pick<Work, 'draft' | 'plan' | 'loaded'>,
): Promise<Draft> {
  if (!plan) return withoutMigrations(draft);
  const { policy } = loaded;
  const { catalog, version } = await catalogOf(open.facts);
  const judgedAs = policy.postgres ?? (version as PostgresVersion);
  const lint = await lintChange({ plan, loaded, version: judgedAs, catalog, today: today(world) });
  await saveDraft(world, { ...draft, lint });
  const rehearsal = await world.group('Rehearsal', () =>
    rehearseChange(world, provider, open, { plan, policy, lint }),
  );
  const rehearsed = { ...draft, lint, rehearsal };
  await saveDraft(world, rehearsed);
  return rehearsed;
}

/** The schema of a live database, and its server's major version. */
export async function catalogOf(facts: ConnectionFacts): Promise<{ catalog: Catalog; version: number }> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    return { catalog: await readCatalog(connection), version: connection.serverVersion };
  } finally {
    await connection.close();
  }
}

async function judgeWithoutBranch(
  world: World,
  draft: Draft,
  plan: MigrationPlan | undefined,
  loaded: LoadedPolicy,
): Promise<Draft> {
  if (!plan) return withoutMigrations(draft);
  const version = loaded.policy.postgres ?? NEWEST;
  const lint = await lintChange({ plan, loaded, version, catalog: undefined, today: today(world) });
  return {
    ...draft,
    lint,
    rehearsal: { status: 'passed', reason: 'no new migrations', migrations: [], findings: [] },
  };
}

const NO_MIGRATIONS = 'the repository has no migrations';

const nothingLinted = {
  postgresVersion: NEWEST,
  files: [],
  statements: [],
  findings: [],
  accepted: [],
  problems: [],
} as const satisfies Omit<LintRecord, 'status'>;

export const noMigrationsLint: LintRecord = { ...nothingLinted, status: 'passed', reason: NO_MIGRATIONS };

function withoutMigrations(draft: Draft): Draft {
  const rehearsal = { status: 'passed' as const, reason: NO_MIGRATIONS, migrations: [], findings: [] };
  return { ...draft, lint: noMigrationsLint, rehearsal };
}

/** The branch could not be had: lint still judges the text, the rest is unproven. */
async function withoutBranch(
  world: World,
  { draft, plan, loaded, command }: Work,
  reason: string,
): Promise<Draft> {
  const linted = await judgeWithoutBranch(world, draft, plan, loaded);
  const tests: TestsRecord | undefined = command ? { status: 'unproven', reason, failures: [] } : undefined;
  return { ...linted, rehearsal: unproven(reason), tests };
}

/** The migrations themselves are not what their tool would take: that is the change's failure. */
function refused(draft: Draft, reason: string): Draft {
  return {
    ...draft,
    lint: { ...nothingLinted, status: 'failed', reason },
    rehearsal: unproven('the migrations could not be read'),
  };
}

async function judged(
  world: World,
  loaded: LoadedPolicy,
  draft: Draft,
  open: OpenBranch | undefined,
): Promise<Served> {
  return { kind: 'judged', evidence: await saveDraft(world, draft), loaded, open };
}

export function today(world: World): string {
  return world.now().toISOString().slice(0, 10);
}
