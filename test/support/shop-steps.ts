/** Jobs of several steps on the shop, each a committed bundle. `Shop.run` plays jobs of one step. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readEvidence } from '../../src/evidence/read.ts';
import type { Evidence } from '../../src/evidence/schema.ts';
import { pullRequestEvent } from './events.ts';
import type { GitHubEvent } from './job-environment.ts';
import { createJob, type JobOptions, type JobOutputs } from './runner-harness.ts';
import type { Shop } from './shop-job.ts';
import type { StepResult } from './step.ts';

const root = resolve(import.meta.dirname, '..', '..');

export type ShopJobOptions = {
  /** A `pull_request` event's action, for the pull request as it stands; or a whole event. */
  readonly event: string | GitHubEvent;
  /** What is checked out: GITHUB_SHA. */
  readonly sha?: string;
  readonly run?: { readonly id?: string; readonly attempt?: number };
  readonly secrets?: readonly string[];
};

export type Inputs = Readonly<Record<string, string>>;

export type ShopSteps = {
  readonly temporary: string;
  /** Runs `actions/<name>`, or the root action for `pullgres`, under its name as the step's id. */
  readonly step: (name: string, inputs?: Inputs) => Promise<StepResult>;
  /** The evidence as the job has it now. */
  readonly evidence: () => Promise<Evidence | undefined>;
  readonly outputs: (expressions: Inputs) => JobOutputs;
  /** Ends the job: post steps, and nothing to complain of. Gives the post steps' log. */
  readonly finish: () => Promise<string>;
};

/** Opens a job. `use` gets it; its end is checked and its folder removed whatever happens. */
export async function withJob<T>(
  shop: Shop,
  options: ShopJobOptions,
  use: (job: ShopSteps) => Promise<T>,
): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'pullgres-steps-'));
  // As on a runner, where every user may pass through.
  await promisify(execFile)('chmod', ['755', temporary]);
  const job = createJob(jobOptions(shop, options, temporary));
  const problems: string[] = [];
  let ended = false;
  const finish = async () => {
    const end = await job.finish();
    ended = true;
    const log = end.posts.map(({ rawLog }) => rawLog).join('\n');
    assert.deepEqual([...problems, ...end.problems, ...shop.github.problems], [], log);
    for (const post of end.posts) assert.equal(post.exitCode, 0, log);
    assert.ok(!existsSync(join(temporary, 'pullgres-server')), `the server's folder is left\n${log}`);
    return log;
  };
  const step = async (name: string, inputs: Inputs = {}) => {
    const action = name === 'pullgres' ? root : join(root, 'actions', name);
    const result = await job.step({ action, id: name, with: inputs, mayLeaveProcesses: true });
    problems.push(...result.problems.map((problem) => `${name}: ${problem}\n${result.log}`));
    return result;
  };
  try {
    const result = await use({
      temporary,
      step,
      evidence: () => recorded(temporary),
      outputs: job.outputs,
      finish,
    });
    if (!ended) await finish();
    return result;
  } finally {
    if (!ended) await job.finish();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function recorded(temporary: string): Promise<Evidence | undefined> {
  const path = join(temporary, 'pullgres', 'evidence.json');
  return existsSync(path) ? readEvidence(await readFile(path, 'utf8')) : undefined;
}

function jobOptions(shop: Shop, options: ShopJobOptions, temporary: string): JobOptions {
  const { event, sha, run = {}, secrets = [] } = options;
  const { github, pull, workspace } = shop;
  const given: GitHubEvent =
    typeof event === 'string'
      ? { name: 'pull_request', payload: pullRequestEvent({ ...pull, action: event }) }
      : event;
  return {
    event: given,
    github: {
      api_url: github.url,
      ...(sha ? { sha } : {}),
      ...(run.id ? { run_id: run.id } : {}),
      ...(run.attempt ? { run_attempt: String(run.attempt) } : {}),
    },
    environment: github.environment,
    workspace,
    temporary,
    token: github.token(),
    secrets,
  };
}
