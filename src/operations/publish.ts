import { UserError } from '../errors.ts';
import { MAXIMUM_EVIDENCE_BYTES } from '../evidence/read.ts';
import type { Evidence } from '../evidence/schema.ts';
import { createGitHub, type GitHub } from '../github/client.ts';
import type { HeadPullRequest } from '../github/head-pull-requests.ts';
import { readRun } from '../github/run.ts';
import { type ProducerRun, readWorkflowRun } from '../github/workflow-run.ts';
import { POLICY_PATH, type Policy } from '../policy/schema.ts';
import { publishedComment, unpublishedComment } from '../report/published.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { policyFromText } from './policy.ts';
import { type Claim, conclusionWords, judgeClaim, readClaim } from './published.ts';
import { deservesComment } from './report.ts';

export type PublishOptions = {
  readonly token: Secret | undefined;
  /** Name of the artifact. */
  readonly artifact: string;
  /** The policy's when missing. */
  readonly comment: Policy['comment'] | undefined;
  /** Tells apart several comments of one pull request. */
  readonly key: string;
};

/** What was said, and where; nothing when there was nothing to say. */
export type Published = {
  readonly verdict: Evidence['verdict']['conclusion'];
  readonly pullRequest: number;
  readonly url: string | undefined;
};

/** The one file of the artifact. */
const FILE = 'evidence.json';

/** Ends of a run that promise no result: without one there is nothing to say, unless a comment is there already. */
const QUIET: readonly (string | undefined)[] = ['success', 'skipped', 'action_required'];

type Publishing = PublishOptions & { readonly github: GitHub; readonly run: ProducerRun };

/**
 * Says on a pull request what its own run, which had no rights, has found. Whatever the run left is a stranger's: it can
 * change nothing but what is said about itself, and is never a reason to fail.
 * @throws UserError for another event, GitHubError when GitHub refuses or does not answer.
 */
export async function publish(world: World, options: PublishOptions): Promise<Published | undefined> {
  const { eventName, payload } = await readRun();
  const event = readWorkflowRun(eventName, payload, world.environment);
  if (event.kind === 'other') return nothing(world, event.sentence);
  const { run } = event;
  const publishing = { ...options, run, github: openGitHub(world, options.token) };
  const pulls = await publishing.github.headPullRequests(run.repository.id, {
    repositoryId: run.headRepository.id,
    owner: run.headRepository.owner,
    branch: run.headBranch,
  });
  const own = pulls.filter(({ headSha }) => headSha === run.headSha);
  if (own.length > 0) return publishFor(world, publishing, own);
  const short = run.headSha.slice(0, 7);
  return nothing(
    world,
    pulls.length === 0
      ? `No pull request comes from the branch of run ${run.id}: there is nothing to publish.`
      : `The pull request has moved on from ${short}: the run of its newer commit will publish.`,
  );
}

function openGitHub(world: World, token: Secret | undefined): GitHub {
  if (token === undefined) throw new UserError('There is no GitHub token, so nothing can be published.', {
      hint: 'Leave the input github-token out to use the token of the job.',
    });
  const { environment, signal } = world;
  return createGitHub({ token, environment, onNotice: world.info, signal });
}

function nothing(world: World, sentence: string): undefined {
  world.info(sentence);
}

async function publishFor(
  world: World,
  publishing: Publishing,
  pulls: readonly HeadPullRequest[],
): Promise<Published | undefined> {
  const { github, run, artifact: name } = publishing;
  const request = { runId: run.id, name, file: FILE, maximumBytes: MAXIMUM_EVIDENCE_BYTES };
  const artifact = await github.artifactFile(request);
  if (artifact.kind === 'missing') return withoutResult(world, publishing, pulls);
  const claim: Claim =
    artifact.kind === 'refused'
      ? artifact
      : readClaim(artifact.text, run, pulls, (detail) => world.debug(`The record is refused: ${detail}`));
  if (claim.kind === 'refused') return refuse(world, publishing, pulls, claim.why);
  return publishClaim(world, publishing, claim);
}

async function publishClaim(
  world: World,
  publishing: Publishing,
  claim: Extract<Claim, { kind: 'believed' }>,
): Promise<Published | undefined> {
  const { github, run } = publishing;
  const { evidence: told, pull } = claim;
  // On an open one it would leave an older comment standing as if it were about this commit.
  if (!pull.open && told.teardown && !told.lint && !told.rehearsal && !told.tests) {
    return nothing(world, `Run ${run.id} only removed a branch: there is nothing to publish.`);
  }
  const loaded = await basePolicy(github, pull);
  const evidence = judgeClaim(claim, run, loaded);
  const mode = publishing.comment ?? loaded.policy.comment;
  const due = deservesComment(evidence, mode);
  const url = await say(world, publishing, pull, { mode, due, body: publishedComment(evidence, run) });
  world.info(`Verdict of run ${run.id} on pull request ${pull.number}: ${evidence.verdict.conclusion}`);
  return { verdict: evidence.verdict.conclusion, pullRequest: pull.number, url };
}

async function basePolicy(github: GitHub, { baseSha: commit }: HeadPullRequest) {
  return policyFromText(await github.readFile(POLICY_PATH, commit), { commit, editedHere: false });
}

async function withoutResult(
  world: World,
  publishing: Publishing,
  pulls: readonly HeadPullRequest[],
): Promise<Published | undefined> {
  const { run, artifact } = publishing;
  const open = pulls.filter((pull) => pull.open);
  const ended = conclusionWords(run.conclusion);
  const quiet = QUIET.includes(run.conclusion);
  if (open.length === 0)
    return nothing(world, `Run ${run.id} ${ended} and left no result; its pull request is closed.`);
  const body = unpublishedComment(run, {
    title: 'the run left no result',
    why: `The run ${ended} and left no artifact \`${artifact}\` with \`${FILE}\``,
    step: 'Read the log of the run; then push again, or run it again.',
  });
  return sayToAll(world, publishing, open, { body, due: !quiet });
}

async function refuse(
  world: World,
  publishing: Publishing,
  pulls: readonly HeadPullRequest[],
  why: string,
): Promise<Published | undefined> {
  world.info(`The result of run ${publishing.run.id} is refused. ${why}`);
  const body = unpublishedComment(publishing.run, {
    title: 'the result of the run was refused',
    why: `What the run left as its result cannot be used. ${why}`,
    step: 'Use the same release of Pullgres in both workflows, upload its `evidence.json` unchanged, and run the job again.',
  });
  return sayToAll(world, publishing, pulls, { body, due: true });
}

/** Several pull requests may have one head, and a result that names none of them might be any's. */
async function sayToAll(
  world: World,
  publishing: Publishing,
  pulls: readonly HeadPullRequest[],
  { body, due }: { readonly body: string; readonly due: boolean },
): Promise<Published | undefined> {
  const said: Published[] = [];
  for (const pull of pulls) {
    const mode = publishing.comment ?? (await basePolicy(publishing.github, pull)).policy.comment;
    const url = await say(world, publishing, pull, { mode, due, body });
    said.push({ verdict: 'unproven', pullRequest: pull.number, url });
  }
  return said.find(({ url }) => url !== undefined) ?? (due ? said[0] : undefined);
}

type Words = { readonly mode: Policy['comment']; readonly due: boolean; readonly body: string };

/** Writes a comment that is due, and brings one that is there up to date, unless a later run has written it. */
async function say(
  world: World,
  { github, run, key }: Publishing,
  { number }: HeadPullRequest,
  { mode, due, body }: Words,
): Promise<string | undefined> {
  if (mode === 'never') return undefined;
  if (!due && (await github.findComment(number, key)) === undefined) {
    return nothing(world, `Pull request ${number} has no comment, and none is due.`);
  }
  const order = { id: run.id, attempt: run.attempt };
  const { outcome, url, reason } = await github.upsertComment({
    number,
    key,
    body,
    run: order,
    sha: run.headSha,
  });
  world.info(`Comment ${outcome}${reason ? `: ${reason}` : ''} ${url}`);
  return url;
}
