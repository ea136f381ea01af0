import type { Provider } from '../branching/provider.ts';
import type { Evidence, TestsRecord } from '../evidence/schema.ts';
import type { World } from '../runner/world.ts';
import { ensureBranch, type OpenBranch } from './branch.ts';
import { type Draft, saveDraft, startDraft } from './draft.ts';
import { isExpected, reasonOf } from './expected.ts';
import { type Judgeable, judgeMigrations, judgeText, refused } from './judge.ts';
import { openProvider, type ProviderOptions } from './open-provider.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { unproven } from './rehearse.ts';
import { migrationCommand } from './rehearse-command.ts';
import { type ChangeWish, resolveChange } from './resolve-change.ts';
import type { Setting } from './setting.ts';
import { testChange } from './test.ts';
import { type TestOptions, type TestWish, testOptions } from './test-options.ts';

export type ServeOptions = ProviderOptions &
  ChangeWish & {
    readonly baseline: string | undefined;
    readonly tests: TestWish;
  };

export type Served =
  | {
      readonly kind: 'judged';
      readonly evidence: Evidence;
      readonly loaded: LoadedPolicy;
      readonly open: OpenBranch | undefined;
    }
  | { readonly kind: 'closed'; readonly sentence: string };

/**
 * The whole way of one change: plan, branch, lint, rehearse, test. What cannot run is recorded as unproven
 * and the rest goes on, so that the report always says everything that is known.
 */
export async function serveChange(world: World, setting: Setting, options: ServeOptions): Promise<Served> {
  const change = await resolveChange(world, setting, options);
  const { plan, loaded, baseCommit, unread } = change;
  const command = options.tests.command ?? loaded.policy.tests.command;
  const tests = command === undefined ? undefined : testOptions(loaded.policy, options.tests);
  const started = startDraft(world, setting, withTests(loaded.facts, command));
  if (change.refusal) return judged(world, loaded, refused(started, change.refusal), undefined);
  const draft = { ...started, migrations: plan?.record };
  if (migrationCommand(loaded) === undefined && !needsBranch(plan, command, options)) {
    return judged(world, loaded, await judgeText(world, { draft, plan, loaded, unread }), undefined);
  }
  return serveOnBranch(world, setting, options, { draft, plan, loaded, baseCommit, tests, unread });
}

/** Whoever names a test command wants its result: tests that could not be proved are then never green. */
function withTests(facts: Draft['policy'], command: string | undefined): Draft['policy'] {
  if (command === undefined || facts.required.includes('tests')) return facts;
  return { ...facts, required: [...facts.required, 'tests'] };
}

type Work = Judgeable & {
  readonly baseCommit: string | undefined;
  readonly tests: TestOptions | undefined;
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
    const { policy } = work.loaded;
    const postgresVersion = options.postgresVersion ?? policy.postgres;
    provider = await openProvider(world, setting, { ...options, postgresVersion }, policy);
    const opened = provider;
    const isLeg = work.tests?.shardIndex !== undefined;
    const held = await opened.hold(setting.identity, () =>
      serveHeld(world, setting, opened, work, { ...options, isLeg }),
    );
    if ('kind' in held) return held;
    // The legs of a matrix test side by side, each on its own copy: only the rehearsal is one run's alone.
    const draft = isLeg
      ? await testOnBranch(world, opened, held.open, { ...work, draft: held.draft })
      : held.draft;
    return judged(world, work.loaded, draft, held.open);
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
  options: ServeOptions & { readonly isLeg: boolean },
): Promise<Served | { readonly draft: Draft; readonly open: OpenBranch }> {
  const open = await ensureBranch(world, setting, provider, {
    baseline: options.baseline,
    loaded: work.loaded,
    plan: work.plan,
    fresh: true,
  });
  if ('closed' in open) return { kind: 'closed', sentence: open.closed };
  if ('overtaken' in open) {
    world.warning(open.overtaken);
    const draft = await withoutBranch(world, neverGreen(work), open.overtaken);
    return judged(world, work.loaded, draft, undefined);
  }
  const draft = await judgeMigrations(world, provider, open, {
    ...work,
    draft: { ...work.draft, branch: open.record },
  });
  if (options.isLeg) return { draft, open };
  return { draft: await testOnBranch(world, provider, open, { ...work, draft }), open };
}

/** Of a commit that is no longer the head nothing is proved, whatever the policy requires. */
function neverGreen(work: Work): Work {
  const { policy } = work.draft;
  const required = [...new Set([...policy.required, 'rehearsal' as const])];
  return { ...work, draft: { ...work.draft, policy: { ...policy, required } } };
}

async function testOnBranch(
  world: World,
  provider: Provider,
  open: OpenBranch,
  { draft, plan, baseCommit, tests, unread }: Work,
): Promise<Draft> {
  if (!tests) return draft;
  // Where Pullgres reads no migrations at all, the tests may well apply their own.
  const isTheirs = plan === undefined && unread !== undefined;
  if (draft.rehearsal?.status !== 'passed' && !isTheirs) {
    return { ...draft, tests: unprovenTests('the migrations could not be applied') };
  }
  await saveDraft(world, { ...draft, tests: unprovenTests('the test command did not end') });
  const change = { plan, baseCommit, schema: draft.rehearsal?.schema };
  return { ...draft, tests: await testChange(world, provider, open, tests, change) };
}

/** The branch could not be had: lint still judges the text, the rest is unproven. */
async function withoutBranch(world: World, work: Work, reason: string): Promise<Draft> {
  const { tests } = work;
  const linted = await judgeText(world, work);
  return { ...linted, rehearsal: unproven(reason), tests: tests ? unprovenTests(reason) : undefined };
}

function unprovenTests(reason: string): TestsRecord {
  return { status: 'unproven', reason, failures: [] };
}

async function judged(
  world: World,
  loaded: LoadedPolicy,
  draft: Draft,
  open: OpenBranch | undefined,
): Promise<Served> {
  return { kind: 'judged', evidence: await saveDraft(world, draft), loaded, open };
}
