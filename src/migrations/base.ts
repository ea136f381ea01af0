import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { fullSha, runGit } from './git-command.ts';

/** What is needed to find the commit against which "new" is judged. */
export type BaseRequest = {
  /** The checkout's top folder. */
  readonly root: string;
  /** Head commit of the pull request (`pull_request.head.sha`), or the commit of the run. */
  readonly headSha: string;
  /** `pull_request.base.sha`, or the commit before a push; all zeros counts as none. */
  readonly eventBaseSha?: string;
  readonly pullRequest: boolean;
  /** GITHUB_SHA, which on a pull request is GitHub's own merge commit: only that one's first parent is believed. */
  readonly mergeSha?: string | undefined;
  /** Used only when a commit must be fetched. */
  readonly token?: Secret;
  /** GITHUB_SERVER_URL, such as https://github.com. */
  readonly serverUrl: string;
  readonly onProgress: (message: string) => void;
};

async function line(root: string, args: readonly string[]): Promise<string | undefined> {
  const result = await runGit(root, args);
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

async function headCommit(
  root: string,
): Promise<{ readonly sha: string; readonly parents: readonly string[] }> {
  const sha = await line(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (sha === undefined) {
    throw new UserError(`${root} is not a checkout of the repository.`, {
      hint: 'Run actions/checkout before this action.',
    });
  }
  // The commit object names its parents in a shallow clone too, where rev-list does not.
  const commit = (await line(root, ['cat-file', 'commit', sha])) ?? '';
  const header = commit.split('\n\n', 1)[0] ?? '';
  return {
    sha,
    parents: [...header.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map((match) => match[1] ?? ''),
  };
}

async function hasCommit(root: string, sha: string): Promise<boolean> {
  // Two steps, since a shallow clone may hold a commit without its tree.
  return (await runGit(root, ['cat-file', '-e', `${sha}^{tree}`])).code === 0;
}

/**
 * The token goes to git by environment, for the one server. The empty value first drops what actions/checkout left in
 * the configuration, since GitHub refuses two Authorization headers.
 */
function credentials(serverUrl: string, token: Secret | undefined): Record<string, string> {
  if (token === undefined) return {};
  const key = `http.${serverUrl.replace(/\/+$/, '')}/.extraheader`;
  const basic = Buffer.from(`x-access-token:${token.reveal()}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: key,
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: key,
    GIT_CONFIG_VALUE_1: `AUTHORIZATION: basic ${basic}`,
  };
}

async function fetchCommit(
  request: Pick<BaseRequest, 'root' | 'token' | 'serverUrl' | 'onProgress'>,
  sha: string,
): Promise<void> {
  const { root, serverUrl, token, onProgress } = request;
  onProgress(`Fetching the base commit ${sha.slice(0, 12)}.`);
  // Only a shallow clone may be fetched into with a depth: it would make a whole one shallow.
  const shallow = (await line(root, ['rev-parse', '--is-shallow-repository'])) === 'true';
  const depth = shallow ? ['--depth=1'] : [];
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    ...depth,
  ];
  await runGit(root, [...args, 'origin', sha], { environment: credentials(serverUrl, token) });
  if (await hasCommit(root, sha)) return;
  throw new UserError(`The base commit ${sha} is not in this clone and could not be fetched.`, {
    hint: 'Set fetch-depth: 0 on actions/checkout, so that the whole history is there.',
  });
}

async function mergeBase(request: BaseRequest, named: string, head: string): Promise<string> {
  const { root } = request;
  if (!(await hasCommit(root, named))) await fetchCommit(request, named);
  const found = (await line(root, ['merge-base', named, head]))?.split('\n', 1)[0];
  return found === undefined || found === '' ? named : found;
}

async function chooseBase(request: BaseRequest): Promise<string> {
  const { root, headSha, pullRequest } = request;
  const head = await headCommit(root);
  const [first, second] = head.parents;
  // GitHub's merge commit of a pull request: first parent the base branch, second the head (refs/pull/N/merge).
  const isGitHubs = pullRequest && head.sha === request.mergeSha && head.parents.length === 2;
  if (isGitHubs && first !== undefined && second === headSha) return first;
  const named = request.eventBaseSha;
  if (named !== undefined && !/^0+$/.test(named)) return mergeBase(request, named, head.sha);
  if (first !== undefined) return first;
  throw new UserError(
    'There is no base commit to compare with: HEAD is the first commit of the repository.',
    {
      hint: 'Run on a pull request, or on a push to a branch with history.',
    },
  );
}

/**
 * The commit against which "new" is judged, present in the clone when this returns: the first parent of GitHub's merge
 * commit, else the merge base of the event's base commit and HEAD, else the event's base commit, else HEAD's parent.
 * Throws UserError when it cannot be found or fetched.
 */
export async function findBase(request: BaseRequest): Promise<string> {
  fullSha(request.headSha);
  if (request.eventBaseSha !== undefined) fullSha(request.eventBaseSha);
  return ensureCommit(request, fullSha(await chooseBase(request)));
}

/** Fetches the commit if this clone lacks it. Throws UserError when it cannot be had or `sha` is not a full hash. */
export async function ensureCommit(
  request: Pick<BaseRequest, 'root' | 'token' | 'serverUrl' | 'onProgress'>,
  sha: string,
): Promise<string> {
  if (!(await hasCommit(request.root, fullSha(sha)))) await fetchCommit(request, sha);
  return sha;
}
