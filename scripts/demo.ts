import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readEvidence } from '../src/evidence/read.ts';
import { stopServer } from '../src/postgres/server.ts';
import { inert } from '../src/runner/inert.ts';
import { pullRequestEvent } from '../test/support/events.ts';
import { startFakeGitHub } from '../test/support/fake-github.ts';
import { createJob } from '../test/support/runner-harness.ts';
import { commentText } from './demo/comment-text.ts';
import { createShopRepository } from './demo/repository.ts';
import { type ShopServer, serverDirectory, startShopServer } from './demo/server.ts';
import { createStory, type Story } from './demo/story.ts';

const root = resolve(import.meta.dirname, '..');

/** A mistake in the arguments is one sentence, not a stack. */
function readArguments(): { readonly rows: number; readonly output: string } {
  try {
    const { values } = parseArgs({ options: { rows: { type: 'string' }, output: { type: 'string' } } });
    const rows = Number(values.rows ?? 200_000);
    if (!Number.isInteger(rows) || rows < 100) throw new Error('--rows takes a whole number from 100.');
    return { rows, output: resolve(values.output ?? join(root, 'demo-output')) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

type Stage = {
  readonly story: Story;
  readonly server: ShopServer;
  readonly github: Awaited<ReturnType<typeof startFakeGitHub>>;
  readonly repository: Awaited<ReturnType<typeof createShopRepository>>;
  readonly output: string;
};

const PULL_REQUEST = 7;

/** One run of the root action's committed bundle, as GitHub's runner would run it on this event. */
async function runAction(stage: Stage, action: string, commit: { headSha: string; mergeSha: string }) {
  const { github, repository, server } = stage;
  const pull = github.repository.pulls.get(PULL_REQUEST);
  if (!pull) throw new Error('the fake GitHub has no pull request');
  Object.assign(pull, {
    headSha: commit.headSha,
    baseSha: repository.baseSha,
    state: action === 'closed' ? 'closed' : 'open',
    merged: action === 'closed',
  });
  const job = createJob({
    event: { name: 'pull_request', payload: pullRequestEvent({ ...pull, action }) },
    github: { api_url: github.url, sha: commit.mergeSha },
    environment: { ...github.environment, GITHUB_SHA: commit.mergeSha },
    workspace: repository.workspace,
    token: github.token(),
    secrets: [server.password],
  });
  const step = await job.step({
    action: root,
    with: {
      'server-url': server.url,
      baseline: server.baseline,
      'test-command':
        'node --test --test-reporter=junit --test-reporter-destination=report.xml test/*.test.mjs',
      'test-junit': 'report.xml',
    },
  });
  const path = step.outputs['evidence-path'];
  const evidence = path === undefined ? undefined : readEvidence(await readFile(path, 'utf8'));
  const end = await job.finish();
  const problems = [...step.problems, ...end.problems, ...github.problems];
  if (problems.length > 0) throw new Error(`the runner complains:\n${problems.join('\n')}\n${step.log}`);
  return { ...step, evidence };
}

function lastComment({ github }: Stage): string {
  const body = github.repository.comments.at(-1)?.body;
  if (body === undefined) throw new Error('there is no comment on the pull request');
  return body.split('\n').slice(1).join('\n');
}

function quoteComment(stage: Stage): void {
  const width = Math.min(process.stdout.columns ?? 100, 110) - 4;
  stage.story.quote(inert(commentText(lastComment(stage), width).join('\n')));
}

async function judge(stage: Stage, action: string, folder: string, message: string, expected: string) {
  const { story, repository, output } = stage;
  const commit = await repository.push(join(root, 'fixtures', 'shop', 'pull-requests', folder), message);
  const step = await story.step(`the action runs on ${action} (${commit.headSha.slice(0, 7)})`, () =>
    runAction(stage, action, commit),
  );
  const verdict = step.outputs.verdict;
  if (verdict !== expected) throw new Error(`expected ${expected}, the verdict is ${verdict}\n${step.log}`);
  story.tell(
    `\n  Job ${step.exitCode === 0 ? 'green' : 'red'}, verdict: ${verdict}. The comment on the pull request:\n`,
  );
  quoteComment(stage);
  const results = verdict === 'pass' ? output : join(output, 'refused');
  await mkdir(results, { recursive: true });
  await writeFile(join(results, 'comment.md'), lastComment(stage));
  await writeFile(join(results, 'summary.md'), step.summary);
  await writeFile(join(results, 'evidence.json'), `${JSON.stringify(step.evidence, undefined, 2)}\n`);
  return commit;
}

async function play(stage: Stage): Promise<void> {
  const { story, server, github } = stage;
  story.act('Pull request 7 opens: an index and a NOT NULL on large tables');
  await judge(stage, 'opened', '7-unsafe', 'Index orders and require a delivery day', 'fail');
  story.act('The author pushes the safe form');
  const commit = await judge(stage, 'synchronize', '7-safe', 'Build it without blocking writes', 'pass');
  story.tell(`\n  Branches on the server: ${(await server.branches()).join(', ')}`);
  story.act('The pull request is merged');
  const step = await story.step('the action runs on closed', () => runAction(stage, 'closed', commit));
  if (step.outputs.removed !== 'true') throw new Error(`the branch was not removed\n${step.log}`);
  const left = await server.branches();
  if (left.length > 0) throw new Error(`branches are left: ${left.join(', ')}`);
  story.tell('  Branches on the server: none. The comment now says:\n');
  quoteComment(stage);
  story.tell(`\n  ${github.requests.length} calls to GitHub in three runs.`);
}

async function main(): Promise<void> {
  const { rows, output } = readArguments();
  const temporary = await mkdtemp(join(tmpdir(), 'pullgres-demo-'));
  await mkdir(output, { recursive: true });
  const story = createStory(process.stdout);
  const closers = [
    () => rm(temporary, { recursive: true, force: true }),
    // By its folder, so that a server that is only half started goes too.
    () => stopServer(serverDirectory(temporary)),
  ];
  // Once, whoever asks first: what is cut off by the closing fails too, and must wait for its end.
  let closing: Promise<void> | undefined;
  const closeAll = () => {
    closing ??= (async () => {
      for (const close of closers.reverse()) await close();
    })();
    return closing;
  };
  const { signal } = endEarly(closeAll);
  try {
    story.act('A shop runs on Postgres');
    const server = await startShopServer({ story, root, temporary, rows, signal });
    const github = await startFakeGitHub({ pulls: [{ number: PULL_REQUEST, title: 'Faster order list' }] });
    closers.push(github.close);
    const repository = await createShopRepository(root, join(temporary, 'shop'));
    await play({ story, server, github, repository, output });
  } finally {
    await closeAll();
  }
  story.act('Done');
  story.tell(
    `  ${output}: comment.md, summary.md and evidence.json of the passing run, and in refused/ of the refused one.\n  Nothing is left running.\n`,
  );
}

/** Ctrl-C, and a reader that has gone (`| head`), end the demo without leaving its server behind. */
function endEarly(closeAll: () => Promise<void>): AbortController {
  const controller = new AbortController();
  const end = () => {
    const leave = () => process.exit(130);
    // Before the work that is cut off can fail in words of its own.
    process.on('uncaughtException', () => undefined);
    controller.abort();
    // A server that is just starting ends itself by the signal; only then is there nothing that could still come up.
    setTimeout(() => closeAll().then(leave, leave), 2_000);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  process.stdout.once('error', end);
  return controller;
}

await main();
