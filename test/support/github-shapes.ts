/**
 * GitHub's JSON for users and repositories, complete enough for its own API description. The fake GitHub answers
 * with them and the event payloads are made of them.
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
