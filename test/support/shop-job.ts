/**
 * A pull request of a small shop, from the commit to the end of the job: a git repository, the fake GitHub, and
 * the committed bundles run on it by the runner harness.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readEvidence } from '../../src/evidence/read.ts';
import type { Evidence } from '../../src/evidence/schema.ts';
import { pullRequestEvent } from './events.ts';
import { type FakeGitHub, type FakeOptions, startFakeGitHub } from './fake-github.ts';
import type { PullSpec } from './github-pull-shapes.ts';
import type { GitHubEvent } from './job-environment.ts';
import { createJob, type JobEnd, type StepOptions } from './runner-harness.ts';
import type { StepResult } from './step.ts';

const root = resolve(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

/** Path in the repository → text or bytes; undefined deletes the file. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

export type Commit = { readonly headSha: string; readonly mergeSha: string };

/** What is merged already: two small tables. */
export const BASE_MIGRATIONS: Files = {
  'migrations/0001_customers.sql':
    'create table customers (id bigint generated always as identity primary key, email text not null);\n',
  'migrations/0002_orders.sql':
    'create table orders (id bigint generated always as identity primary key, customer_id bigint not null references customers, note text);\ncreate index orders_customer_idx on orders (customer_id);\n',
};

/** A change that is safe and quick. */
export const GOOD_MIGRATION: Files = {
  'migrations/0003_labels.sql': 'create table labels (id int primary key, name text not null);\n',
};

export type ShopOptions = Pick<FakeOptions, 'login' | 'latencyMs'> & {
  readonly base?: Files;
  /** What the pull request is, besides number 7 on main. */
  readonly pull?: Partial<PullSpec>;
};

export type RunOptions = Omit<StepOptions, 'action'> & {
  /** Action of the `pull_request` event. */
  readonly event?: string | GitHubEvent;
  /** A folder under `actions/`; the root action when left out. */
  readonly action?: string;
  readonly commit?: Commit;
  /** GITHUB_SHA; the commit's merge on pull requests. */
  readonly sha?: string;
  readonly token?: string;
  readonly secrets?: readonly string[];
  readonly debug?: boolean;
};

export type ShopRun = StepResult & {
  readonly end: JobEnd;
  readonly evidence: Evidence | undefined;
  /** The pull request's newest comment as it stands after the job; '' when there is none. */
  readonly comment: string;
  /** Everything that a person can read of this run, to search for what must not be there. */
  readonly everything: string;
};

export type Shop = {
  readonly workspace: string;
  readonly baseSha: string;
  readonly github: FakeGitHub;
  readonly pull: PullSpec;
  readonly git: (...args: string[]) => Promise<string>;
  /** Commits `files` on the base as the pull request's head and checks out its merge, as GitHub does. */
  readonly push: (files: Files) => Promise<Commit>;
  /** One job with one step; fails the test when the runner, GitHub or a leftover complains. */
  readonly run: (options?: RunOptions) => Promise<ShopRun>;
  readonly close: () => Promise<void>;
};

const identity = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Robin',
  GIT_AUTHOR_EMAIL: 'robin@tidewater.example',
  GIT_COMMITTER_NAME: 'Robin',
  GIT_COMMITTER_EMAIL: 'robin@tidewater.example',
};

async function writeFiles(workspace: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(workspace, path);
    await mkdir(dirname(target), { recursive: true });
    await (content === undefined ? rm(target, { force: true }) : writeFile(target, content));
  }
}

/** Starts a shop with a repository and a GitHub of its own. Close it. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-shop-'));
  const workspace = join(folder, 'shop');
  await mkdir(workspace);
  const git = async (...args: string[]) =>
    (await execute('git', args, { cwd: workspace, env: identity })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=main');
  await writeFiles(workspace, { '.gitignore': 'report.xml\n', ...(options.base ?? BASE_MIGRATIONS) });
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'The shop');
  const baseSha = await git('rev-parse', 'HEAD');
  const github = await startFakeGitHub({ ...options, pulls: [{ baseSha, ...options.pull }] });
  const [pull] = github.repository.pulls.values();
  assert.ok(pull);
  let last: Commit = { headSha: baseSha, mergeSha: baseSha };
  return {
    workspace,
    baseSha,
    github,
    pull,
    git,
    async push(files) {
      await git('checkout', '--quiet', '--detach', baseSha);
      await writeFiles(workspace, files);
      await git('add', '--all');
      const tree = await git('write-tree');
      const headSha = await git('commit-tree', tree, '-p', last.headSha, '-m', 'Change');
      const mergeSha = await git('commit-tree', tree, '-p', baseSha, '-p', headSha, '-m', 'Merge');
      await git('reset', '--quiet', '--hard', mergeSha);
      last = { headSha, mergeSha };
      return last;
    },
    run: (run = {}) => runJob({ workspace, github, pull, folder }, { commit: last, ...run }),
    async close() {
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Stage = Pick<Shop, 'workspace' | 'github' | 'pull'> & { readonly folder: string };

async function runJob({ workspace, github, pull, folder }: Stage, options: RunOptions): Promise<ShopRun> {
  const { event = 'synchronize', action, commit, token, debug, secrets, ...step } = options;
  const given = typeof event === 'string' ? eventOf(pull, event, commit) : event;
  const sha = options.sha ?? commit?.mergeSha;
  const temporary = await mkdtemp(join(folder, 'temporary-'));
  // As on a runner, where every user may pass through.
  await execute('chmod', ['755', folder, temporary]);
  const job = createJob({
    event: given,
    github: { api_url: github.url, ...(sha ? { sha } : {}) },
    environment: { ...github.environment, ...(sha ? { GITHUB_SHA: sha } : {}) },
    workspace,
    temporary,
    token: token ?? github.token(),
    ...(secrets ? { secrets } : {}),
    ...(debug === undefined ? {} : { debug }),
  });
  let end: JobEnd = { posts: [], problems: [] };
  try {
    const main = await job.step({
      ...step,
      action: action === undefined ? root : join(root, 'actions', action),
      mayLeaveProcesses: true,
    });
    const path = join(temporary, 'pullgres', 'evidence.json');
    const text = existsSync(path) ? await readFile(path, 'utf8') : '';
    end = await job.finish();
    const comment = github.repository.comments.findLast(({ issue }) => issue === pull.number)?.body ?? '';
    const posts = end.posts.map(({ rawLog }) => rawLog).join('\n');
    const everything = [main.rawLog, main.summary, text, comment, posts].join('\n');
    assertClean({ main, end, github, temporary, everything, secrets: secrets ?? [] });
    return { ...main, end, evidence: text === '' ? undefined : readEvidence(text), comment, everything };
  } finally {
    await job.finish();
    await rm(temporary, { recursive: true, force: true });
  }
}

function eventOf(pull: PullSpec, action: string, commit: Commit | undefined): GitHubEvent {
  const closed = action === 'closed';
  Object.assign(pull, {
    ...(commit ? { headSha: commit.headSha } : {}),
    ...(closed ? { state: 'closed', merged: true } : {}),
  });
  return { name: 'pull_request', payload: pullRequestEvent({ ...pull, action }) };
}

type Ended = {
  readonly main: StepResult;
  readonly end: JobEnd;
  readonly github: FakeGitHub;
  readonly temporary: string;
  readonly everything: string;
  readonly secrets: readonly string[];
};

/**
 * The harness wants a step gone 2 s after its work, which a busy machine may not grant to a process that does end by
 * itself. The action says after 1.5 s what still holds it, and that complaint stands whatever the machine does.
 */
export function isMereSlowness(problem: string): boolean {
  const took = /^The step (?:did not end by itself: |took )(\d+) ms/.exec(problem)?.[1];
  return took !== undefined && Number(took) < 7_000;
}

function assertClean({ main, end, github, temporary, everything, secrets }: Ended): void {
  const log = `${main.rawLog}\n${end.posts.map(({ rawLog }) => rawLog).join('\n')}`;
  const problems = [...main.problems, ...end.problems, ...github.problems];
  assert.deepEqual(
    problems.filter((problem) => !isMereSlowness(problem)),
    [],
    log,
  );
  for (const post of end.posts) assert.equal(post.exitCode, 0, log);
  assert.ok(!existsSync(join(temporary, 'pullgres-server')), `the server's folder is left\n${log}`);
  // Masks are announced in clear text: that line is the runner's, and nobody reads it.
  const readable = everything.replaceAll(/^::add-mask::.*$/gm, '');
  for (const secret of secrets.flatMap((text) => [text, encodeURIComponent(text)])) {
    assert.ok(!readable.includes(secret), 'a secret can be read in the log, summary, evidence or comment');
  }
}
