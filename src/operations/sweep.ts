import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provider } from '../branching/provider.ts';
import {
  type Plan,
  type PlannedBranch,
  type PlannedRemain,
  planSweep,
  SWEEP_TIMES,
} from '../branching/sweep-plan.ts';
import {
  SWEEP_VERSION,
  type SweepRecord,
  type SweptBranch,
  type SweptRemain,
} from '../evidence/sweep-schema.ts';
import { sweepTotals } from '../evidence/sweep-totals.ts';
import type { World } from '../runner/world.ts';
import { version } from '../version.ts';
import { tellPullRequests } from './sweep-comments.ts';
import { executePlan, type Outcome, type Planned } from './sweep-execute.ts';
import { type Survey, type SweepSetting, surveyServer } from './sweep-survey.ts';

export type SweepOptions = {
  /** `auto`: a repository's first sweep on a server only shows its plan. */
  readonly apply: 'auto' | 'always' | 'never';
  /** Most deletions. */
  readonly maximum: number;
  /** Whether pull requests that are touched are told, and by the comment of which key. */
  readonly comment: string | undefined;
};

export type Swept = { readonly record: SweepRecord; readonly evidencePath: string };

/**
 * Looks at everything that the branch server holds, plans, and, when it is to be, removes what no pull request needs any
 * more. The evidence is written whatever came of it. A dry run changes nothing; the first one of `auto` is remembered.
 * @throws ProviderError when the survey of the server fails, the signal's reason when the job was cancelled.
 */
export async function sweep(
  world: World,
  setting: SweepSetting,
  provider: Provider,
  options: SweepOptions,
): Promise<Swept> {
  const started = performance.now();
  const { repository } = setting;
  const survey = await surveyServer(world, setting, provider);
  for (const problem of survey.problems) world.warning(problem);
  const plan = planSweep({
    ...survey,
    repositoryId: repository.id,
    ttl: SWEEP_TIMES,
    limits: { maximum: options.maximum },
  });
  const decided = await decideMode(provider, repository.id, options.apply);
  const outcomes =
    decided.mode === 'apply' ? await executePlan(world, setting, provider, plan) : dryRun(plan);
  const durationMs = performance.now() - started;
  const record = recordOf({ setting, survey, plan, outcomes, options, decided, durationMs });
  const evidencePath = await save(world, record);
  world.signal.throwIfAborted();
  if (survey.complete && options.apply !== 'never') await provider.recordSweep(repository.id);
  if (options.comment !== undefined)
    await tellPullRequests(world, setting, outcomes, survey.now, options.comment);
  return { record, evidencePath };
}

/** Whether the job may be green: everything was seen, and what should go went. */
export function isClean({ survey, totals }: SweepRecord): boolean {
  return survey.complete && totals.failed === 0;
}

type Decided = Pick<SweepRecord, 'mode' | 'modeReason'>;

async function decideMode(
  provider: Provider,
  repositoryId: number,
  apply: SweepOptions['apply'],
): Promise<Decided> {
  if (apply === 'always') return { mode: 'apply', modeReason: 'The sweep was told to apply its plan.' };
  if (apply === 'never') return { mode: 'plan', modeReason: 'The sweep was told only to show its plan.' };
  const last = await provider.lastSweep(repositoryId);
  if (last !== undefined) {
    return { mode: 'apply', modeReason: `This repository’s last sweep on this server was at ${last}.` };
  }
  return {
    mode: 'plan',
    modeReason:
      'This is the first sweep of this repository on this server, so it only shows its plan; the next one applies it.',
  };
}

function dryRun({ doomed, postponed }: Plan): ReadonlyMap<Planned, Outcome> {
  const outcome = { outcome: 'planned' } as const;
  return new Map([...doomed, ...postponed].map((item) => [item, outcome]));
}

type Parts = {
  readonly setting: SweepSetting;
  readonly survey: Survey;
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<Planned, Outcome>;
  readonly options: SweepOptions;
  readonly decided: Decided;
  readonly durationMs: number;
};

function recordOf({ setting, survey, plan, outcomes, options, decided, durationMs }: Parts): SweepRecord {
  const { repository, run } = setting;
  const branches = plan.branches.map((item) => ({
    ...branchRecord(item, outcomes.get(item)),
    divergedBytes: survey.diverged.get(item.held.branch.name),
  }));
  const remains = plan.remains.map((item) => remainRecord(item, outcomes.get(item)));
  const elsewhere = plan.elsewhere.map(({ branch, bytes }) => ({
    repositoryId: branch.labels.repositoryId,
    bytes,
  }));
  return {
    version: SWEEP_VERSION,
    tool: { name: 'pullgres', version },
    repository,
    ...(run ? { run } : {}),
    serverTime: survey.now.toISOString(),
    durationMs: Math.round(durationMs),
    ...decided,
    survey: { complete: survey.complete, open: survey.open, problems: survey.problems },
    limits: { maximum: options.maximum, ...SWEEP_TIMES },
    branches,
    remains,
    totals: sweepTotals(repository.id, branches, remains, elsewhere),
  };
}

type Said = Pick<SweptBranch, 'decision' | 'rule' | 'reason' | 'outcome' | 'detail'>;

function said({ decision, rule, reason }: Planned, outcome: Outcome | undefined): Said {
  const standing = decision === 'unknown' ? 'unknown' : 'kept';
  return { decision, rule, reason, outcome: outcome?.outcome ?? standing, detail: outcome?.detail };
}

function branchRecord(item: PlannedBranch, outcome: Outcome | undefined): SweptBranch {
  const { state, bytes, sessions, busy, lastActivity, branch } = item.held;
  const { subject, author, baselineId, createdAt, expiresAt } = branch.labels;
  const life = { baseline: baselineId, createdAt, expiresAt, lastActivity, sessions, busy, bytes };
  return { name: branch.name, subject, author, pull: item.pull, state, ...life, ...said(item, outcome) };
}

function remainRecord(item: PlannedRemain, outcome: Outcome | undefined): SweptRemain {
  const { kind, name, bytes, since, expiresAt } = item.remain;
  return { kind, name, bytes, since, expiresAt, ...said(item, outcome) };
}

/** Writes the evidence; whole or not at all. */
async function save(world: World, record: SweepRecord): Promise<string> {
  const path = join(world.temporary, 'sweep.json');
  await mkdir(world.temporary, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
  return path;
}
