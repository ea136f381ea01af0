/** The steps of a job: our own actions as bundles, GitHub's as far as the recipes use them, and scripts. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Permissions } from './fake-github-refusals.ts';
import type { Job } from './runner-harness.ts';
import type { StepResult } from './step.ts';

const root = resolve(import.meta.dirname, '..', '..');

/** Path below the artifact's root → bytes. */
export type Artifact = ReadonlyMap<string, Uint8Array>;

/** What the job's steps share beside the harness. */
export type StepHost = {
  readonly job: Job;
  /** The repository at GitHub: a folder that git clones from. */
  readonly origin: string;
  readonly sha: string;
  readonly permissions: Permissions;
  /** Of this run, by name. */
  readonly artifacts: Map<string, Artifact>;
  /** Of earlier runs, by the run's id. */
  readonly artifactsOf: (runId: string) => ReadonlyMap<string, Artifact> | undefined;
};

export type UsesStep = {
  readonly uses: string;
  readonly id?: string | undefined;
  readonly with: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
};

const DONE: Pick<StepResult, 'outcome' | 'outputs' | 'problems' | 'log' | 'summary'> = {
  outcome: 'success',
  outputs: {},
  problems: [],
  log: '',
  summary: '',
};
export type StepEnd = typeof DONE & Partial<Pick<StepResult, 'annotations' | 'rawLog'>>;

const GITHUBS: Readonly<Record<string, (step: UsesStep, host: StepHost) => Promise<StepEnd>>> = {
  'actions/checkout': checkout,
  'actions/upload-artifact': upload,
  'actions/download-artifact': download,
};

/** Runs what `uses` names. Throws on an action that nobody made here, which must be an error of the recipe. */
export async function useAction(step: UsesStep, host: StepHost): Promise<StepEnd> {
  const [name = '', version] = step.uses.split('@');
  const githubs = GITHUBS[name];
  if (githubs) {
    if (!/^v\d+$/.test(version ?? '')) throw new Error(`${step.uses} names no major version`);
    return githubs(step, host);
  }
  const own = /^pullgres\/pullgres(\/actions\/[a-z]+)?@v1$/.exec(step.uses);
  if (!own) throw new Error(`The workflow runner knows no action ${step.uses}`);
  return host.job.step({
    action: join(root, own[1] ?? ''),
    ...(step.id === undefined ? {} : { id: step.id }),
    with: step.with,
    environment: step.environment,
    secrets: step.secrets,
    mayLeaveProcesses: true,
  });
}

function known(step: UsesStep, names: readonly string[]): void {
  const strange = Object.keys(step.with).filter((name) => !names.includes(name));
  if (strange.length > 0) throw new Error(`The workflow runner knows no input ${strange} of ${step.uses}`);
}

/** One commit, as actions/checkout fetches it; `fetch-depth: 0` brings the whole history. */
async function checkout(step: UsesStep, { job, origin, sha, permissions }: StepHost): Promise<StepEnd> {
  known(step, ['fetch-depth', 'persist-credentials']);
  // The shop is private: GitHub does not even say that it exists.
  if (!['read', 'write'].includes(permissions.contents ?? 'none')) {
    return { ...DONE, outcome: 'failure', log: 'remote: Repository not found. (contents: read is missing)' };
  }
  const depth = Number(step.with['fetch-depth'] ?? 1);
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: job.workspace });
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', `file://${origin}`);
  await git('fetch', '--quiet', ...(depth === 0 ? [] : [`--depth=${depth}`]), 'origin', sha);
  await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  return DONE;
}

/** Paths below the least folder that holds all of them (actions/upload-artifact, README: "Upload using Multiple Paths"). */
async function upload(step: UsesStep, { job, artifacts }: StepHost): Promise<StepEnd> {
  known(step, ['name', 'path', 'if-no-files-found', 'retention-days', 'overwrite']);
  const { name = 'artifact', path = '' } = step.with;
  const asked = path
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (asked.some((each) => /[*?!]/.test(each)))
    throw new Error(`The workflow runner uploads no pattern: ${path}`);
  const found = asked.map((each) => resolve(job.workspace, each)).filter((each) => existsSync(each));
  if (found.length === 0) {
    const outcome = step.with['if-no-files-found'] === 'error' ? 'failure' : 'success';
    return { ...DONE, outcome, log: `No files were found with the provided path: ${path}` };
  }
  if (artifacts.has(name) && step.with.overwrite !== 'true') {
    return {
      ...DONE,
      outcome: 'failure',
      log: `Conflict: an artifact with this name already exists: ${name}`,
    };
  }
  const top = found.length === 1 ? topOf(found[0] ?? '') : commonFolder(found);
  artifacts.set(
    name,
    new Map(found.flatMap(filesOf).map((file) => [relative(top, file), readFileSync(file)])),
  );
  return DONE;
}

const topOf = (path: string) => (statSync(path).isDirectory() ? path : dirname(path));

function commonFolder(paths: readonly string[]): string {
  let folder = topOf(paths[0] ?? '/');
  while (!paths.every((path) => path === folder || path.startsWith(`${folder}/`))) folder = dirname(folder);
  return folder;
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

async function download(step: UsesStep, host: StepHost): Promise<StepEnd> {
  known(step, ['name', 'path', 'run-id', 'github-token']);
  const { name, path = '.', 'run-id': runId } = step.with;
  if (runId !== undefined && host.permissions.actions === undefined) {
    return {
      ...DONE,
      outcome: 'failure',
      log: 'Resource not accessible by integration (actions: read is missing)',
    };
  }
  const all = runId === undefined ? host.artifacts : (host.artifactsOf(runId) ?? new Map<string, Artifact>());
  const wanted = [...all].filter(([each]) => name === undefined || each === name);
  if (name !== undefined && wanted.length === 0) {
    return { ...DONE, outcome: 'failure', log: `Artifact not found for name: ${name}` };
  }
  for (const [each, files] of wanted) {
    const folder = resolve(host.job.workspace, path, ...(name === undefined ? [each] : []));
    for (const [file, bytes] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
  }
  return DONE;
}
