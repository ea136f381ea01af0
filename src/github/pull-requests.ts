import * as z from 'zod';
import { UserError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

/** A pull request as it is now, which may be later than the event's. */
export type PullRequestState = {
  readonly number: number;
  /** Of the repository that it is a pull request of. */
  readonly repositoryId: number;
  readonly open: boolean;
  readonly merged: boolean;
  readonly draft: boolean;
  readonly headSha: string;
  readonly headRef: string;
  readonly baseSha: string;
  readonly baseRef: string;
};

export type ChangedFile = {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed' | 'copied' | 'changed' | 'unchanged';
  readonly previousPath: string | undefined;
  /** Git's name of the content at the head. */
  readonly blob: string | undefined;
  /** The file's unified diff; GitHub leaves it out of a large or binary one. */
  readonly patch: string | undefined;
};

const side = z.object({ sha: z.string(), ref: z.string() });

const pullSchema = z.object({
  number: z.int(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  draft: z.boolean().default(false),
  head: side,
  base: side.extend({ repo: z.object({ id: z.int().positive() }) }),
});

const filesSchema = z.array(
  z.object({
    filename: z.string(),
    status: z.enum(['added', 'modified', 'removed', 'renamed', 'copied', 'changed', 'unchanged']),
    previous_filename: z.string().optional(),
    sha: z.string().nullish(),
    patch: z.string().optional(),
  }),
);

/** GitHub lists no more files than this (docs: "List pull requests files"). */
const MAXIMUM_FILES = 3_000;

const permission = 'pull-requests: read';

/** Asks for the pull request's present state. Throws GitHubError, 404 when there is none of this number. */
export async function readPullRequest(api: Api, number: number): Promise<PullRequestState> {
  const { octokit, owner, repo } = api;
  const pull = await asking({ doing: `reading pull request ${number}`, permission }, async () => {
    const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
    return pullSchema.parse(data);
  });
  return {
    number: pull.number,
    repositoryId: pull.base.repo.id,
    open: pull.state === 'open',
    merged: pull.merged,
    draft: pull.draft,
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    baseSha: pull.base.sha,
    baseRef: pull.base.ref,
  };
}

/** All files that the pull request changes. Throws UserError beyond 3,000, where GitHub's list ends. */
export async function listChangedFiles(api: Api, number: number): Promise<readonly ChangedFile[]> {
  const { octokit, owner, repo } = api;
  const doing = `listing the files of pull request ${number}`;
  const files = await asking({ doing, permission }, async () => {
    const parameters = { owner, repo, pull_number: number, per_page: 100 };
    return filesSchema.parse(await octokit.paginate(octokit.rest.pulls.listFiles, parameters));
  });
  if (files.length >= MAXIMUM_FILES) {
    throw new UserError(`Pull request ${number} changes more files than GitHub lists (3,000).`, {
      hint: 'Split the pull request.',
    });
  }
  return files.map((file) => ({
    path: file.filename,
    status: file.status,
    previousPath: file.previous_filename,
    blob: file.sha ?? undefined,
    patch: file.patch,
  }));
}
