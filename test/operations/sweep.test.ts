import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createMemoryProvider, memoryStore } from '../../src/branching/memory.ts';
import type { BranchIdentity, Provider } from '../../src/branching/provider.ts';
import { ProviderError } from '../../src/errors.ts';
import { type SweepRecord, sweepSchema } from '../../src/evidence/sweep-schema.ts';
import { createGitHub } from '../../src/github/client.ts';
import { isClean, type SweepOptions, sweep } from '../../src/operations/sweep.ts';
import type { SweepSetting } from '../../src/operations/sweep-survey.ts';
import { Secret } from '../../src/secret.ts';
import { pullSpec } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { secondaryLimit } from '../support/fake-github-refusals.ts';
import type { Fault } from '../support/fake-github-server.ts';
import { type QuietWorld, quietWorld } from '../support/quiet-world.ts';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

let github: FakeGitHub;
let provider: Provider;
let world: QuietWorld;

beforeEach(async () => {
  github = await startFakeGitHub();
  github.repository.pulls.clear();
  world = quietWorld();
  provider = createMemoryProvider({ now: () => new Date(), store: memoryStore() });
  await provider.ensureBaseline({ id: 'base', kind: 'schema', createdAt: at(-99) }, async () => {});
});
afterEach(async () => {
  await rm(world.temporary, { recursive: true, force: true });
  await github.close();
  assert.deepEqual(github.problems, []);
});

const identity = (number: number): BranchIdentity => ({
  repositoryId: github.repository.id,
  subject: { kind: 'pull-request', number },
});

async function branch(number: number, expiresAt = at(24)): Promise<void> {
  const birth = { baselineId: 'base', headSha: 'a'.repeat(40), baseRef: 'main' };
  await provider.create({ identity: identity(number), ...birth, expiresAt, author: 'robin' });
}

function pull(number: number, state: 'open' | 'closed'): void {
  github.repository.pulls.set(number, pullSpec({ number, state }));
}

function setting(): SweepSetting {
  const { owner, name, id } = github.repository;
  return {
    repository: { id, name: `${owner}/${name}` },
    run: { id: '900', attempt: 1, url: 'https://github.example/runs/900' },
    github: createGitHub({
      token: new Secret(github.token()),
      environment: github.environment,
      onNotice: () => {},
      limits: { secondMs: 1, retries: 1, timeoutMs: 2_000, waitSeconds: 5 },
    }),
  };
}

const always: SweepOptions = { apply: 'always', maximum: 50, comment: undefined };

async function swept(options: Partial<SweepOptions> = {}, of = setting(), by = provider) {
  const { record, evidencePath } = await sweep(world, of, by, { ...always, ...options });
  const written: unknown = JSON.parse(await readFile(evidencePath, 'utf8'));
  assert.deepEqual(sweepSchema.parse(written), JSON.parse(JSON.stringify(record)));
  return record;
}

const outcomes = ({ branches }: SweepRecord) =>
  Object.fromEntries(
    branches.map(({ subject, outcome }) => [subject.kind === 'pull-request' ? subject.number : '', outcome]),
  );
const left = async () => {
  const { branches } = await provider.list(github.repository.id);
  return branches.map(({ labels: { subject } }) => (subject.kind === 'pull-request' ? subject.number : 0));
};

describe('what a sweep does', () => {
  beforeEach(async () => {
    for (const number of [1, 2, 3, 4]) await branch(number, number === 3 ? at(-3) : at(24));
    pull(1, 'closed');
    pull(2, 'open');
    pull(3, 'open');
  });

  test('removes the closed and the expired, keeps the open, and does not know of the missing', async () => {
    const record = await swept();
    assert.deepEqual(outcomes(record), { 1: 'removed', 2: 'kept', 3: 'removed', 4: 'unknown' });
    assert.match(record.branches.find(({ name }) => name.endsWith('pr_4'))?.detail ?? '', /404/);
    assert.deepEqual(await left(), [2, 4]);
    assert.equal(isClean(record), true);
    assert.deepEqual(
      [record.totals.deleted, record.totals.kept, record.totals.unknown, record.totals.branches],
      [2, 1, 1, 4],
    );
    assert.deepEqual(record.totals.byAuthor, [{ author: 'robin', branches: 4, bytes: 0 }]);
  });

  test('tells what each branch has for itself, where the filesystem tells, as long as it is there', async () => {
    const measuring: Provider = {
      ...provider,
      usage: async (each) => {
        if (each.name.endsWith('_2')) throw new ProviderError('The branch is gone.');
        return { ...(await provider.usage(each)), divergedBytes: 4096 };
      },
    };
    const { branches, totals } = await swept({}, setting(), measuring);
    assert.deepEqual(
      branches.map(({ divergedBytes }) => divergedBytes),
      [4096, undefined, 4096, 4096],
    );
    assert.equal(totals.divergedBytes, 3 * 4096);
    assert.deepEqual(
      [...totals.byRepository, ...totals.byAuthor].map(({ divergedBytes }) => divergedBytes),
      [3 * 4096, 3 * 4096],
    );
  });

  test('calls GitHub once for its list and once for each removal', async () => {
    await swept();
    assert.deepEqual(github.calls(), ['pulls/list', 'pulls/get', 'pulls/get', 'pulls/get']);
  });

  test('again: nothing is left to do', async () => {
    await swept();
    const again = await swept();
    assert.deepEqual(outcomes(again), { 2: 'kept', 4: 'unknown' });
    assert.equal(again.totals.deleted, 0);
  });

  test('never: shows its plan, changes nothing, remembers nothing', async () => {
    const record = await swept({ apply: 'never' });
    assert.deepEqual(outcomes(record), { 1: 'planned', 2: 'kept', 3: 'planned', 4: 'planned' });
    assert.deepEqual(await left(), [1, 2, 3, 4]);
    assert.deepEqual(github.calls(), ['pulls/list']);
    assert.equal(await provider.lastSweep(github.repository.id), undefined);
  });

  test('auto: the first only shows its plan, the second applies it', async () => {
    const first = await swept({ apply: 'auto' });
    assert.equal(first.mode, 'plan');
    assert.match(first.modeReason, /first sweep/);
    assert.deepEqual(await left(), [1, 2, 3, 4]);
    const second = await swept({ apply: 'auto' });
    assert.equal(second.mode, 'apply');
    assert.deepEqual(await left(), [2, 4]);
  });

  test('auto: a first look at half of GitHub is none', async () => {
    github.fault({ times: 9, answer: { status: 500, body: { message: 'Server Error' } } });
    await swept({ apply: 'auto' });
    assert.equal((await swept({ apply: 'auto' })).mode, 'plan');
  });

  test('no more than the limit; the rest is said', async () => {
    const record = await swept({ maximum: 1 });
    assert.deepEqual(outcomes(record), { 1: 'removed', 2: 'kept', 3: 'postponed', 4: 'postponed' });
    assert.equal(record.totals.postponed, 2);
  });

  test('where GitHub is not asked only what its own label calls over goes', async () => {
    const record = await swept({}, { ...setting(), github: undefined });
    assert.deepEqual(outcomes(record), { 1: 'unknown', 2: 'unknown', 3: 'removed', 4: 'unknown' });
    assert.deepEqual(await left(), [1, 2, 4]);
    assert.match(record.branches[2]?.reason ?? '', /GitHub was not asked/);
    assert.deepEqual(github.calls(), []);
    assert.equal(record.survey.complete, false);
  });
});

describe('what changes between the plan and the removal', () => {
  test('a pull request that was reopened keeps its branch', async () => {
    await branch(1);
    pull(1, 'closed');
    const real = setting();
    const reopening: SweepSetting = {
      ...real,
      github: real.github && {
        ...real.github,
        pullRequest: (number) => {
          pull(number, 'open');
          return real.github?.pullRequest(number) ?? assert.fail();
        },
      },
    };
    const record = await swept({}, reopening);
    assert.deepEqual(outcomes(record), { 1: 'kept' });
    assert.match(record.branches[0]?.detail ?? '', /open again/);
    assert.deepEqual(await left(), [1]);
  });

  test('a branch that was renewed is kept', async () => {
    await branch(1, at(-3));
    pull(1, 'open');
    const renewing: Provider = {
      ...provider,
      remove: async (...parts) => {
        await branch(1, at(72));
        return provider.remove(...parts);
      },
    };
    const record = await swept({}, setting(), renewing);
    assert.deepEqual(outcomes(record), { 1: 'kept' });
    assert.match(record.branches[0]?.detail ?? '', /renewed since/);
    assert.deepEqual(await left(), [1]);
  });

  test('a branch that somebody else removed is gone', async () => {
    await branch(1);
    pull(1, 'closed');
    const late: Provider = {
      ...provider,
      remove: async (...parts) => {
        await provider.remove(parts[0]);
        return provider.remove(...parts);
      },
    };
    assert.deepEqual(outcomes(await swept({}, setting(), late)), { 1: 'gone' });
  });

  test('a removal that fails is told, makes the job red, and keeps no other', async () => {
    for (const number of [1, 2]) {
      await branch(number);
      pull(number, 'closed');
    }
    const failing: Provider = {
      ...provider,
      remove: async (...parts) => {
        const { subject } = parts[0];
        if (subject.kind === 'pull-request' && subject.number === 1)
          throw new ProviderError('The slot is in use.', { hint: 'Stop its reader.' });
        return provider.remove(...parts);
      },
    };
    const record = await swept({}, setting(), failing);
    assert.deepEqual(outcomes(record), { 1: 'failed', 2: 'removed' });
    assert.equal(record.branches[0]?.detail, 'The slot is in use. Stop its reader.');
    assert.equal(isClean(record), false);
  });

  test('a cancelled job stops, leaves its evidence and removes no more', async () => {
    for (const number of [1, 2]) {
      await branch(number);
      pull(number, 'closed');
    }
    const abort = new AbortController();
    world = quietWorld({ signal: abort.signal });
    const cancelling: Provider = {
      ...provider,
      remove: async (...parts) => {
        const removal = await provider.remove(...parts);
        abort.abort(new Error('SIGINT'));
        return removal;
      },
    };
    await assert.rejects(sweep(world, setting(), cancelling, always), /SIGINT/);
    assert.equal((await left()).length, 1);
    const text = await readFile(`${world.temporary}/sweep.json`, 'utf8');
    assert.deepEqual(Object.values(outcomes(sweepSchema.parse(JSON.parse(text)))).sort(), [
      'postponed',
      'removed',
    ]);
  });
});

const moods: readonly [string, Fault['answer']][] = [
  ['401', { status: 401, body: { message: 'Bad credentials' } }],
  ['403', { status: 403, body: { message: 'Resource not accessible by integration' } }],
  ['404', { status: 404, body: { message: 'Not Found' } }],
  ['409', { status: 409, body: { message: 'Conflict' } }],
  ['422', { status: 422, body: { message: 'Validation Failed' } }],
  ['a secondary limit', secondaryLimit(900)],
  ['429', secondaryLimit(900, 429)],
  ['500', { status: 500, body: { message: 'Server Error' } }],
  ['nothing, for too long', 'hang'],
  ['half a page', 'cut'],
  ['a login page', { status: 200, body: { welcome: 'log in' } }],
];

for (const [mood, answer] of moods) {
  describe(`GitHub answers ${mood}`, () => {
    beforeEach(async () => {
      await branch(1);
      await branch(3, at(-30));
      pull(1, 'closed');
      pull(3, 'open');
    });

    test('to its list: nothing goes, and the job is red', async () => {
      github.fault({ path: /\/pulls$/, times: 99, answer });
      const record = await swept();
      assert.deepEqual(outcomes(record), { 1: 'unknown', 3: 'unknown' });
      assert.deepEqual(await left(), [1, 3]);
      assert.match(record.branches[1]?.reason ?? '', /Its time was over at 2/);
      assert.equal(record.survey.problems.length, 1);
      assert.equal(world.warnings.length, 1);
      assert.equal(isClean(record), false);
    });

    test('before a removal: nothing goes', async () => {
      github.fault({ path: /\/pulls\/\d+$/, times: 99, answer });
      assert.deepEqual(outcomes(await swept()), { 1: 'unknown', 3: 'unknown' });
      assert.deepEqual(await left(), [1, 3]);
    });
  });
}

describe('what pull requests are told', () => {
  const told = (number: number) =>
    github.repository.comments.filter(({ issue }) => issue === number).map(({ body }) => body);

  test('an open one learns that a push makes a new branch, in the comment that it has', async () => {
    await branch(3, at(-30));
    pull(3, 'open');
    const real = setting();
    const report = { number: 3, key: 'default', body: 'The report.', sha: 'a'.repeat(40) };
    await real.github?.upsertComment({ ...report, run: { id: '700', attempt: 2 } });
    await swept({ comment: 'default' });
    const [body, ...more] = told(3);
    assert.deepEqual(more, []);
    assert.match(body ?? '', /run=700 attempt=2/);
    assert.match(
      body ?? '',
      /removed by the sweep on .* UTC\. Its time was over; push again to get a new one\./,
    );
    assert.match(body ?? '', /The report\.$/);
    await branch(3, at(-30));
    await swept({ comment: 'default' });
    assert.equal(told(3)[0]?.match(/removed by the sweep/g)?.length, 1);
    // The re-run of an old run is no older than the sweep's word.
    const { outcome } =
      (await real.github?.upsertComment({ ...report, run: { id: '700', attempt: 3 } })) ?? {};
    assert.equal(outcome, 'updated');
  });

  test('an open one without a comment gets one, a closed one does not', async () => {
    await branch(1);
    await branch(3, at(-30));
    pull(1, 'closed');
    pull(3, 'open');
    await swept({ comment: 'default' });
    assert.equal(told(3).length, 1);
    assert.deepEqual(told(1), []);
  });

  test('a dry run, and one that is told not to, say nothing', async () => {
    await branch(3, at(-30));
    pull(3, 'open');
    await swept({ comment: 'default', apply: 'never' });
    await swept();
    assert.deepEqual(github.repository.comments, []);
  });

  test('a token that may not write is one warning, and the branches are gone', async () => {
    for (const number of [3, 4]) {
      await branch(number, at(-30));
      pull(number, 'open');
    }
    github.fault({
      method: 'POST',
      times: 99,
      answer: { status: 403, body: { message: 'Resource not accessible by integration' } },
    });
    const record = await swept({ comment: 'default' });
    assert.deepEqual(outcomes(record), { 3: 'removed', 4: 'removed' });
    assert.equal(world.warnings.length, 1);
    assert.match(world.warnings[0] ?? '', /^2 pull requests could not be told/);
  });
});
