import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An event's name and payload, as GitHub writes them. */
export type GitHubEvent = { readonly name: string; readonly payload: unknown };

/** The `github` context's plain values, by their names there: `sha`, `api_url`, `run_id` … */
export type GitHubContext = Readonly<Record<string, string>>;

type Payload = {
  readonly repository?: { id?: number; full_name?: string; owner?: { login?: string; id?: number } };
  readonly sender?: { login?: string };
  readonly number?: number;
  readonly pull_request?: {
    number: number;
    merge_commit_sha?: string | null;
    head: { ref: string; sha: string };
    base: { ref: string; sha: string };
  };
  readonly merge_group?: { head_ref: string; head_sha: string; base_ref: string };
  readonly ref?: string;
  readonly after?: string;
};

type Refs = { ref: string; sha: string; head_ref: string; base_ref: string };

const someSha = '0123456789abcdef0123456789abcdef01234567';
const onDefaultBranch: Refs = { ref: 'refs/heads/main', sha: someSha, head_ref: '', base_ref: '' };

/** GITHUB_REF and GITHUB_SHA by event, as GitHub's page "Events that trigger workflows" gives them. */
function refsOf(event: string, payload: Payload): Refs {
  const pull = payload.pull_request;
  if (event === 'pull_request' && pull) {
    return {
      ref: `refs/pull/${pull.number}/merge`,
      sha: pull.merge_commit_sha ?? someSha,
      head_ref: pull.head.ref,
      base_ref: pull.base.ref,
    };
  }
  if (event === 'pull_request_target' && pull) {
    return {
      ref: `refs/heads/${pull.base.ref}`,
      sha: pull.base.sha,
      head_ref: pull.head.ref,
      base_ref: pull.base.ref,
    };
  }
  const group = payload.merge_group;
  if (group) return { ...onDefaultBranch, ref: group.head_ref, sha: group.head_sha };
  if (event === 'push')
    return { ...onDefaultBranch, ref: payload.ref ?? onDefaultBranch.ref, sha: payload.after ?? someSha };
  return onDefaultBranch;
}

/** Names of the `github` context that the runner hands over as `GITHUB_*` (actions/runner, GitHubContext.cs). */
const handedOver = new Set(
  `action action_path action_ref action_repository actor actor_id api_url base_ref event_name event_path
   graphql_url head_ref job ref ref_name ref_protected ref_type repository repository_id repository_owner
   repository_owner_id retention_days run_attempt run_id run_number server_url sha triggering_actor workflow
   workflow_ref workflow_sha workspace`.split(/\s+/),
);

/** The folders and settings of one job. Paths are absolute. */
export type JobFacts = {
  readonly event: GitHubEvent;
  /** Overrides of the `github` context, such as `api_url` of a fake GitHub. */
  readonly github: GitHubContext;
  readonly workspace: string;
  readonly temporary: string;
  readonly token: string;
  readonly debug: boolean;
};

/** The whole `github` context of a job, the token included. Writes the event's file. */
export function githubContext(facts: JobFacts): Record<string, string> {
  const payload = facts.event.payload as Payload;
  const folder = join(facts.temporary, '_github_workflow');
  const eventPath = join(folder, 'event.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(eventPath, JSON.stringify(payload));
  const repository = payload.repository?.full_name ?? 'octo/shop';
  const refs = refsOf(facts.event.name, payload);
  const server = facts.github.server_url ?? 'https://github.com';
  const api = facts.github.api_url ?? 'https://api.github.com';
  return {
    actor: payload.sender?.login ?? 'octocat',
    actor_id: '583231',
    api_url: api,
    event_name: facts.event.name,
    event_path: eventPath,
    graphql_url: `${api}/graphql`,
    job: 'database',
    ...refs,
    ref_name: refs.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: 'false',
    ref_type: 'branch',
    repository,
    repository_id: String(payload.repository?.id ?? 1296269),
    repository_owner: repository.split('/')[0] ?? '',
    repository_owner_id: String(payload.repository?.owner?.id ?? 583231),
    retention_days: '90',
    run_attempt: '1',
    run_id: '7000000001',
    run_number: '1',
    server_url: server,
    triggering_actor: payload.sender?.login ?? 'octocat',
    workflow: 'Database',
    workflow_ref: `${repository}/.github/workflows/database.yml@${refs.ref}`,
    workflow_sha: refs.sha,
    workspace: facts.workspace,
    ...facts.github,
    token: facts.token,
  };
}

/** The environment that every step of a job starts from: nothing of the test's own but PATH and HOME. */
export function jobEnvironment(
  facts: JobFacts,
  github: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.entries(github).filter(([name]) => handedOver.has(name));
  return {
    PATH: process.env.PATH ?? '',
    HOME: homedir(),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...Object.fromEntries(names.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value])),
    RUNNER_OS: process.platform === 'darwin' ? 'macOS' : 'Linux',
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_NAME: 'harness',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_TEMP: facts.temporary,
    RUNNER_TOOL_CACHE: join(facts.temporary, '_tool'),
    RUNNER_WORKSPACE: join(facts.workspace, '..'),
    ...(facts.debug ? { RUNNER_DEBUG: '1' } : {}),
  };
}

/** As the runner names it, one for each step here so that leaks can be told apart. */
export function newTrackingId(): string {
  return `github_${randomUUID()}`;
}
