import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parseJunit } from '../../src/testing/junit.ts';
import { officialSarif } from '../support/official-sarif.ts';
import { type Commit, type Files, type Shop, startShop } from '../support/shop-job.ts';
import { type Inputs, type ShopSteps, withJob } from '../support/shop-steps.ts';

const PATH = 'migrations/0003_keys.sql';
const FOREIGN_KEY =
  'alter table orders\n  add constraint orders_shop_fk foreign key (shop_id) references shops (id);\n';
const CHECK = 'alter table orders add constraint orders_note_check check (length(note) < 900);\n';
/** GitHub calls of one run, whatever is switched on. */
const MOST_CALLS = 10;
/** A check and suggestions beside the comment, and the comment's own looks before and after it is rewritten. */
const MOST_CALLS_WITH_ALL = 11;

const BASE: Files = {
  'migrations/0001_orders.sql':
    'create table shops (id bigint primary key);\ncreate table orders (id bigint primary key, shop_id bigint, note text);\n',
};

let shop: Shop;
before(async () => {
  shop = await startShop({ base: BASE });
});
after(() => shop.close());

const isSarif = officialSarif();
type Sarif = { runs: [{ results: { ruleId: string }[]; automationDetails: { id: string } }] };

/** The pull request with this one file as GitHub lists it. */
async function push(text: string): Promise<Commit> {
  const commit = await shop.push({ [PATH]: text });
  const bytes = Buffer.from(text);
  const lines = text.trimEnd().split('\n');
  const file = {
    path: PATH,
    status: 'added',
    blob: createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
    patch: [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join('\n'),
  };
  Object.assign(shop.pull, { headSha: commit.headSha, files: [file] });
  return commit;
}

let runs = 7_000_000_001;
beforeEach(() => {
  runs += 1;
});

async function inJob<T>(commit: Commit, use: (job: ShopSteps) => Promise<T>): Promise<T> {
  const options = { event: 'synchronize', sha: commit.mergeSha, run: { id: String(runs++) } };
  return withJob(shop, options, use);
}

const allowed = (more: Readonly<Record<string, 'write'>>) =>
  shop.github.token({ contents: 'read', 'pull-requests': 'write', ...more });

/** One step of the root action; gives what it called. */
async function judged(commit: Commit, inputs: Inputs) {
  const from = shop.github.calls().length;
  return inJob(commit, async (job) => {
    const step = await job.step('pullgres', inputs);
    const sarif = step.outputs['sarif-path'] ?? '';
    const junit = step.outputs['rehearsal-junit-path'] ?? '';
    assert.equal(sarif, join(job.temporary, 'pullgres', 'pullgres.sarif'), step.log);
    return {
      step,
      calls: shop.github.calls().slice(from),
      sarif: JSON.parse(await readFile(sarif, 'utf8')) as Sarif,
      junit: parseJunit(await readFile(junit), junit).cases,
    };
  });
}

describe('the root action with everything on', () => {
  const everything = (): Inputs => ({
    comment: 'always',
    status: 'check',
    suggestions: 'true',
    'github-token': allowed({ checks: 'write' }),
  });
  let first: Commit;

  test('a first run: comment, check and suggestion, files for other tools, few calls', async () => {
    first = await push(FOREIGN_KEY);
    const { step, calls, sarif, junit } = await judged(first, everything());
    assert.deepEqual([step.exitCode, step.outputs.verdict], [1, 'fail'], step.log);
    assert.ok(calls.length <= MOST_CALLS, calls.join(', '));

    const [check] = [...shop.github.state.checkRuns.values()];
    assert.deepEqual(
      [check?.fields.head_sha, check?.fields.name, check?.fields.conclusion],
      [first.headSha, 'Pullgres verdict', 'failure'],
    );
    assert.ok((check?.annotations.length ?? 0) > 0);

    const [suggestion] = shop.github.repository.lineComments;
    assert.deepEqual([suggestion?.path, suggestion?.startLine, suggestion?.line], [PATH, undefined, 2]);
    assert.match(
      suggestion?.body ?? '',
      /```suggestion\n {2}add constraint orders_shop_fk .* references shops \(id\) NOT VALID;\n```/,
    );

    const log: unknown = sarif;
    assert.ok(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3)));
    const rules = sarif.runs[0].results.map(({ ruleId }) => ruleId);
    assert.ok(rules.includes('add-fk-validating'), rules.join());
    assert.equal(sarif.runs[0].automationDetails.id, 'pullgres/default/');
    assert.deepEqual(
      junit.map(({ name, status, file, line }) => [name, status, file, line]),
      [
        [
          `${PATH} › alter table orders add constraint orders_shop_fk foreign key (shop_id) references shops (id)`,
          'failed',
          PATH,
          1,
        ],
      ],
    );
  });

  test('the same again: no second suggestion, no second check, nothing rewritten but what must', async () => {
    const before = shop.github.repository.lineComments.length;
    const { calls } = await judged(first, everything());
    assert.ok(calls.length <= MOST_CALLS, calls.join(', '));
    assert.equal(shop.github.repository.lineComments.length, before);
    assert.equal(shop.github.repository.reviews.length, 1);
    assert.equal(shop.github.state.checkRuns.size, 1);
  });

  test('a later push: only what is new is suggested, in one review', async () => {
    const commit = await push(`${FOREIGN_KEY}${CHECK}`);
    const { step, calls } = await judged(commit, everything());
    assert.equal(step.outputs.verdict, 'fail', step.log);
    assert.ok(calls.length <= MOST_CALLS_WITH_ALL, calls.join(', '));
    const asked = calls.filter((call) => !/^checks|review|list-files/.test(call));
    assert.ok(asked.length <= MOST_CALLS - 3, `a run with the comment alone: ${asked.join(', ')}`);
    const added = shop.github.repository.lineComments.slice(1);
    assert.deepEqual(
      added.map(({ line, sha }) => [line, sha]),
      [[3, commit.headSha]],
    );
    assert.equal(shop.github.state.checkRuns.size, 2, 'one of each commit');
  });
});

describe('a status', () => {
  test('stands on the pull request’s head and follows the key', async () => {
    const commit = await push('create table labels (id int primary key, name text not null);\n');
    const inputs = {
      status: 'status',
      'comment-key': 'orders',
      'github-token': allowed({ statuses: 'write' }),
    };
    const { step } = await judged(commit, inputs);
    assert.equal(step.exitCode, 0, step.log);
    const [status] = shop.github.repository.statuses;
    assert.deepEqual(
      [status?.sha, status?.context, status?.state],
      [commit.headSha, 'pullgres/orders', 'success'],
    );
    assert.match(status?.description ?? '', /^Ready to merge: /);
    assert.match(status?.targetUrl ?? '', /\/actions\/runs\/\d+\/attempts\/1$/);
  });

  test('a token that may not write it leaves the verdict and one warning with the permission', async () => {
    const commit = await push('create table labels (id int primary key, name text not null);\n');
    const { step } = await judged(commit, { status: 'status' });
    assert.deepEqual([step.exitCode, step.outputs.verdict], [0, 'pass'], step.log);
    const warnings = step.annotations.filter(({ message }) => /statuses: write/.test(message));
    assert.deepEqual(
      warnings.map(({ level }) => level),
      ['warning'],
      step.log,
    );
    assert.match(warnings[0]?.message ?? '', /^The status could not be written\..*The verdict stands\.$/);
  });
});
