import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputVariable, type Manifest, readManifest, undeclaredInputs } from './action-manifest.ts';
import {
  type GitHubContext,
  type GitHubEvent,
  githubContext,
  type JobFacts,
  jobEnvironment,
} from './job-environment.ts';
import { createMasks, type Masks } from './masks.ts';
import { killTracked, lastingProcesses } from './processes.ts';
import { playStep, type StepResult } from './step.ts';
import type { CancelTimes } from './step-process.ts';
import { type Contexts, evaluateTemplate, postCondition } from './workflow-expressions.ts';

/** Everything of a job that its steps share. What is left out gets a sensible value. */
export type JobOptions = {
  readonly event: GitHubEvent;
  /** Overrides of the `github` context, such as `{ api_url: fake.url }`. */
  readonly github?: GitHubContext;
  /** `env:` of the job. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The repository's checkout; a folder of its own, removed at the end, when left out. */
  readonly workspace?: string;
  /** RUNNER_TEMP; likewise. */
  readonly temporary?: string;
  readonly token?: string;
  /** Clear texts that no step may ever print. The token is always one. */
  readonly secrets?: readonly string[];
  /** ACTIONS_STEP_DEBUG: debug lines are shown. */
  readonly debug?: boolean;
};

/** One `uses:` step. */
export type StepOptions = {
  /** Folder that holds action.yml. */
  readonly action: string;
  /** Name under which `steps.<id>.outputs` is found. */
  readonly id?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  /** `env:` of the step. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly onLine?: (line: string) => void;
  /** Cancel after this time, or at the first line of output for which `cancelWhen` holds. */
  readonly cancelAfterMs?: number;
  readonly cancelWhen?: (line: string) => boolean;
  /** SIGINT to SIGTERM and SIGTERM to SIGKILL; the runner's own 7.5 s and 2.5 s when left out. */
  readonly cancelTimes?: CancelTimes;
  /** The step may leave processes for later steps; its post step, or the job's end, must find them gone. */
  readonly mayLeaveProcesses?: boolean;
  /** The step is killed after this time (120 s) … */
  readonly limitMs?: number;
  /** … and its output is cut this long (5 s) after its exit when a child holds it open. */
  readonly drainMs?: number;
};

/** One `run:` step: a script for bash. */
export type ScriptOptions = Pick<StepOptions, 'id' | 'environment' | 'secrets' | 'limitMs'> & {
  readonly script: string;
};

export type JobEnd = { readonly posts: readonly StepResult[]; readonly problems: readonly string[] };

export type JobOutputs = { readonly outputs: Record<string, string>; readonly dropped: readonly string[] };

export type Job = {
  readonly workspace: string;
  readonly temporary: string;
  readonly masks: Masks;
  readonly step: (options: StepOptions) => Promise<StepResult>;
  readonly run: (options: ScriptOptions) => Promise<StepResult>;
  /** What the job's expressions may look at now; `job.status` is the outcome so far. */
  readonly contexts: () => Contexts;
  /** Runs the post scripts in reverse order, checks that no process is left, and removes its own folders. */
  readonly finish: () => Promise<JobEnd>;
  /** Evaluates job outputs such as `{ name: '${{ steps.branch.outputs.name }}' }`; what holds a mask is dropped. */
  readonly outputs: (expressions: Readonly<Record<string, string>>) => JobOutputs;
};

type Started = { readonly options: StepOptions; readonly manifest: Manifest; readonly main: StepResult };

function ownFolder(given: string | undefined, own: string[]): string {
  if (given !== undefined) return given;
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-runner-'));
  own.push(folder);
  return folder;
}

function inputEnvironment(options: StepOptions, manifest: Manifest, contexts: Contexts) {
  const given = Object.entries(options.with ?? {});
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const defaults = manifest.inputs
    .filter((input) => !names.has(input.name.toLowerCase()))
    .map((input) => [input.name, evaluateTemplate(input.default ?? '', contexts)] as const);
  return Object.fromEntries(
    [...defaults, ...given].map(([name, value]) => [inputVariable(name), `${value}`]),
  );
}

function evaluateOutputs(
  expressions: Readonly<Record<string, string>>,
  contexts: Contexts,
  masks: Masks,
): JobOutputs {
  const values = Object.entries(expressions)
    .map(([name, expression]) => [name, evaluateTemplate(expression, contexts)] as const)
    .filter(([, value]) => value !== '');
  const clean = ([, value]: readonly [string, string]) => masks.apply(value) === value;
  return {
    outputs: Object.fromEntries(values.filter(clean)),
    dropped: values.filter((pair) => !clean(pair)).map(([name]) => name),
  };
}

async function outlivingProcesses(trackingId: string): Promise<string[]> {
  const left = await lastingProcesses(trackingId);
  killTracked(trackingId);
  return left.map(({ pid, command }) => `Process ${pid} outlived the job: ${command}`);
}

function stateEnvironment(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
}

/** A job on a runner of our own: steps share masks, environment and outputs. Call `finish` at its end, always. */
export function createJob(options: JobOptions): Job {
  const own: string[] = [];
  const facts: JobFacts = {
    event: options.event,
    github: options.github ?? {},
    workspace: ownFolder(options.workspace, own),
    temporary: ownFolder(options.temporary, own),
    token: options.token ?? 'ghs_harness0000000000000000000000000000',
    debug: options.debug ?? false,
  };
  const { workspace, temporary, token, debug } = facts;
  const github = githubContext(facts);
  const shared: Record<string, string> = { ...jobEnvironment(facts, github), ...options.environment };
  const masks = createMasks();
  masks.add(token);
  const steps: Record<string, Pick<StepResult, 'outputs' | 'outcome'>> = {};
  const started: Started[] = [];
  let outcome: StepResult['outcome'] = 'success';

  const contexts = (): Contexts => ({
    github: { ...github, event: options.event.payload },
    steps,
    env: shared,
    job: { check_run_id: '8000000001', status: outcome },
    runner: { temp: temporary, os: shared.RUNNER_OS, arch: shared.RUNNER_ARCH },
  });

  const playAny = async (
    of: Omit<StepOptions, 'action'> &
      Pick<Parameters<typeof playStep>[0], 'script' | 'interpreter' | 'declaredOutputs'>,
  ) => {
    const result = await playStep({
      ...of,
      environment: { ...shared, GITHUB_ACTION: of.id ?? '__self', ...of.environment },
      workspace,
      temporary,
      masks,
      secrets: [token, ...(options.secrets ?? []), ...(of.secrets ?? [])],
      debug,
    });
    Object.assign(shared, result.environment);
    shared.PATH = [...result.paths.toReversed(), shared.PATH].join(':');
    if (outcome === 'success' || result.outcome === 'cancelled') outcome = result.outcome;
    return result;
  };

  const play = (script: string, of: StepOptions, manifest: Manifest, state: StepResult['state']) =>
    playAny({
      ...of,
      script,
      declaredOutputs: manifest.outputs,
      environment: {
        ...of.environment,
        GITHUB_ACTION: of.id ?? '__self',
        ...inputEnvironment(of, manifest, contexts()),
        ...stateEnvironment(state),
      },
    });

  /** Bash as the runner calls it where `shell` is not given (docs: "Workflow syntax", jobs.<job_id>.steps[*].shell). */
  const run = async ({ script, ...of }: ScriptOptions): Promise<StepResult> => {
    const file = join(temporary, `${randomUUID()}.sh`);
    writeFileSync(file, script);
    const interpreter = ['bash', '-e'];
    const result = await playAny({ ...of, script: file, interpreter, declaredOutputs: undefined });
    if (of.id !== undefined) steps[of.id] = result;
    return result;
  };

  const step = async (of: StepOptions): Promise<StepResult> => {
    const manifest = readManifest(of.action);
    const played = await play(manifest.main, of, manifest, {});
    const unexpected = undeclaredInputs(manifest, Object.keys(of.with ?? {}));
    const problems = unexpected.map((name) => `The input ${name} is not declared in action.yml`);
    const main = { ...played, problems: [...problems, ...played.problems] };
    if (of.id !== undefined) steps[of.id] = main;
    started.push({ options: of, manifest, main });
    return main;
  };

  const finish = async (): Promise<JobEnd> => {
    const posts: StepResult[] = [];
    const problems: string[] = [];
    for (const { options: of, manifest, main } of started.splice(0).reverse()) {
      if (manifest.post !== undefined && postCondition(manifest.postIf, outcome)) {
        const { cancelAfterMs: _after, cancelWhen: _when, mayLeaveProcesses: _may, ...rest } = of;
        posts.push(await play(manifest.post, rest, manifest, main.state));
      }
      problems.push(...(await outlivingProcesses(main.trackingId)));
    }
    for (const folder of own) rmSync(folder, { recursive: true, force: true });
    return { posts, problems: [...posts.flatMap((post) => post.problems), ...problems] };
  };

  return {
    workspace,
    temporary,
    masks,
    step,
    run,
    contexts,
    finish,
    outputs: (expressions) => evaluateOutputs(expressions, contexts(), masks),
  };
}

/** A job of one step: main, then post. `problems` are those of main; `end` has the post steps and theirs. */
export async function runStep(options: JobOptions & StepOptions): Promise<StepResult & { end: JobEnd }> {
  const { environment: _environment, secrets: _secrets, ...step } = options;
  const job = createJob(options);
  try {
    const result = await job.step(step);
    return { ...result, end: await job.finish() };
  } catch (error) {
    await job.finish();
    throw error;
  }
}
