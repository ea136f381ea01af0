import { type ApiOptions, openApi } from './api.ts';
import { type ArtifactFile, type ArtifactRequest, readArtifactFile } from './artifacts.ts';
import { type CheckOutcome, type CheckRequest, writeCheck } from './checks.ts';
import { findOwnComments, type Login, type OwnComment } from './comment-calls.ts';
import { type CommentOutcome, type CommentRequest, upsertComment } from './comments.ts';
import { readFile } from './contents.ts';
import { type Head, type HeadPullRequest, listHeadPullRequests } from './head-pull-requests.ts';
import { type IssueOutcome, type IssueRequest, upsertIssue } from './issues.ts';
import { readLogin } from './login.ts';
import { listOpenPullRequests, type OpenPullRequests } from './open-pull-requests.ts';
import {
  type ChangedFile,
  listChangedFiles,
  type PullRequestState,
  readPullRequest,
} from './pull-requests.ts';
import { readRepositoryId } from './repositories.ts';
import { type LineComment, ownLineComments, type ReviewRequest, writeReview } from './reviews.ts';
import { type StatusOutcome, type StatusRequest, writeStatus } from './statuses.ts';

/** What Pullgres asks of one GitHub repository. Each call may throw GitHubError, or the signal's reason. */
export type GitHub = {
  /** The number of the repository itself. */
  readonly repositoryId: () => Promise<number>;
  readonly pullRequest: (number: number) => Promise<PullRequestState>;
  /** All open ones of the repository with this number, or an error. */
  readonly openPullRequests: (repositoryId: number) => Promise<OpenPullRequests>;
  /** Those from one branch, fork's or own, into the repository with this number. */
  readonly headPullRequests: (repositoryId: number, head: Head) => Promise<readonly HeadPullRequest[]>;
  /** The only file of a run's artifact, which a stranger may have made. */
  readonly artifactFile: (request: ArtifactRequest) => Promise<ArtifactFile>;
  /** Nothing when the file does not exist at `ref`, a commit or branch. */
  readonly readFile: (path: string, ref: string) => Promise<string | undefined>;
  readonly changedFiles: (number: number) => Promise<readonly ChangedFile[]>;
  /** Whoever writes this key's comment next builds on what was found here, and does not list all comments again. */
  readonly findComment: (number: number, key: string) => Promise<OwnComment | undefined>;
  readonly upsertComment: (request: CommentRequest) => Promise<CommentOutcome>;
  /** Opens or updates the one open issue of a key. */
  readonly upsertIssue: (request: IssueRequest) => Promise<IssueOutcome>;
  readonly writeStatus: (request: StatusRequest) => Promise<StatusOutcome>;
  readonly writeCheck: (request: CheckRequest) => Promise<CheckOutcome>;
  /** Comments on lines that our account wrote, of those whose text is `isOurs`. */
  readonly ownLineComments: (
    number: number,
    isOurs: (body: string) => boolean,
  ) => Promise<readonly Pick<LineComment, 'path' | 'body'>[]>;
  /** Gives the review's address. */
  readonly writeReview: (request: ReviewRequest) => Promise<string>;
};

/** Binds the calls to the repository of the environment and to the token. Calls nothing yet. Throws UserError. */
export function createGitHub(options: ApiOptions): GitHub {
  const api = openApi(options);
  let known: Promise<string> | undefined;
  const login: Login = () => {
    known ??= readLogin(api);
    return known;
  };
  const found = new Map<string, readonly OwnComment[]>();
  const call = <T>(work: Promise<T>) => untilAborted(options.signal, work);
  return {
    repositoryId: () => call(readRepositoryId(api)),
    pullRequest: (number) => call(readPullRequest(api, number)),
    openPullRequests: (repositoryId) => call(listOpenPullRequests(api, repositoryId)),
    headPullRequests: (repositoryId, head) => call(listHeadPullRequests(api, repositoryId, head)),
    artifactFile: (request) => call(readArtifactFile(api, request)),
    readFile: (path, ref) => call(readFile(api, path, ref)),
    changedFiles: (number) => call(listChangedFiles(api, number)),
    findComment: async (number, key) => {
      const own = await call(findOwnComments(api, login, number, key));
      found.set(`${number} ${key}`, own);
      return own[0];
    },
    upsertComment: (request) => {
      const name = `${request.number} ${request.key}`;
      const own = found.get(name);
      found.delete(name);
      return call(upsertComment(api, login, request, own));
    },
    upsertIssue: (request) => call(upsertIssue(api, login, request)),
    writeStatus: (request) => call(writeStatus(api, request)),
    writeCheck: (request) => call(writeCheck(api, request)),
    ownLineComments: (number, isOurs) => call(ownLineComments(api, login, number, isOurs)),
    writeReview: (request) => call(writeReview(api, request)),
  };
}

/** The wait that a rate limit asks for hears no signal and is longer than the runner's patience with a cancelled step. */
function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
