/** GitHub's JSON for pull requests, their files and comments, complete enough for its own API description. */
import { createHash } from 'node:crypto';
import {
  type Host,
  nodeId,
  type RepositorySpec,
  repositoryShape,
  repositoryUrl,
  simpleUser,
} from './github-shapes.ts';

export type FileSpec = {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  readonly previousPath?: string;
  /** Git's name of the content; made up when left out. */
  readonly blob?: string;
  readonly patch?: string;
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
    sha: file.blob ?? createHash('sha1').update(file.path).digest('hex'),
    ...(file.patch === undefined ? {} : { patch: file.patch }),
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
