import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { alwaysWrong, contentOf, entryOf, leaks, left, survey, unsettled, within } from './invariants.ts';
import type { MixedOrder, MixedReport } from './mixed-child.ts';
import { providerFor, requestFor } from './requests.ts';
import { SEED } from './schedule.ts';
import { freshRepository, type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.server.stop());

/** The provider of another job each time. */
const another = () => providerFor(stage.admin, { lockWaitMs: 300_000 });
const HOW_MANY = 50;
const many = <T>(work: (number: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: HOW_MANY }, (_, at) => work(at + 1)));

async function nothingLeft(repositoryId: number): Promise<void> {
  assert.deepEqual(left(within(await survey(stage.admin), { repositoryId })), []);
  assert.equal(await entryOf(stage.admin, stage.baselineDatabase), stage.fingerprint.entry);
}

test(`${HOW_MANY} jobs create the same branch: one makes it, all get it`, async (t) => {
  const request = requestFor(freshRepository(), stage.baselineId);
  const started = performance.now();
  const made = await many(async () => {
    const provider = another();
    const { branch, created } = await provider.create(request);
    const { password } = await provider.connect(branch);
    return { created, id: branch.id, born: branch.labels.createdAt, password: password.reveal() };
  });
  t.diagnostic(`${HOW_MANY} creates of one branch: ${Math.round(performance.now() - started)} ms`);
  assert.equal(made.filter(({ created }) => created).length, 1);
  assert.equal(new Set(made.map(({ id, born, password }) => `${id} ${born} ${password}`)).size, 1);
  assert.deepEqual(unsettled(within(await survey(stage.admin), request.identity)), []);
  const removed = await many(() => another().remove(request.identity));
  assert.equal(removed.filter((each) => each.removed).length, 1);
  await nothingLeft(request.identity.repositoryId);
});

test(`${HOW_MANY} jobs create ${HOW_MANY} branches: each gets its own`, async (t) => {
  const repositoryId = freshRepository();
  const started = performance.now();
  const made = await many((number) => another().create(requestFor(repositoryId, stage.baselineId, number)));
  t.diagnostic(`${HOW_MANY} creates of ${HOW_MANY} branches: ${Math.round(performance.now() - started)} ms`);
  assert.ok(made.every(({ created }) => created));
  assert.equal(new Set(made.map(({ branch }) => branch.id)).size, HOW_MANY);
  assert.deepEqual(unsettled(within(await survey(stage.admin), { repositoryId })), []);
  for (const { branch } of made.slice(0, 5)) {
    assert.equal(await contentOf(await stage.provider.connect(branch)), stage.fingerprint.content);
  }
  const removed = await many((number) =>
    another().remove(requestFor(repositoryId, stage.baselineId, number).identity),
  );
  assert.ok(removed.every((each) => each.removed));
  await nothingLeft(repositoryId);
});

const PROCESSES = 3;
const BRANCHES = 4;

function mixed(repositoryId: number, seed: number): Promise<MixedReport & { readonly said: string }> {
  const program = fileURLToPath(new URL('mixed-child.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const order: MixedOrder = {
    facts: { ...stage.admin, password: stage.admin.password.reveal() },
    seed,
    repositoryId,
    baselineId: stage.baselineId,
    branches: BRANCHES,
    width: 3,
    durationMs: 6_000,
  };
  child.stdin.end(JSON.stringify(order));
  return Promise.all([text(child.stdout), text(child.stderr)]).then(([said, errors]) => ({
    ...(JSON.parse(said.trim().split('\n').at(-1) ?? '') as MixedReport),
    said: said + errors,
  }));
}

test('jobs of several processes do everything at once: nothing is ever open, ownerless or half', async (t) => {
  const repositoryId = freshRepository();
  let isOver = false;
  const seen = new Set<string>();
  const watch = async (): Promise<void> => {
    while (!isOver) {
      for (const complaint of alwaysWrong(within(await survey(stage.admin), { repositoryId }))) {
        seen.add(complaint);
      }
      await sleep(50);
    }
  };
  const watching = watch();
  const running = Array.from({ length: PROCESSES }, (_, at) => mixed(repositoryId, SEED + at));
  const reports = await Promise.all(running).finally(() => {
    isOver = true;
  });
  await watching;
  const seed = `PULLGRES_FAULTS_SEED=${SEED}`;
  t.diagnostic(
    `${seed}: ${reports.map(({ done, refused }) => JSON.stringify({ ...done, refused })).join(' ')}`,
  );
  assert.deepEqual(
    reports.flatMap(({ wrong }) => wrong),
    [],
    seed,
  );
  assert.deepEqual([...seen], [], seed);
  assert.deepEqual(
    reports.flatMap(({ said }) => leaks(said, stage.secrets)),
    [],
  );
  for (let number = 1; number <= BRANCHES; number += 1) {
    const { identity, ...request } = requestFor(repositoryId, stage.baselineId, number);
    const { branch } = await stage.provider.create({ ...request, identity });
    assert.equal(await contentOf(await stage.provider.connect(branch)), stage.fingerprint.content);
    await stage.provider.remove(identity);
  }
  await nothingLeft(repositoryId);
});

test('closed while it is created: remove waits, and the branch is gone', async () => {
  const request = requestFor(freshRepository(), stage.baselineId);
  let closing: Promise<{ removed: boolean }> | undefined;
  const creating = providerFor(stage.admin, {
    onProgress: (line) => {
      if (line.startsWith('Copying the baseline')) closing = another().remove(request.identity);
    },
  });
  assert.equal((await creating.create(request)).created, true);
  assert.ok(closing);
  assert.deepEqual(await closing, { removed: true });
  assert.equal(await stage.provider.find(request.identity), undefined);
  await nothingLeft(request.identity.repositoryId);
});

test('created again after remove: another branch, whose password is another, and the old handle is of no use', async () => {
  const request = requestFor(freshRepository(), stage.baselineId);
  const first = (await stage.provider.create(request)).branch;
  const { password } = await stage.provider.connect(first);
  await stage.provider.remove(request.identity);
  await assert.rejects(stage.provider.connect(first), /is gone/);
  const second = (await another().create(request)).branch;
  assert.notEqual(second.labels.createdAt, first.labels.createdAt);
  await assert.rejects(stage.provider.reset(first, request.baselineId), /made anew since/);
  await assert.rejects(stage.provider.touch(first), /made anew since/);
  const facts = await stage.provider.connect(second);
  assert.notEqual(facts.password.reveal(), password.reveal());
  await stage.provider.remove(request.identity);
  await nothingLeft(request.identity.repositoryId);
});
