import { createHash } from 'node:crypto';
import { GitHubError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { distinctFindings } from '../evidence/verdict.ts';
import type { GitHub } from '../github/client.ts';
import { shownLines } from '../github/patch.ts';
import type { ChangedFile } from '../github/pull-requests.ts';
import {
  apart,
  type Suggestion,
  suggestedFingerprint,
  suggestionComment,
  suggestionOf,
} from '../report/suggestions.ts';
import type { World } from '../runner/world.ts';
import { judgedFiles } from './judged-file.ts';
import type { Setting } from './setting.ts';
import { unlessRefused } from './unless-refused.ts';

/** Of one run; more are a wall that nobody reads, and the next run has the next ones. */
const MAXIMUM_SUGGESTIONS = 10;

/** A fix on the text as it was judged, with that text's name in git. */
type Candidate = { readonly suggestion: Suggestion; readonly blob: string };

/**
 * Offers the rules' mechanical fixes as changes that a click takes over: one review, each complaint once over all runs,
 * only where the head still has the text that was judged. What cannot be offered is one warning, or one notice where the
 * token is a stranger's and may only read; the verdict stands.
 */
export async function suggestFixes(world: World, setting: Setting, evidence: Evidence): Promise<void> {
  const { github, trusted } = setting;
  const number = evidence.subject.pullRequest;
  if (!github || number === undefined) return;
  const candidates = await candidatesOf(world, evidence);
  if (candidates.length === 0) return;
  const work = () => offer(github, { number, sha: evidence.subject.headSha }, candidates);
  const url = await unlessRefused(world, 'The changes could not be suggested.', async () => {
    try {
      return await work();
    } catch (error) {
      if (trusted || !(error instanceof GitHubError) || error.status !== 403) throw error;
      world.annotate(readOnlyNotice(candidates.length));
      return undefined;
    }
  });
  if (url !== undefined) world.info(`Suggested changes: ${url}`);
}

async function candidatesOf(world: World, evidence: Evidence): Promise<readonly Candidate[]> {
  const read = judgedFiles(world, evidence);
  const fixable = distinctFindings(evidence)
    .flatMap((finding) => [finding, ...(finding.also ?? [])])
    .filter(({ fix }) => fix.length > 0);
  const files = new Map<string, Buffer | undefined>();
  for (const { place } of fixable) {
    if (!files.has(place.file)) files.set(place.file, await read(place.file));
  }
  return fixable.flatMap((finding): readonly Candidate[] => {
    const bytes = files.get(finding.place.file);
    const suggestion = bytes && suggestionOf(finding, bytes);
    return bytes && suggestion ? [{ suggestion, blob: blobName(bytes) }] : [];
  });
}

/** Git's name of a file's content. */
function blobName(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

async function offer(
  github: GitHub,
  { number, sha }: { readonly number: number; readonly sha: string },
  candidates: readonly Candidate[],
): Promise<string | undefined> {
  const own = await github.ownLineComments(number, (body) => suggestedFingerprint(body) !== undefined);
  const said = new Set(own.map(({ path, body }) => `${suggestedFingerprint(body)} ${path}`));
  const unsaid = candidates.filter(
    ({ suggestion: { finding, path } }) => !said.has(`${finding.fingerprint} ${path}`),
  );
  if (unsaid.length === 0) return undefined;
  const files = new Map((await github.changedFiles(number)).map((file) => [file.path, file]));
  const standing = unsaid.filter((candidate) => stands(candidate, files.get(candidate.suggestion.path)));
  const chosen = apart(once(standing.map(({ suggestion }) => suggestion)), MAXIMUM_SUGGESTIONS);
  if (chosen.length === 0) return undefined;
  const comments = chosen.map((suggestion) => ({
    path: suggestion.path,
    startLine: suggestion.startLine,
    endLine: suggestion.endLine,
    body: suggestionComment(suggestion),
  }));
  return github.writeReview({ number, sha, body: reviewBody(chosen.length), comments });
}

/** The head has the very text that was judged, and its diff shows the lines. */
function stands({ suggestion, blob }: Candidate, file: ChangedFile | undefined): boolean {
  if (file?.blob !== blob || file.patch === undefined) return false;
  const { startLine, endLine } = suggestion;
  return shownLines(file.patch).some(({ first, last }) => first <= startLine && endLine <= last);
}

/** The same complaint about the same words twice in a file has one fingerprint. */
function once(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  const seen = new Map<string, Suggestion>();
  for (const one of suggestions) {
    const key = `${one.finding.fingerprint} ${one.path}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function reviewBody(count: number): string {
  return count === 1
    ? 'What Pullgres found here has a mechanical fix, to be taken over as it stands.'
    : `What Pullgres found in these ${count} places has mechanical fixes, to be taken over as they stand.`;
}

function readOnlyNotice(count: number) {
  const what = count === 1 ? '1 change' : `${count} changes`;
  return {
    level: 'notice' as const,
    title: 'No changes are suggested',
    message: `${what} could be suggested, but the token of this run may only read: the pull request comes from a fork or a bot.`,
    file: undefined,
    line: undefined,
    endLine: undefined,
  };
}
