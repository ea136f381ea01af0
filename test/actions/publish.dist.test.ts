/** Both halves of the pair for forks: the run without rights that measures, and the one with rights that says it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import { FORK, SHOP, type WorkflowRunVariant, workflowRunEvent } from '../support/events.ts';
import type { ArtifactSpec } from '../support/fake-github-artifacts.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { checkMarkdown } from '../support/markdown-check.ts';
import { type Commit, GOOD_MIGRATION, type Shop, type ShopRun, startShop } from '../support/shop-job.ts';
import { zipOf } from '../support/zips.ts';

const RUN = 7_000_000_001;
const UNSAFE = { 'migrations/0003_index.sql': 'create index orders_note on orders (note);\n' };
const RIGHTS = { actions: 'read', contents: 'read', 'pull-requests': 'write' } as const;
const POLICY = '.github/pullgres.yml';

let shop: Shop;
before(async () => {
  shop = await startShop({ pull: { author: 'marlow', headRepository: FORK } });
  shop.github.repository.files[shop.baseSha] = { [POLICY]: 'version: 1\n' };
});
after(() => shop.close());

/** The first half: the root action on the fork's pull request, with a token that may only read. */
async function measure(): Promise<ShopRun> {
  const token = shop.github.token({ contents: 'read', 'pull-requests': 'read' });
  return shop.run({ token, with: { comment: 'never' } });
}

/** The second half: `workflow_run` on the default branch, without a checkout of the pull request. */
async function publish(
  event: WorkflowRunVariant = {},
  inputs: Record<string, string> = {},
  rights: object = RIGHTS,
) {
  const payload = workflowRunEvent({ headSha: shop.pull.headSha, ...event });
  return shop.run({
    action: 'publish',
    event: { name: 'workflow_run', payload },
    sha: shop.baseSha,
    token: shop.github.token(rights),
    with: inputs,
  });
}

function upload(evidence: unknown, changes: Partial<ArtifactSpec> = {}): void {
  const content = typeof evidence === 'string' ? evidence : JSON.stringify(evidence);
  shop.github.artifact({ runId: RUN, archive: zipOf([{ content }]), ...changes });
}

const comments = () => shop.github.repository.comments.map(({ issue, body }) => ({ issue, body }));
const clear = () => {
  shop.github.repository.comments = [];
  shop.github.repository.artifacts = [];
};

describe('the pair for forks', () => {
  beforeEach(clear);

  test('a good change: measured without rights, said with them', async () => {
    await shop.push(GOOD_MIGRATION);
    const first = await measure();
    assert.equal(first.exitCode, 0, first.log);
    assert.deepEqual(comments(), []);
    upload(first.evidence);
    shop.github.requests.length = 0;
    const second = await publish();
    assert.equal(second.exitCode, 0, second.log);
    assert.deepEqual([second.outputs.verdict, second.outputs['pull-request']], ['pass', '7']);
    const [comment] = comments();
    assert.match(
      comment?.body ?? '',
      new RegExp(`^<!-- pullgres key=default v=1 sha=${shop.pull.headSha} run=${RUN} attempt=1 `),
    );
    assert.match(comment?.body ?? '', /Ready to merge: 1 new migration applied/);
    assert.match(
      comment?.body ?? '',
      /Measured in the pull request's own \[run 7000000001\]\(https:\/\/github\.com\/tidewater\/shop\/actions\/runs\/7000000001\/attempts\/1\)/,
    );
    assert.ok(shop.github.calls().length <= 10, shop.github.calls().join('\n'));
    const again = await publish();
    assert.match(again.log, /Comment unchanged/);
    assert.equal(comments().length, 1);
  });

  test('a bad change: the evidence is there though the run is red, and the comment says why', async () => {
    await shop.push(UNSAFE);
    const first = await measure();
    assert.equal(first.exitCode, 1, first.log);
    assert.equal(first.outputs['evidence-path']?.endsWith('/evidence.json'), true);
    assert.equal(first.evidence?.lint?.status, 'failed');
    upload(first.evidence);
    const second = await publish({ conclusion: 'failure' });
    assert.deepEqual([second.exitCode, second.outputs.verdict], [0, 'fail'], second.log);
    assert.match(comments()[0]?.body ?? '', /Do not merge yet: 1 finding must be resolved/);
  });

  test('a pass that is claimed, and a policy of its own, count for nothing: the base branch’s policy judges anew', async () => {
    await shop.push(UNSAFE);
    const { evidence } = await measure();
    const lenient = { required: [], failOn: 'never', source: 'file', path: POLICY, editedHere: true };
    upload({ ...evidence, policy: lenient, verdict: { conclusion: 'pass', reasons: ['All is well.'] } });
    assert.equal((await publish({ conclusion: 'failure' })).outputs.verdict, 'fail');
  });

  test('what the base branch’s policy requires is missed, and the result may ask for more', async () => {
    await shop.push(GOOD_MIGRATION);
    const { evidence } = await measure();
    const verdictUnder = async (policy: string, required: readonly string[]) => {
      clear();
      shop.github.repository.files[shop.baseSha] = { [POLICY]: policy };
      upload({ ...evidence, policy: { ...evidence?.policy, required } });
      return (await publish()).outputs.verdict;
    };
    assert.equal(await verdictUnder('version: 1\nrequired: [lint, rehearsal, tests]\n', []), 'unproven');
    assert.match(comments()[0]?.body ?? '', /The tests left no record/);
    assert.equal(await verdictUnder('version: 1\n', ['tests']), 'unproven');
    assert.equal(await verdictUnder('version: 1\n', []), 'pass');
  });

  test('a waiver that the base branch’s policy does not hold is not shown as one', async () => {
    await shop.push(UNSAFE);
    const { evidence } = await measure();
    const [finding] = evidence?.lint?.findings ?? [];
    const accepted = [{ finding, reason: 'Small.', owner: 'robin', until: '2999-01-01', source: 'policy' }];
    const rehearsal = { ...evidence?.rehearsal, findings: [] };
    upload({ ...evidence, rehearsal, lint: { ...evidence?.lint, status: 'passed', findings: [], accepted } });
    assert.equal((await publish()).outputs.verdict, 'warn');
    assert.match(comments()[0]?.body ?? '', /the migration itself accepts the risk of create-index-blocking/);
  });
});

describe('what the run left is held against how it ended', () => {
  let evidence: Evidence;
  before(async () => {
    await shop.push(GOOD_MIGRATION);
    evidence = (await measure()).evidence as Evidence;
  });
  beforeEach(clear);

  for (const conclusion of ['failure', 'cancelled', 'timed_out', null]) {
    test(`a record that says pass of a run that ended with ${conclusion} is not green`, async () => {
      upload(evidence);
      const { exitCode, outputs } = await publish({ conclusion });
      assert.deepEqual([exitCode, outputs.verdict], [0, 'unproven']);
      assert.match(comments()[0]?.body ?? '', /Not proved[\s\S]*one of them is wrong/);
    });
  }

  test('a record that says fail of a run that succeeded stays red and says so', async () => {
    upload({ ...evidence, lint: { ...evidence.lint, status: 'failed' } });
    const { outputs } = await publish();
    assert.equal(outputs.verdict, 'fail');
    assert.match(comments()[0]?.body ?? '', /required check is not to be relied on/);
  });

  test('no result: nothing after a success, a word after a failure, and a comment that is there is not left green', async () => {
    assert.match((await publish()).log, /none is due/);
    assert.deepEqual(comments(), []);
    const failed = await publish({ conclusion: 'failure' });
    assert.equal(failed.outputs.verdict, 'unproven');
    assert.match(
      comments()[0]?.body ?? '',
      /the run left no result[\s\S]*The run failed and left no artifact `pullgres`/,
    );
    clear();
    upload(evidence);
    await publish();
    assert.match(comments()[0]?.body ?? '', /Ready to merge/);
    shop.github.repository.artifacts = [];
    await publish({ id: RUN + 1 });
    assert.match(comments()[0]?.body ?? '', /Not proved: the run left no result/);
    assert.equal(comments().length, 1);
  });

  test('an older attempt or run never overwrites a newer one', async () => {
    const run = { workflowId: 1, headSha: shop.pull.headSha, attempt: 2, conclusion: 'success' };
    shop.github.repository.runs = [
      { ...run, id: RUN },
      { ...run, id: RUN - 1 },
    ];
    upload(evidence);
    await publish({ attempt: 2 });
    const [newer] = comments();
    assert.match(
      (await publish({ attempt: 1, conclusion: 'failure' })).log,
      /Comment skipped: The later run/,
    );
    upload({ ...evidence, run: { ...evidence.run, id: String(RUN - 1) } }, { runId: RUN - 1 });
    assert.match(
      (await publish({ id: RUN - 1, conclusion: 'failure' })).log,
      /Comment skipped: The later run/,
    );
    assert.deepEqual(comments(), [newer]);
  });

  test('of several artifacts of the name the newest counts, whatever the order of the list', async () => {
    upload({ ...evidence, tests: { status: 'failed', failures: [] } }, { createdAt: '2026-01-15T10:00:00Z' });
    upload(evidence, { createdAt: '2026-01-15T09:00:00Z' });
    upload(evidence, { createdAt: '2026-01-15T11:00:00Z', expired: true });
    upload(evidence, { createdAt: '2026-01-15T12:00:00Z', name: 'other' });
    assert.equal((await publish({ conclusion: 'failure' })).outputs.verdict, 'fail');
  });

  test('a head that has moved on, a closed pull request and other events are left alone', async () => {
    upload(evidence);
    assert.match((await publish({ headSha: 'a'.repeat(40) })).log, /has moved on from aaaaaaa/);
    assert.match((await publish({ headBranch: 'nobodys' })).log, /No pull request comes from the branch/);
    assert.match((await publish({ headRepository: SHOP })).log, /No pull request comes from the branch/);
    assert.match((await publish({ headRepository: null })).log, /fork or the branch .* is gone/);
    assert.match((await publish({ event: 'merge_group' })).log, /not started by a pull request/);
    shop.github.repository.artifacts = [];
    Object.assign(shop.pull, { state: 'closed' });
    assert.match((await publish({ conclusion: 'failure' })).log, /its pull request is closed/);
    Object.assign(shop.pull, { state: 'open' });
    assert.deepEqual(comments(), []);
  });

  test('is red only when it could not do its work, and names the permission', async () => {
    upload(evidence);
    const table: readonly [object, RegExp][] = [
      [{ ...RIGHTS, actions: 'none' }, /permissions: \{ actions: read \}/],
      [{ ...RIGHTS, contents: 'none' }, /permissions: \{ contents: read \}/],
      [{ ...RIGHTS, 'pull-requests': 'none' }, /permissions: \{ pull-requests: read \}/],
      [{ ...RIGHTS, 'pull-requests': 'read' }, /permissions: \{ pull-requests: write \}/],
    ];
    for (const [rights, says] of table) {
      const { exitCode, log } = await publish({}, {}, rights);
      assert.equal(exitCode, 1, log);
      assert.match(log, says);
    }
    const early = await publish({ action: 'requested' });
    assert.deepEqual([early.exitCode, /has ended, not before/.test(early.log)], [1, true], early.log);
    const foreign = await publish({ repository: FORK });
    assert.deepEqual([foreign.exitCode, /of another repository/.test(foreign.log)], [1, true], foreign.log);
    assert.deepEqual(comments(), []);
  });

  test('a storage that fails once is asked again; one that stays away is an error that hides its address', async () => {
    upload(evidence);
    shop.github.fault({ path: /^\/storage/, answer: { status: 503, body: {} } });
    assert.equal((await publish()).outputs.verdict, 'pass');
    shop.github.fault({ path: /^\/storage/, answer: 'drop', times: 3 });
    const { exitCode, log } = await publish({ attempt: 2 });
    assert.equal(exitCode, 1);
    assert.match(log, /storage gave no answer/);
    assert.doesNotMatch(log, /signature/);
  });
});

describe('a forged result changes nothing but its own comment’s refusal', () => {
  let evidence: Evidence;
  let commit: Commit;
  before(async () => {
    commit = await shop.push(GOOD_MIGRATION);
    evidence = (await measure()).evidence as Evidence;
    const other = {
      ...shop.pull,
      number: 9,
      headRef: 'theirs',
      headSha: 'b'.repeat(40),
      headRepository: SHOP,
    };
    shop.github.repository.pulls.set(9, other);
  });
  beforeEach(clear);
  after(clear);

  const zip = (content: string, name?: string) => zipOf([{ content, ...(name ? { name } : {}) }]);
  const changed = (changes: object) => zip(JSON.stringify({ ...evidence, ...changes }));
  const marker = (key: string) =>
    `<!-- pullgres key=${key} v=1 sha=${'b'.repeat(40)} run=9 attempt=1 digest=${'0'.repeat(64)} -->`;
  const about = (changes: object) => changed({ subject: { ...evidence.subject, ...changes } });

  /** Each with what the refusal says, in our own words. */
  const forged: readonly [string, () => Uint8Array, RegExp][] = [
    ['another pull request’s number', () => about({ pullRequest: 9 }), /another pull request/],
    ['no number', () => about({ pullRequest: undefined }), /another pull request/],
    ['another repository', () => about({ repositoryId: 1 }), /another repository/],
    ['another commit', () => about({ headSha: 'b'.repeat(40) }), /another commit/],
    ['a push', () => about({ kind: 'push' }), /not about a pull request/],
    ['a later run', () => changed({ run: { ...evidence.run, id: '9999999999' } }), /another run/],
    ['a later attempt', () => changed({ run: { ...evidence.run, attempt: 99 } }), /another run/],
    ['a marker for another comment', () => changed({ key: 'other' }), /not a record/],
    ['an unknown key', () => changed({ '\n::error::x': 1 }), /not a record/],
    ['an unknown version', () => changed({ version: 2 }), /not a record/],
    [
      'prototype keys',
      () => zip(JSON.stringify(evidence).replace('{', '{"__proto__":{"verdict":1},')),
      /not a record/,
    ],
    ['a constructor', () => changed({ constructor: { prototype: { verdict: 1 } } }), /not a record/],
    ['truncated JSON', () => zip(JSON.stringify(evidence).slice(0, -9)), /not a record/],
    ['an empty file', () => zip(''), /not a record/],
    ['deep JSON', () => zip('['.repeat(3_000_000)), /not a record/],
    ['deep JSON that ends', () => zip(`${'['.repeat(900_000)}${']'.repeat(900_000)}`), /not a record/],
    [
      'a text of 1 MiB',
      () => changed({ tool: { name: 'pullgres', version: 'x'.repeat(1_048_576) } }),
      /not a record/,
    ],
    [
      'a million wrong findings',
      () => changed({ lint: { ...evidence.lint, findings: Array(1e6).fill(0) } }),
      /not a record/,
    ],
    ['17 MiB', () => zip(' '.repeat(17 * 1_048_576)), /file in the artifact is larger than 16 MiB/],
    ['a lying size', () => zipOf([{ content: JSON.stringify(evidence), size: 12 }]), /another size/],
    [
      'many entries',
      () => zipOf(Array.from({ length: 500 }, (_, index) => ({ name: `${index}`, content: '' }))),
      /exactly one/,
    ],
    ['two records', () => zipOf([{ content: '{}' }, { content: '{}' }]), /exactly one/],
    ['another name', () => zip(JSON.stringify(evidence), 'result.json'), /another file/],
    ['a path', () => zip(JSON.stringify(evidence), '../../evidence.json'), /another file/],
    ['an encrypted entry', () => zipOf([{ content: '{}', flags: 1 }]), /encrypted/],
    ['no zip', () => Buffer.from(JSON.stringify(evidence)), /not a zip archive/],
    ['an empty artifact', () => Buffer.alloc(0), /not a zip archive/],
    ['broken UTF-8', () => zipOf([{ content: Buffer.from([0xed, 0xa0, 0xbd]) }]), /not UTF-8/],
  ];
  for (const [what, archive, says] of forged) {
    test(what, async () => {
      const bystander = shop.github.comment({
        issue: 9,
        author: 'github-actions[bot]',
        body: `${marker('default')}\nTheirs`,
      });
      const own = shop.github.comment({
        issue: 7,
        author: 'github-actions[bot]',
        body: `${marker('other')}\nAnother key`,
      });
      shop.github.artifact({ runId: RUN, archive: archive() });
      const { exitCode, log, outputs, comment } = await publish();
      assert.deepEqual([exitCode, outputs.verdict, outputs['pull-request']], [0, 'unproven', '7'], log);
      assert.deepEqual(
        comments()
          .slice(0, 2)
          .map(({ body }) => body),
        [bystander.body, own.body],
      );
      assert.equal(comments().length, 3);
      assert.match(
        comment,
        new RegExp(`^<!-- pullgres key=default v=1 sha=${commit.headSha} run=${RUN} attempt=1 `),
      );
      assert.match(comment, /the result of the run was refused/);
      assert.match(comment, says);
      checkMarkdown(comment.slice(comment.indexOf('\n') + 1));
    });
  }

  test('an artifact that is larger than it may be is not even asked for', async () => {
    upload(evidence, { size: 16 * 1_048_576 + 1 });
    assert.match((await publish()).comment, /larger than 16 MiB/);
    assert.ok(!shop.github.calls().slice(-8).includes('actions/download-artifact'));
  });

  test('two pull requests of one head: a result goes to its own, a refusal to both, as it may be either’s', async () => {
    const twin = { ...shop.pull, number: 10, baseRef: 'release', headSha: commit.headSha };
    shop.github.repository.pulls.set(10, twin);
    upload({ ...evidence, subject: { ...evidence.subject, pullRequest: 10 } });
    const told = await publish({ headSha: commit.headSha });
    assert.deepEqual([told.outputs.verdict, told.outputs['pull-request']], ['pass', '10'], told.log);
    assert.deepEqual(
      comments().map(({ issue }) => issue),
      [10],
    );
    clear();
    upload('{}');
    await publish({ headSha: commit.headSha });
    assert.deepEqual(
      comments().map(({ issue }) => issue),
      [10, 7],
    );
    shop.github.repository.pulls.delete(10);
  });

  test('what is wrong with a record is told to the debug log alone, and cannot speak to the runner there', async () => {
    upload({ ...evidence, '\n::error::x\u001b[31m': 1 });
    const { rawLog, annotations } = await shop.run({
      action: 'publish',
      event: { name: 'workflow_run', payload: workflowRunEvent({ headSha: commit.headSha }) },
      sha: shop.baseSha,
      token: shop.github.token(RIGHTS),
      debug: true,
    });
    assert.match(rawLog, /^::debug::The record is refused/m);
    assert.doesNotMatch(rawLog, /::error::/);
    assert.deepEqual(annotations, []);
  });

  test('a removed branch that is claimed on an open pull request hides nothing', async () => {
    const { lint: _lint, rehearsal: _rehearsal, tests: _tests, ...bare } = evidence;
    const teardown = { branch: 'x', removed: true, at: '2026-01-15T10:00:00Z' };
    upload({ ...bare, teardown });
    assert.equal((await publish({ headSha: commit.headSha })).outputs.verdict, 'unproven');
    clear();
    Object.assign(shop.pull, { state: 'closed' });
    upload({ ...bare, teardown });
    assert.match((await publish({ headSha: commit.headSha })).log, /only removed a branch/);
    Object.assign(shop.pull, { state: 'open' });
    assert.deepEqual(comments(), []);
  });

  test('a storage that sends more than it said is cut off', async () => {
    upload(evidence, { size: 100, archive: Buffer.alloc(40 * 1_048_576, 1) });
    assert.match((await publish()).comment, /larger than 16 MiB/);
  });

  test('texts of every kind stay texts: no marker, mention, link or tag gets out', async () => {
    for (const seed of [1, 2, 3]) {
      clear();
      const { run, subject, policy } = evidence;
      const hostile = hostileEvidence(seed, 12);
      const said = {
        ...hostile,
        teardown: undefined,
        subject,
        policy: { ...policy, path: marker('default') },
        run: { ...hostile.run, id: run.id, attempt: 1 },
      };
      upload({ ...said, tool: { name: 'pullgres', version: `@octocat \ud83d ${marker('default')}` } });
      const { exitCode, log, comment } = await publish({ headSha: subject.headSha, conclusion: 'failure' });
      assert.equal(exitCode, 0, log);
      assert.match(comment, /Measured in the pull request's own/);
      assert.equal(comment.match(/<!--/g)?.length, 1);
      checkMarkdown(comment.slice(comment.indexOf('\n') + 1));
    }
  });
});
