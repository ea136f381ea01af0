/**
 * Runs whole workflow files on the runner harness: which event starts one, which jobs run in which order, what each
 * may read and write, and what became of it. Small and honest: what it does not know is an error.
 */

import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Permissions } from './fake-github-refusals.ts';
import type { GitHubEvent } from './job-environment.ts';
import { createJob } from './runner-harness.ts';
import { isMereSlowness, type Shop } from './shop-job.ts';
import { fill, holds, type Scope, type Status } from './workflow-conditions.ts';
import {
  dispatchInputs,
  isStartedBy,
  legsOf,
  type Matrix,
  readWorkflow,
  type Workflow,
  type WorkflowJob,
  type WorkflowStep,
} from './workflow-file.ts';
import { type Artifact, type StepEnd, type StepHost, useAction } from './workflow-steps.ts';

/** A repository with its secrets, and the runs that it has seen. */
export type Site = {
  readonly shop: Shop;
  readonly secrets: Readonly<Record<string, string>>;
  /** Artifacts by the run's id. */
  readonly runs: Map<string, Map<string, Artifact>>;
};

/** Something that happens: the event, and the commit that GITHUB_SHA names. */
export type Occurrence = {
  readonly event: GitHubEvent;
  readonly sha: string;
  /** Of a re-run: the run's id and its attempt. */
  readonly again?: { readonly id: string; readonly attempt: number };
};

export type Result = Status | 'skipped';

export type JobRun = {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly (StepEnd & { readonly id: string | undefined; readonly says: string })[];
  /** Logs of all steps and post steps. */
  readonly log: string;
  /** What the harness complains of. */
  readonly problems: readonly string[];
};

export type WorkflowRun = {
  readonly id: string;
  readonly conclusion: Status;
  /** By the job's id; of a matrix, one for each leg. */
  readonly jobs: Readonly<Record<string, readonly JobRun[]>>;
  readonly artifacts: ReadonlyMap<string, Artifact>;
  readonly problems: readonly string[];
  readonly log: string;
};

type Running = {
  readonly site: Site;
  readonly workflow: Workflow;
  readonly occurrence: Occurrence;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly trusted: boolean;
  readonly artifacts: Map<string, Artifact>;
  readonly done: Map<string, readonly JobRun[]>;
};

let nextRun = 7_100_000_000;

/** Runs the workflow for what happened; undefined when that does not start it. */
export async function runWorkflow(
  text: string,
  site: Site,
  occurrence: Occurrence,
): Promise<WorkflowRun | undefined> {
  const workflow = readWorkflow(text);
  if (!isStartedBy(workflow, occurrence.event)) return undefined;
  nextRun += 1;
  const id = occurrence.again?.id ?? String(nextRun);
  const payload = occurrence.event.payload as { inputs?: Record<string, unknown> | null };
  const running: Running = {
    site,
    workflow,
    occurrence,
    id,
    inputs:
      occurrence.event.name === 'workflow_dispatch' ? dispatchInputs(workflow, payload.inputs ?? {}) : {},
    trusted: isTrusted(occurrence.event),
    artifacts: new Map(),
    done: new Map(),
  };
  site.runs.set(id, running.artifacts);
  await runJobs(running);
  const jobs = Object.fromEntries(running.done);
  const all = Object.values(jobs).flat();
  return {
    id,
    conclusion: worst(all.map(({ result }) => result)),
    jobs,
    artifacts: running.artifacts,
    problems: [...all.flatMap(({ problems }) => problems), ...site.shop.github.problems],
    log: all.map(({ log }) => log).join('\n'),
  };
}

/** A fork's and Dependabot's pull requests get a token that reads, and no secrets (docs: "pull_request"). */
function isTrusted({ name, payload }: GitHubEvent): boolean {
  if (name !== 'pull_request') return true;
  const { pull_request: pull, repository } = payload as {
    pull_request: { head: { repo: { id: number } | null }; user: { login: string } };
    repository: { id: number };
  };
  return pull.head.repo?.id === repository.id && pull.user.login !== 'dependabot[bot]';
}

function worst(results: readonly Result[]): Status {
  if (results.includes('failure')) return 'failure';
  return results.includes('cancelled') ? 'cancelled' : 'success';
}

/** Every job whose needs are done runs at once with the others of its kind. */
async function runJobs(running: Running): Promise<void> {
  const { workflow, done } = running;
  const waiting = new Map(Object.entries(workflow.jobs));
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, { needs = [] }]) => needs.every((need) => done.has(need)));
    if (ready.length === 0) throw new Error(`These jobs wait for one another: ${[...waiting.keys()]}`);
    await Promise.all(
      ready.map(async ([name, job]) => {
        const runs = await runJob(running, name, job);
        done.set(name, runs);
        waiting.delete(name);
      }),
    );
  }
}

const SKIPPED: JobRun = { result: 'skipped', outputs: {}, steps: [], log: '', problems: [] };

async function runJob(running: Running, name: string, job: WorkflowJob): Promise<readonly JobRun[]> {
  const status = statusBefore(running, job);
  const scope: Scope = { status, contexts: { ...baseContexts(running, job), matrix: {} } };
  // A job after one that was skipped is skipped too, unless its `if` says otherwise.
  if (!holds(job.if, scope)) return [SKIPPED];
  return Promise.all(legsOf(job).map((matrix) => runLeg(running, { name, job, matrix })));
}

/** success() of a job asks about all that come before it, skipped ones included. */
function statusBefore(running: Running, job: WorkflowJob): Status {
  const results = before(running.workflow, job).map((name) => resultOf(running.done.get(name) ?? []));
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'success') ? 'success' : 'cancelled';
}

function before(workflow: Workflow, { needs = [] }: WorkflowJob): readonly string[] {
  return needs.flatMap((need) => {
    const job = workflow.jobs[need];
    return job === undefined ? [] : [need, ...before(workflow, job)];
  });
}

function resultOf(runs: readonly JobRun[]): Result {
  return runs.every(({ result }) => result === 'skipped')
    ? 'skipped'
    : worst(runs.map(({ result }) => result));
}

function baseContexts(running: Running, { needs = [] }: WorkflowJob) {
  const { occurrence, inputs, trusted, site, done } = running;
  const { name: event_name, payload: event } = occurrence.event;
  return {
    github: { event_name, event, sha: occurrence.sha, run_id: running.id },
    inputs,
    secrets: trusted ? site.secrets : {},
    needs: Object.fromEntries(
      needs.map((need) => {
        const runs = done.get(need) ?? [];
        return [
          need,
          { result: resultOf(runs), outputs: Object.assign({}, ...runs.map(({ outputs }) => outputs)) },
        ];
      }),
    ),
  };
}

/** What the job's token may; on a fork's run nothing may be written. */
function permissionsOf({ workflow, trusted }: Running, job: WorkflowJob): Permissions {
  const asked = job.permissions ?? workflow.permissions;
  if (asked === undefined) throw new Error(`The workflow ${workflow.name} does not say its permissions`);
  const granted = Object.entries(asked).map(([name, level]) => [
    name,
    trusted || level !== 'write' ? level : 'read',
  ]);
  return Object.fromEntries(granted) as Permissions;
}

type Leg = { readonly name: string; readonly job: WorkflowJob; readonly matrix: Matrix };

async function runLeg(running: Running, leg: Leg): Promise<JobRun> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-workflow-'));
  try {
    const [workspace, temporary] = [join(folder, 'workspace'), join(folder, 'temporary')];
    for (const each of [workspace, temporary]) await mkdir(each);
    // As on a runner, where every user may pass through.
    for (const each of [folder, temporary]) await chmod(each, 0o755);
    return await playLeg(running, leg, { workspace, temporary });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function playLeg(
  running: Running,
  { name, job: said, matrix }: Leg,
  folders: { readonly workspace: string; readonly temporary: string },
): Promise<JobRun> {
  const { site, occurrence, workflow, id, artifacts, trusted } = running;
  const permissions = permissionsOf(running, said);
  const token = site.shop.github.token(permissions);
  const base = { ...baseContexts(running, said), matrix };
  const scope: Scope = { status: 'success', contexts: base };
  checkConcurrency([workflow.concurrency, said.concurrency], scope);
  const job = createJob({
    event: occurrence.event,
    github: {
      api_url: site.shop.github.url,
      sha: occurrence.sha,
      run_id: id,
      run_attempt: String(occurrence.again?.attempt ?? 1),
      workflow: workflow.name,
      job: name,
    },
    environment: { ...site.shop.github.environment, ...filled({ ...workflow.env, ...said.env }, scope) },
    ...folders,
    token,
    secrets: trusted ? Object.values(site.secrets) : [],
  });
  const host: StepHost = {
    job,
    origin: site.shop.workspace,
    sha: occurrence.sha,
    permissions,
    artifacts,
    artifactsOf: (runId) => site.runs.get(runId),
  };
  const steps: (StepEnd & { readonly id: string | undefined; readonly says: string })[] = [];
  let status: Status = 'success';
  let ended = false;
  try {
    for (const step of said.steps) {
      const own = job.contexts();
      const contexts = {
        ...own,
        ...base,
        github: { ...(own.github as object), ...base.github },
        secrets: { ...base.secrets, GITHUB_TOKEN: token },
      };
      const now: Scope = { status, contexts };
      if (!holds(step.if, now)) continue;
      const end = await playStep(step, now, host, Object.values(base.secrets));
      steps.push({ ...end, id: step.id, says: step.name ?? step.uses ?? 'run' });
      if (status === 'success') status = end.outcome;
    }
    const outputs = job.outputs(said.outputs ?? {}).outputs;
    const end = await job.finish();
    ended = true;
    const left = existsSync(join(folders.temporary, 'pullgres-server'))
      ? ['The server’s folder is left']
      : [];
    const posts = end.posts
      .filter(({ exitCode }) => exitCode !== 0)
      .map(({ log }) => `A post step failed: ${log}`);
    const problems = [...steps.flatMap((step) => step.problems), ...end.problems, ...left, ...posts];
    return {
      result: status,
      outputs,
      steps,
      log: [...steps, ...end.posts].map((each) => each.log).join('\n'),
      problems: problems
        .filter((problem) => !isMereSlowness(problem))
        .map((problem) => `${name}: ${problem}`),
    };
  } finally {
    if (!ended) await job.finish();
  }
}

/** Stories run one event after the other, so a group only has to be one: its expression must be known and not empty. */
function checkConcurrency(asked: readonly WorkflowJob['concurrency'][], scope: Scope): void {
  for (const each of asked) {
    if (each === undefined) continue;
    const group = fill(typeof each === 'string' ? each : each.group, scope);
    if (group === '' || /-$/.test(group))
      throw new Error(`The concurrency group is not told apart: ${group}`);
    if (typeof each === 'object') fill(String(each['cancel-in-progress'] ?? ''), scope);
  }
}

function filled(values: Readonly<Record<string, unknown>> = {}, scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, fill(String(value), scope)]),
  );
}

async function playStep(
  step: WorkflowStep,
  scope: Scope,
  host: StepHost,
  secrets: readonly string[],
): Promise<StepEnd> {
  const environment = filled(step.env, scope);
  const { id } = step;
  if (step.uses !== undefined) {
    return useAction({ uses: step.uses, id, with: filled(step.with, scope), environment, secrets }, host);
  }
  if (step.run === undefined) throw new Error('A step neither uses nor runs anything');
  const script = fill(step.run, scope);
  const result = await host.job.run({ script, environment, secrets, ...(id === undefined ? {} : { id }) });
  // A script owes nobody a sign of life.
  return {
    ...result,
    problems: result.problems.filter((problem) => !/did not end by itself: \d+ ms/.test(problem)),
  };
}
