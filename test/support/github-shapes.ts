/**
 * GitHub's JSON for users, repositories, pull requests and comments, complete enough for its own API description.
 * The fake GitHub answers with them and the event payloads are made of them.
 */
import { createHash } from 'node:crypto';

/** Where links lead. `api` has no slash at its end. */
export type Host = { readonly api: string; readonly web: string };

export const GITHUB: Host = { api: 'https://api.github.com', web: 'https://github.com' };

export type RepositorySpec = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly fork: boolean;
  readonly defaultBranch: string;
};

export type FileSpec = {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  readonly previousPath?: string;
};

export type PullSpec = {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: string;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly draft: boolean;
  readonly headSha: string;
  readonly headRef: string;
  /** `null`: the fork was deleted. */
  readonly headRepository: RepositorySpec | null;
  readonly baseSha: string;
  readonly baseRef: string;
  readonly createdAt: string;
  readonly files: readonly FileSpec[];
};

export type CommentSpec = {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A stable number for a name, as ids are. */
export function idOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % 90_000_000;
}

export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;
}

export function simpleUser(host: Host, login: string) {
  const bot = login.endsWith('[bot]');
  const url = `${host.api}/users/${encodeURIComponent(login)}`;
  const id = idOf(login);
  return {
    login,
    id,
    node_id: nodeId(bot ? 'BOT' : 'U', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: bot ? `${host.web}/apps/${login.slice(0, -'[bot]'.length)}` : `${host.web}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: bot ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  };
}

export function publicUser(host: Host, login: string) {
  return {
    ...simpleUser(host, login),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 1,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2024-02-29T08:00:00Z',
    updated_at: '2026-01-15T08:00:00Z',
  };
}

/** Each `<name>_url` of a repository below its API address. */
const REPOSITORY_LINKS = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  contributors: '/contributors',
  deployments: '/deployments',
  downloads: '/downloads',
  events: '/events',
  forks: '/forks',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  hooks: '/hooks',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  languages: '/languages',
  merges: '/merges',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  stargazers: '/stargazers',
  statuses: '/statuses/{sha}',
  subscribers: '/subscribers',
  subscription: '/subscription',
  tags: '/tags',
  teams: '/teams',
  trees: '/git/trees{/sha}',
} as const;

export function repositoryUrl(host: Host, { owner, name }: RepositorySpec): string {
  return `${host.api}/repos/${owner}/${name}`;
}

export function repositoryShape(host: Host, spec: RepositorySpec) {
  const url = repositoryUrl(host, spec);
  const page = `${host.web}/${spec.owner}/${spec.name}`;
  const links = Object.entries(REPOSITORY_LINKS).map(([name, end]) => [`${name}_url`, `${url}${end}`]);
  return {
    id: spec.id,
    node_id: nodeId('R', spec.id),
    name: spec.name,
    full_name: `${spec.owner}/${spec.name}`,
    private: spec.private,
    owner: simpleUser(host, spec.owner),
    html_url: page,
    description: 'An online shop',
    fork: spec.fork,
    url,
    ...(Object.fromEntries(links) as Record<`${keyof typeof REPOSITORY_LINKS}_url`, string>),
    created_at: '2025-03-01T10:00:00Z',
    updated_at: '2026-01-15T08:00:00Z',
    pushed_at: '2026-01-15T08:00:00Z',
    git_url: `git://${new URL(page).host}/${spec.owner}/${spec.name}.git`,
    ssh_url: `git@${new URL(page).hostname}:${spec.owner}/${spec.name}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 420,
    stargazers_count: 3,
    watchers_count: 3,
    language: 'TypeScript',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 1,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 2,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: spec.private ? 'private' : 'public',
    forks: 1,
    open_issues: 2,
    watchers: 3,
    default_branch: spec.defaultBranch,
  };
}

function pullLinks(host: Host, repository: RepositorySpec, pull: PullSpec) {
  const url = repositoryUrl(host, repository);
  return {
    self: { href: `${url}/pulls/${pull.number}` },
    html: { href: `${host.web}/${repository.owner}/${repository.name}/pull/${pull.number}` },
    issue: { href: `${url}/issues/${pull.number}` },
    comments: { href: `${url}/issues/${pull.number}/comments` },
    review_comments: { href: `${url}/pulls/${pull.number}/comments` },
    review_comment: { href: `${url}/pulls/comments{/number}` },
    commits: { href: `${url}/pulls/${pull.number}/commits` },
    statuses: { href: `${url}/statuses/${pull.headSha}` },
  };
}

function side(host: Host, owner: string, ref: string, sha: string, repository: RepositorySpec | null) {
  return {
    label: `${owner}:${ref}`,
    ref,
    sha,
    user: simpleUser(host, owner),
    repo: repository === null ? null : repositoryShape(host, repository),
  };
}

/** The short form that lists give. */
export function pullSimpleShape(host: Host, repository: RepositorySpec, pull: PullSpec) {
  const links = pullLinks(host, repository, pull);
  const closedAt = pull.state === 'closed' ? '2026-01-15T09:30:00Z' : null;
  const id = 1_000_000_000 + repository.id + pull.number;
  return {
    url: links.self.href,
    id,
    node_id: nodeId('PR', id),
    html_url: links.html.href,
    diff_url: `${links.html.href}.diff`,
    patch_url: `${links.html.href}.patch`,
    issue_url: links.issue.href,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: simpleUser(host, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: closedAt ?? pull.createdAt,
    closed_at: closedAt,
    merged_at: pull.merged ? closedAt : null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.draft,
    commits_url: links.commits.href,
    review_comments_url: links.review_comments.href,
    review_comment_url: links.review_comment.href,
    comments_url: links.comments.href,
    statuses_url: links.statuses.href,
    head: side(
      host,
      pull.headRepository?.owner ?? pull.author,
      pull.headRef,
      pull.headSha,
      pull.headRepository,
    ),
    base: side(host, repository.owner, pull.baseRef, pull.baseSha, repository),
    _links: links,
    author_association: pull.author === repository.owner ? 'OWNER' : 'CONTRIBUTOR',
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** The full form, which events and a single pull request have. */
export function pullShape(host: Host, repository: RepositorySpec, pull: PullSpec) {
  return {
    ...pullSimpleShape(host, repository, pull),
    merged: pull.merged,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    merged_by: pull.merged ? simpleUser(host, repository.owner) : null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 12,
    deletions: 0,
    changed_files: pull.files.length,
  };
}

export function commentShape(host: Host, repository: RepositorySpec, comment: CommentSpec) {
  const url = repositoryUrl(host, repository);
  const page = `${host.web}/${repository.owner}/${repository.name}/pull/${comment.issue}`;
  return {
    url: `${url}/issues/comments/${comment.id}`,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${url}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: simpleUser(host, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: comment.author === repository.owner ? 'OWNER' : 'CONTRIBUTOR',
    performed_via_github_app: null,
  };
}

export function fileShape(host: Host, repository: RepositorySpec, headSha: string, file: FileSpec) {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const page = `${host.web}/${repository.owner}/${repository.name}`;
  return {
    sha: createHash('sha1').update(file.path).digest('hex'),
    filename: file.path,
    status: file.status,
    additions: file.status === 'removed' ? 0 : 12,
    deletions: file.status === 'removed' ? 12 : 0,
    changes: 12,
    blob_url: `${page}/blob/${headSha}/${path}`,
    raw_url: `${page}/raw/${headSha}/${path}`,
    contents_url: `${repositoryUrl(host, repository)}/contents/${path}?ref=${headSha}`,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}
