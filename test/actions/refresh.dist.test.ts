import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { refreshSchema } from '../../src/evidence/refresh-schema.ts';
import { publicKeyText, signingKey } from '../../src/masking/signing-key.ts';
import { Secret } from '../../src/secret.ts';
import { createJob } from '../support/runner-harness.ts';
import { rowsOf, startTeamServer, type TeamServer } from '../support/team-server.ts';

const MASK_KEY = randomBytes(32).toString('base64url');
const PUBLIC_KEY = publicKeyText(signingKey({ given: undefined, master: new Secret(MASK_KEY) }));
const POLICY = `masking:\n  public-keys:\n    - ${PUBLIC_KEY}\n`;
const SCHEDULE = { name: 'schedule', payload: { schedule: '23 2 * * *' } };

let server: TeamServer;
let source: string;

before(async () => {
  server = await startTeamServer();
  await rowsOf(server.admin, 'CREATE DATABASE production');
  const inside = { ...server.admin, database: 'production' };
  await rowsOf(inside, 'CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL)');
  await rowsOf(inside, "INSERT INTO users (email) VALUES ('brunhilde.quastenflosser@realmail.de')");
  const url = new URL(server.url);
  url.pathname = '/production';
  source = url.href;
});

type Options = {
  readonly event?: { readonly name: string; readonly payload: object };
  readonly profile?: string;
  readonly with?: Record<string, string>;
  readonly environment?: Record<string, string>;
};

async function run({ event = SCHEDULE, profile, environment = {}, ...options }: Options) {
  const job = createJob({
    event,
    environment: { GITHUB_REF: 'refs/heads/main', ...environment },
    secrets: [server.password, server.url, source, MASK_KEY],
  });
  try {
    await mkdir(join(job.workspace, '.github'), { recursive: true });
    await writeFile(join(job.workspace, '.github/pullgres.yml'), POLICY);
    if (profile !== undefined) await writeFile(join(job.workspace, '.github/masking.yml'), profile);
    const step = await job.step({
      action: resolve(import.meta.dirname, '../../actions/refresh'),
      with: {
        name: 'shop',
        'source-url': source,
        'server-url': server.url,
        'mask-key': MASK_KEY,
        ...options.with,
      },
    });
    const path = step.outputs['evidence-path'];
    const text = path === undefined ? undefined : await readFile(path, 'utf8');
    const slow = /^The step (?:did not end by itself: |took )\d+ ms/;
    const problems = step.problems.filter((problem) => !slow.test(problem));
    assert.deepEqual(problems, [], step.rawLog);
    for (const secret of [server.password, MASK_KEY, 'quastenflosser']) {
      assert.ok(!`${text}${step.summary}${step.log}`.includes(secret), 'a secret or a value is told');
    }
    return { ...step, record: text === undefined ? undefined : refreshSchema.parse(JSON.parse(text)) };
  } finally {
    await job.finish();
  }
}

test('a profile that does not know a column is refused with the line to write, and nothing is published', async () => {
  const { exitCode, record, summary, outputs } = await run({ profile: 'version: 1\ntables: {}\n' });
  assert.equal(exitCode, 1);
  assert.equal(record?.status, 'refused');
  assert.equal(outputs.status, 'refused');
  assert.equal(outputs.baseline, '');
  const [check] = record?.checks ?? [];
  assert.equal(check?.status, 'failed');
  assert.match(JSON.stringify(check), /users.*email/);
  assert.match(summary, /Nothing was published for shop/);
  const databases = await rowsOf(
    server.admin,
    "SELECT datname FROM pg_database WHERE datname LIKE 'pullgres%'",
  );
  assert.deepEqual(databases, []);
});

test('a missing profile, a short key and two sources fail before anything is asked', async () => {
  const cases: readonly [Options, RegExp][] = [
    [{}, /masking profile .*masking\.yml could not be read/],
    [{ profile: 'version: 1\n', with: { 'source-dump': 'x.dump' } }, /More than one source/],
    [{ profile: 'version: 1\n', with: { 'source-url': '' } }, /No source is named/],
    [{ profile: 'tables: 7\n' }, /tables/],
  ];
  for (const [options, says] of cases) {
    const { exitCode, rawLog } = await run(options);
    assert.equal(exitCode, 1);
    assert.match(rawLog, says);
  }
});

test('a pull request, and a run by hand on another branch, choose no masks', async () => {
  const repository = {
    id: 1,
    name: 'shop',
    full_name: 'o/shop',
    default_branch: 'main',
    owner: { login: 'o' },
  };
  const manual = { name: 'workflow_dispatch', payload: { repository, ref: 'refs/heads/evil', inputs: {} } };
  const cases: readonly Options[] = [
    { event: { name: 'pull_request', payload: { repository } } },
    { event: { name: 'push', payload: { repository } } },
    { event: manual, environment: { GITHUB_REF: 'refs/heads/evil' } },
    { event: { name: 'workflow_dispatch', payload: {} } },
  ];
  for (const options of cases) {
    const { exitCode, rawLog, record } = await run({
      ...options,
      profile: 'version: 1\ntables: {"*": empty}\n',
    });
    assert.equal(exitCode, 1);
    assert.equal(record, undefined);
    assert.match(rawLog, /does not run on|default branch alone/);
  }
});
