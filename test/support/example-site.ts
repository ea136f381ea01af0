/** The shop as a site on which the recipes of examples/ run: its repository, its GitHub, its server, and its events. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  mergeGroupEvent,
  pullRequestEvent,
  type WorkflowRunVariant,
  workflowDispatchEvent,
  workflowRunEvent,
} from './events.ts';
import type { GitHubEvent } from './job-environment.ts';
import { BASE_MIGRATIONS, type Commit, type Files, type ShopOptions, startShop } from './shop-job.ts';
import { startTeamServer, type TeamServer } from './team-server.ts';
import { type JobRun, type Occurrence, runWorkflow, type Site, type WorkflowRun } from './workflow-runner.ts';
import { zipOf } from './zips.ts';

const root = resolve(import.meta.dirname, '..', '..');
const driver = join(root, 'node_modules', 'pg', 'lib', 'index.js');

const client = (work: string) => `
import pg from ${JSON.stringify(driver)};
import { mkdirSync, writeFileSync } from 'node:fs';
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
${work}
await client.end();
`;

/** The scripts that the recipes call: a suite that writes a report, a look at the branch, some rows. */
const PROGRAMS: Files = {
  'package.json': JSON.stringify({
    name: 'shop',
    private: true,
    type: 'module',
    scripts: { test: 'node suite.mjs', smoke: 'node smoke.mjs', 'prepare-data': 'node prepare.mjs' },
  }),
  'suite.mjs': client(`
const shard = process.env.PULLGRES_SHARD_INDEX ?? '0';
await client.query('insert into customers (email) values ($1)', [shard]);
const { rows } = await client.query('select email from customers');
const failure = rows.length === 1 ? '' : '<failure message="the shard is not alone"/>';
mkdirSync('reports', { recursive: true });
writeFileSync('reports/' + shard + '.xml', '<testsuite name="suite"><testcase name="alone">' + failure + '</testcase></testsuite>');
process.exitCode = failure === '' ? 0 : 1;`),
  'smoke.mjs': client(`await client.query('select name from labels');`),
  'prepare.mjs': client(`await client.query("insert into customers (email) values ('prepared')");`),
};

export type ExampleSite = Site & {
  readonly server: TeamServer;
  readonly push: (files: Files) => Promise<Commit>;
  /** What stands in the pull request's only comment of the key. */
  readonly comment: (key?: string) => string;
  /** Runs a recipe for an event and wants nothing to complain of; undefined when the event does not start it. */
  readonly play: (recipe: string, occurrence: Occurrence) => Promise<WorkflowRun | undefined>;
  /** The same for a `pull_request` event, or another of the pull request as it stands. */
  readonly pull: (
    recipe: string,
    action: string,
    more?: { readonly event?: string; readonly again?: Occurrence['again'] },
  ) => Promise<WorkflowRun | undefined>;
  readonly mergeGroup: (recipe: string) => Promise<WorkflowRun | undefined>;
  /** The recipe that waits for the end of another workflow's run, of which GitHub keeps the artifacts by now. */
  readonly ended: (
    recipe: string,
    run: WorkflowRun,
    more?: Partial<WorkflowRunVariant>,
  ) => Promise<WorkflowRun | undefined>;
  readonly schedule: (recipe: string, cron: string) => Promise<WorkflowRun | undefined>;
  readonly dispatch: (recipe: string, inputs: Record<string, unknown>) => Promise<WorkflowRun | undefined>;
};

let number = 20;

/** Opens a site with a pull request of its own. `use` gets it, and it is closed whatever happens. */
export async function withSite<T>(options: ShopOptions, use: (site: ExampleSite) => Promise<T>): Promise<T> {
  number += 1;
  const server = await startTeamServer();
  const base = { ...BASE_MIGRATIONS, ...PROGRAMS, ...options.base };
  const shop = await startShop({ ...options, base, pull: { number, ...options.pull } });
  await shop.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  // GitHub has the commit; the shop has written no policy.
  shop.github.repository.files[shop.baseSha] = {};
  const secrets = {
    PULLGRES_SERVER_URL: server.url,
    PRODUCTION_READ_URL: server.url,
    PULLGRES_MASK_KEY: randomBytes(32).toString('base64url'),
  };
  try {
    return await use(siteOf({ shop, secrets, runs: new Map() }, server));
  } finally {
    await shop.close();
  }
}

function siteOf(site: Site, server: TeamServer): ExampleSite {
  const { shop } = site;
  let commit: Commit = { headSha: shop.baseSha, mergeSha: shop.baseSha };
  const play: ExampleSite['play'] = async (recipe, occurrence) => {
    const run = await runWorkflow(readFileSync(join(root, 'examples', recipe), 'utf8'), site, occurrence);
    assert.deepEqual(run?.problems ?? [], [], run?.log);
    return run;
  };
  const onMain = (event: GitHubEvent) => ({ event, sha: shop.baseSha });
  return {
    ...site,
    server,
    play,
    async push(files) {
      commit = await shop.push(files);
      return commit;
    },
    comment: (key = 'default') => {
      const own = shop.github.repository.comments.filter(
        ({ issue, body }) => issue === shop.pull.number && body.split('\n')[0]?.includes(`key=${key} `),
      );
      assert.ok(own.length <= 1, `${own.length} comments of the key ${key}`);
      return own[0]?.body ?? '';
    },
    pull: (recipe, action, { event = 'pull_request', again } = {}) => {
      const closed = action === 'closed';
      Object.assign(shop.pull, {
        headSha: commit.headSha,
        ...(closed ? { state: 'closed', merged: true } : {}),
      });
      const payload = pullRequestEvent({ ...shop.pull, action });
      const sha = event === 'pull_request' ? commit.mergeSha : shop.baseSha;
      return play(recipe, { event: { name: event, payload }, sha, ...(again ? { again } : {}) });
    },
    mergeGroup: (recipe) => {
      const payload = mergeGroupEvent({ headSha: commit.mergeSha });
      const merge_group = { ...payload.merge_group, base_sha: shop.baseSha };
      return play(recipe, {
        event: { name: 'merge_group', payload: { ...payload, merge_group } },
        sha: commit.mergeSha,
      });
    },
    ended: (recipe, run, more = {}) => {
      for (const [name, files] of run.artifacts) {
        const archive = zipOf([...files].map(([path, content]) => ({ name: path, content })));
        shop.github.artifact({ runId: Number(run.id), name, archive });
      }
      const { headRef: headBranch, headRepository, headSha } = shop.pull;
      const { conclusion } = run;
      const payload = workflowRunEvent({
        ...{ id: Number(run.id), conclusion, headSha, headBranch, headRepository },
        ...more,
      });
      return play(recipe, onMain({ name: 'workflow_run', payload }));
    },
    schedule: (recipe, cron) => play(recipe, onMain({ name: 'schedule', payload: { schedule: cron } })),
    dispatch: (recipe, inputs) =>
      play(recipe, onMain({ name: 'workflow_dispatch', payload: workflowDispatchEvent(inputs) })),
  };
}

/** The only run of a job. Fails when there is none or several. */
export function jobOf(run: WorkflowRun | undefined, name: string): JobRun {
  const jobs = run?.jobs[name] ?? [];
  assert.equal(jobs.length, 1, `${jobs.length} runs of the job ${name}`);
  return jobs[0] as JobRun;
}

/** Results by job, legs of a matrix together. */
export function resultsOf(run: WorkflowRun | undefined): Readonly<Record<string, string>> {
  assert.ok(run, 'the event did not start the recipe');
  return Object.fromEntries(
    Object.entries(run.jobs).map(([name, legs]) => [name, legs.map(({ result }) => result).join(' ')]),
  );
}
