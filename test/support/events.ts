/** Event payloads as GitHub sends them, in variants. The plain ones are committed in fixtures/events. */
import { type PullSpec, pullShape } from './github-pull-shapes.ts';
import {
  GITHUB,
  type Host,
  idOf,
  type RepositorySpec,
  repositoryShape,
  repositoryUrl,
  simpleUser,
} from './github-shapes.ts';

/** Branch names that git allows and that break whatever puts them into a command or a statement. */
export const HOSTILE_REFS = ['$(touch x)', '"; drop database postgres; --'] as const;

export const SHOP: RepositorySpec = {
  id: 512_000_001,
  owner: 'tidewater',
  name: 'shop',
  private: true,
  fork: false,
  defaultBranch: 'main',
};

export const FORK: RepositorySpec = { ...SHOP, id: 512_000_077, owner: 'marlow', private: false, fork: true };

export const BASE_SHA = '1f0c8a5de2b34976a0c1d2e3f4a5b6c7d8e9f001';
export const HEAD_SHA = '7b41e9c2d0a35f68b1c2d3e4f5a6b7c8d9e0f107';
export const NEXT_HEAD_SHA = 'c93d5e0fa1b24687c2d3e4f5a6b7c8d9e0f1a208';
const NO_COMMIT = '0'.repeat(40);

/** An open pull request of the shop; give what differs. */
export function pullSpec(changes: Partial<PullSpec> = {}): PullSpec {
  return {
    number: 7,
    title: 'Index orders by customer',
    body: 'Customers wait for their order history.',
    author: 'robin',
    state: 'open',
    merged: false,
    draft: false,
    headSha: HEAD_SHA,
    headRef: 'index-orders',
    headRepository: SHOP,
    baseSha: BASE_SHA,
    baseRef: 'main',
    createdAt: '2026-01-15T09:00:00Z',
    files: [{ path: 'migrations/0004_index_orders.sql', status: 'added' }],
    ...changes,
  };
}

export type PullRequestVariant = Partial<PullSpec> & {
  readonly action?: string;
  readonly repository?: RepositorySpec;
  /** Who caused the event; the author when not given. */
  readonly sender?: string;
  /** Head before a push, for `synchronize`. */
  readonly before?: string;
  /** The base before, for `edited`; without it only the title changed. */
  readonly retargetedFrom?: { readonly ref: string; readonly sha: string };
  readonly host?: Host;
};

/** `pull_request`. Without arguments: pull request 7 of the shop, opened from a branch of the same repository. */
export function pullRequestEvent(variant: PullRequestVariant = {}) {
  const {
    action = 'opened',
    repository = SHOP,
    sender,
    before,
    retargetedFrom,
    host = GITHUB,
    ...changes
  } = variant;
  const pull = pullSpec({ headRepository: repository, ...changes });
  return {
    action,
    number: pull.number,
    ...(before === undefined ? {} : { before, after: pull.headSha }),
    ...(action === 'edited' ? { changes: changesOf(retargetedFrom) } : {}),
    ...(action === 'labeled' ? { label: labelShape(host, repository) } : {}),
    pull_request: pullShape(host, repository, pull),
    repository: repositoryShape(host, repository),
    sender: simpleUser(host, sender ?? pull.author),
  };
}

/** What GitHub's payload of `edited` says was there before. */
function changesOf(base: PullRequestVariant['retargetedFrom']) {
  if (base === undefined) return { title: { from: 'Index the orders' } };
  return { base: { ref: { from: base.ref }, sha: { from: base.sha } } };
}

function labelShape(host: Host, repository: RepositorySpec) {
  const name = 'database';
  return {
    id: idOf(name),
    node_id: 'LA_database',
    url: `${repositoryUrl(host, repository)}/labels/${name}`,
    name,
    color: '336791',
    default: false,
    description: null,
  };
}

/** `merge_group`: the queue asks for checks on the group that pull request 7 ends. */
export function mergeGroupEvent(variant: { readonly action?: string; readonly headSha?: string } = {}) {
  const { action = 'checks_requested', headSha = NEXT_HEAD_SHA } = variant;
  const person = { name: 'GitHub', email: 'noreply@github.com' };
  return {
    action,
    ...(action === 'destroyed' ? { reason: 'invalidated' } : {}),
    merge_group: {
      head_sha: headSha,
      head_ref: `refs/heads/gh-readonly-queue/main/pr-7-${BASE_SHA}`,
      base_sha: BASE_SHA,
      base_ref: 'refs/heads/main',
      head_commit: {
        id: headSha,
        tree_id: '55c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b809',
        message: 'Index orders by customer (#7)',
        timestamp: '2026-01-15T09:20:00Z',
        author: person,
        committer: person,
      },
    },
    repository: repositoryShape(GITHUB, SHOP),
    sender: simpleUser(GITHUB, 'github-merge-queue[bot]'),
  };
}

/** `push`; `after: undefined` deletes the branch, `before: undefined` creates it. */
export function pushEvent(
  variant: {
    readonly ref?: string;
    readonly before?: string | undefined;
    readonly after?: string | undefined;
  } = {},
) {
  const { ref, before, after } = {
    ref: 'refs/heads/main',
    before: BASE_SHA,
    after: NEXT_HEAD_SHA,
    ...variant,
  };
  const commit = after === undefined ? null : pushedCommit(after);
  return {
    ref,
    before: before ?? NO_COMMIT,
    after: after ?? NO_COMMIT,
    created: before === undefined,
    deleted: after === undefined,
    forced: false,
    base_ref: null,
    compare: `https://github.com/tidewater/shop/compare/${(before ?? NO_COMMIT).slice(0, 12)}...${(after ?? NO_COMMIT).slice(0, 12)}`,
    commits: commit === null ? [] : [commit],
    head_commit: commit,
    repository: pushRepository(),
    pusher: { name: 'robin', email: 'robin@tidewater.example' },
    sender: simpleUser(GITHUB, 'robin'),
  };
}

function pushedCommit(id: string) {
  const person = { name: 'Robin', email: 'robin@tidewater.example', username: 'robin' };
  return {
    id,
    tree_id: '55c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b809',
    distinct: true,
    message: 'Index orders by customer (#7)',
    timestamp: '2026-01-15T10:30:00+01:00',
    url: `https://github.com/tidewater/shop/commit/${id}`,
    author: person,
    committer: person,
    added: ['migrations/0004_index_orders.sql'],
    removed: [],
    modified: [],
  };
}

/** A push has its own form of the repository: seconds instead of dates, and the owner's public name. */
function pushRepository() {
  const repository = repositoryShape(GITHUB, SHOP);
  return {
    ...repository,
    owner: { ...repository.owner, name: 'tidewater', email: 'team@tidewater.example' },
    url: 'https://github.com/tidewater/shop',
    created_at: 1_740_823_200,
    pushed_at: 1_768_469_400,
    stargazers: 3,
    master_branch: 'main',
  };
}

/** `workflow_dispatch` on main. The commit is not in the payload: the runner gives it as GITHUB_SHA. */
export function workflowDispatchEvent(inputs: Readonly<Record<string, unknown>> | null = null) {
  return {
    inputs,
    ref: 'refs/heads/main',
    workflow: '.github/workflows/database.yml',
    repository: repositoryShape(GITHUB, SHOP),
    sender: simpleUser(GITHUB, 'robin'),
  };
}

export type WorkflowRunVariant = {
  readonly action?: string;
  readonly id?: number;
  readonly attempt?: number;
  /** What started the run. */
  readonly event?: string;
  readonly conclusion?: string | null;
  readonly headSha?: string;
  readonly headBranch?: string | null;
  /** `null`: the fork was deleted. */
  readonly headRepository?: RepositorySpec | null;
  /** That the run belongs to. */
  readonly repository?: RepositorySpec;
  readonly host?: Host;
};

/** `workflow_run`: the run of a fork's pull request 8 has ended. `pull_requests` is empty for forks (docs: "workflow_run"). */
export function workflowRunEvent(variant: WorkflowRunVariant = {}) {
  const { host = GITHUB, repository = SHOP, headRepository = FORK, action = 'completed' } = variant;
  const { id = 7_000_000_001, attempt = 1, event = 'pull_request', conclusion = 'success' } = variant;
  const { headSha = HEAD_SHA, headBranch = 'index-orders' } = variant;
  const url = `${repositoryUrl(host, repository)}/actions/runs/${id}`;
  const page = `${host.web}/${repository.owner}/${repository.name}`;
  const person = { name: 'Marlow', email: 'marlow@example.org' };
  const path = '.github/workflows/database.yml';
  const at = '2026-01-15T09:20:00Z';
  return {
    action,
    workflow_run: {
      id,
      name: 'Database',
      node_id: 'WFR_1',
      head_branch: headBranch,
      head_sha: headSha,
      path,
      display_title: 'Index orders by customer',
      run_number: 42,
      event,
      status: action === 'completed' ? 'completed' : 'in_progress',
      conclusion,
      workflow_id: 4_242,
      check_suite_id: 4_243,
      check_suite_node_id: 'CS_1',
      url,
      html_url: `${page}/actions/runs/${id}`,
      pull_requests: [],
      created_at: at,
      updated_at: at,
      actor: simpleUser(host, 'marlow'),
      run_attempt: attempt,
      referenced_workflows: [],
      run_started_at: at,
      triggering_actor: simpleUser(host, 'marlow'),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${repositoryUrl(host, repository)}/check-suites/4243`,
      artifacts_url: `${url}/artifacts`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      previous_attempt_url: attempt > 1 ? `${url}/attempts/${attempt - 1}` : null,
      workflow_url: `${repositoryUrl(host, repository)}/actions/workflows/4242`,
      head_commit: {
        id: headSha,
        tree_id: '55c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b809',
        message: 'Index orders by customer',
        timestamp: at,
        author: person,
        committer: person,
      },
      repository: repositoryShape(host, repository),
      head_repository: headRepository === null ? null : repositoryShape(host, headRepository),
    },
    workflow: {
      id: 4_242,
      node_id: 'W_1',
      name: 'Database',
      path,
      state: 'active',
      created_at: at,
      updated_at: at,
      url: `${repositoryUrl(host, repository)}/actions/workflows/4242`,
      html_url: `${page}/blob/main/${path}`,
      badge_url: `${page}/workflows/Database/badge.svg`,
    },
    repository: repositoryShape(host, SHOP),
    sender: simpleUser(host, 'marlow'),
  };
}
