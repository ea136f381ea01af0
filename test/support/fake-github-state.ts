import { pullSpec, SHOP } from './events.ts';
import type { ArtifactSpec } from './fake-github-artifacts.ts';
import type { RunSpec } from './fake-github-runs.ts';
import type { CommentSpec, PullSpec } from './github-pull-shapes.ts';
import type { RepositorySpec } from './github-shapes.ts';

export type IssueSpec = {
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly createdAt: string;
};

/** What a check run was last said to be; `annotations` gathers those of every call, as GitHub does. */
export type CheckRun = {
  readonly id: number;
  readonly repositoryId: number;
  /** Whose token made it: no other may change it. */
  readonly login: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly annotations: readonly unknown[];
};

export type StatusSpec = {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly author: string;
  readonly createdAt: string;
};

export type ReviewSpec = {
  readonly id: number;
  readonly pull: number;
  readonly body: string;
  readonly author: string;
};

/** A comment on lines of a pull request's file. */
export type LineCommentSpec = ReviewSpec & {
  readonly review: number;
  readonly sha: string;
  readonly path: string;
  readonly line: number;
  readonly startLine: number | undefined;
  readonly createdAt: string;
};

export type FakeRepository = RepositorySpec & {
  /** Files by commit id or branch name, then by path. */
  readonly files: Record<string, Record<string, string | Uint8Array>>;
  readonly pulls: Map<number, PullSpec>;
  /** In order of their ids. */
  comments: CommentSpec[];
  /** Those that are no pull request, in order of their numbers. */
  issues: IssueSpec[];
  /** In the order in which they were written. */
  readonly statuses: StatusSpec[];
  readonly reviews: ReviewSpec[];
  readonly lineComments: LineCommentSpec[];
  /** What workflow runs left, in order of their ids. */
  artifacts: ArtifactSpec[];
  /** Workflow runs that may be asked for. */
  runs: RunSpec[];
  /** Pull requests whose conversation is locked. */
  readonly locked: Set<number>;
};

/** Open to tests: read it to see what was done, write it to arrange. */
export type FakeState = {
  readonly repositories: FakeRepository[];
  readonly checkRuns: Map<number, CheckRun>;
  /** The primary limit. At `remaining` 0 each call is refused until `reset` (seconds since 1970). */
  readonly rate: { limit: number; remaining: number; reset: number };
  nextId: number;
};

export type RepositorySeed = Partial<RepositorySpec> & { readonly files?: FakeRepository['files'] };

/** One repository, the shop, unless others are given; `pulls` belong to the first. */
export function fakeState(
  repositories: readonly RepositorySeed[],
  pulls: readonly Partial<PullSpec>[],
): FakeState {
  const made = (repositories.length === 0 ? [{}] : repositories).map(fakeRepository);
  for (const changes of pulls) {
    const pull = pullSpec({ headRepository: made[0] ?? null, ...changes });
    made[0]?.pulls.set(pull.number, pull);
  }
  return {
    repositories: made,
    checkRuns: new Map(),
    rate: { limit: 1000, remaining: 1000, reset: Math.floor(Date.now() / 1000) + 3600 },
    nextId: 2_000_000_001,
  };
}

function fakeRepository({ files = {}, ...seed }: RepositorySeed): FakeRepository {
  return {
    ...SHOP,
    ...seed,
    files,
    pulls: new Map(),
    comments: [],
    issues: [],
    statuses: [],
    reviews: [],
    lineComments: [],
    artifacts: [],
    runs: [],
    locked: new Set(),
  };
}

/** Adds a comment by anybody, as if written on the website. */
export function addComment(
  state: FakeState,
  repository: FakeRepository,
  comment: Pick<CommentSpec, 'issue' | 'author' | 'body'>,
): CommentSpec {
  const now = timestamp();
  const added = { id: state.nextId++, createdAt: now, updatedAt: now, ...comment };
  repository.comments.push(added);
  return added;
}

/** Adds what a workflow run uploaded; its size is told truly unless `size` says otherwise. */
export function addArtifact(
  state: FakeState,
  repository: FakeRepository,
  artifact: Pick<ArtifactSpec, 'runId' | 'archive'> & Partial<ArtifactSpec>,
): ArtifactSpec {
  const id = state.nextId++;
  const size = artifact.archive.length;
  const added = { id, name: 'pullgres', size, expired: false, createdAt: timestamp(), ...artifact };
  repository.artifacts.push(added);
  return added;
}

/** GitHub's times have whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
