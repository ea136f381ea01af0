import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { labelText } from '../../src/branching/labels.ts';
import type { BranchIdentity, CreateRequest } from '../../src/branching/provider.ts';
import { GitHubError } from '../../src/errors.ts';
import type { SweepRecord } from '../../src/evidence/sweep-schema.ts';
import { isClean, type SweepOptions, sweep } from '../../src/operations/sweep.ts';
import type { SweepSetting } from '../../src/operations/sweep-survey.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { admin, withSubject } from '../branching/faulty-server.ts';
import { ask } from '../branching/sql-conformance.ts';
import { baselineOf, type Subject, withBaseline } from '../branching/subject.ts';
import { quietWorld } from '../support/quiet-world.ts';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const world = quietWorld();
after(() => rm(world.temporary, { recursive: true, force: true }));

const OPEN = [2, 3, 4, 10];

/** GitHub as it is when all is well: what is not open is closed. */
function setting(subject: Subject): SweepSetting {
  const { repositoryId } = subject;
  return {
    repository: { id: repositoryId, name: 'tidewater/shop' },
    run: undefined,
    github: {
      openPullRequests: async () => ({ numbers: new Set(OPEN), pages: 1 }),
      pullRequest: async (number) => {
        const sides = { headSha: 'a', headRef: 'b', baseSha: 'c', baseRef: 'main' };
        return { number, repositoryId, open: OPEN.includes(number), merged: false, draft: false, ...sides };
      },
      findComment: async () => assert.fail('nobody is to be told'),
      upsertComment: async () => assert.fail('nobody is to be told'),
    },
  };
}

const always: SweepOptions = { apply: 'always', maximum: 50, comment: undefined };

type Owner = { readonly repositoryId: number; readonly subject: BranchIdentity['subject'] };

function request(subject: Subject, owner: Owner, expiresAt: string): CreateRequest {
  const birth = { baselineId: baselineOf(subject).id, headSha: 'a'.repeat(40), baseRef: 'main' };
  return { identity: owner, ...birth, expiresAt };
}

/** A create, killed by kill -9 at a step. */
async function killed(subject: Subject, owner: Owner, dieAt: string, action = 'create'): Promise<void> {
  const facts = { ...admin, password: admin.password.reveal() };
  const wanted = request(subject, owner, at(24));
  const baselineId = action === 'build' ? `${subject.repositoryId}:never` : wanted.baselineId;
  const order = { facts, action, dieAt, request: { ...wanted, baselineId } };
  const program = fileURLToPath(new URL('../branching/create-and-die.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ORDER: JSON.stringify(order) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', `it never came to: ${dieAt}`);
}

/** The label of a half-made branch, as if it had been made two hours ago. */
async function aged(subject: Subject, owner: Owner, name: string): Promise<void> {
  const { identity: _, ...birth } = request(subject, owner, at(24));
  const labels = { ...owner, ...birth, createdAt: at(-2), touched: false };
  await subject.relabel(name, labelText({ branch: { state: 'making', labels } }));
}

/** Twelve kinds of litter of one repository. */
async function litter(subject: Subject, repositoryId: number): Promise<void> {
  const pull = (number: number): Owner => ({ repositoryId, subject: { kind: 'pull-request', number } });
  const name = (number: number) => `pullgres_${repositoryId}_pr_${number}`;
  const make = (owner: Owner, expiresAt: string) =>
    subject.provider.create(request(subject, owner, expiresAt));
  await make(pull(1), at(24));
  await make(pull(2), at(24));
  await make(pull(3), at(-2));
  await make(pull(4), at(-2));
  await make({ repositoryId, subject: { kind: 'run', runId: '900', attempt: 1 } }, at(-2));
  await make({ repositoryId, subject: { kind: 'merge-group', headSha: 'b'.repeat(40) } }, at(24));
  await killed(subject, pull(6), 'Handing the objects');
  await aged(subject, pull(6), name(6));
  await killed(subject, pull(8), 'Opening');
  await ask(admin, `CREATE DATABASE ${name(9)} ALLOW_CONNECTIONS false`);
  await make(pull(10), at(24));
  await ask(admin, `UPDATE pg_database SET datconnlimit = -2 WHERE datname = '${name(10)}'`);
  await killed(subject, pull(11), 'Copying the baseline');
  await ask(admin, `CREATE DATABASE ${name(77)}`);
}

/** Everything on the server that a sweep might change. */
async function snapshot(): Promise<readonly string[]> {
  const rows = await ask(
    admin,
    `SELECT format('%s %s %s %s', datname, oid, datconnlimit, shobj_description(oid, 'pg_database')) AS line FROM pg_database
     UNION ALL SELECT format('role %s %s', rolname, rolvaliduntil) FROM pg_roles
     UNION ALL SELECT format('slot %s', slot_name) FROM pg_replication_slots ORDER BY 1`,
  );
  return rows.map(({ line }) => String(line));
}

async function oursOf(repositoryId: number): Promise<readonly string[]> {
  const rows = await ask(
    admin,
    `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'pullgres\\_${repositoryId}\\_%'
     UNION SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'pullgres\\_${repositoryId}\\_%' ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name).replace(`pullgres_${repositoryId}_`, ''));
}

async function orphanDirectory(): Promise<string> {
  const [row] = await ask(admin, `SELECT current_setting('data_directory') AS path`);
  const folder = join(String(row?.path), 'base', '4000000');
  await mkdir(folder);
  await writeFile(join(folder, '1259'), 'x'.repeat(8192));
  await utimes(folder, Date.now() / 1000 - 7_200, Date.now() / 1000 - 7_200);
  return folder;
}

const outcomes = (record: SweepRecord, repositoryId: number) =>
  Object.fromEntries(
    [...record.branches, ...record.remains].map(({ name, outcome }) => [
      name.replace(`pullgres_${repositoryId}_`, ''),
      outcome,
    ]),
  );

test('of the litter of two repositories the right things go, and those alone', () =>
  withSubject(async (subject) => {
    const { repositoryId } = subject;
    const theirs = repositoryId + 1;
    await withBaseline(subject);
    await litter(subject, repositoryId);
    await litter(subject, theirs);
    await killed(
      subject,
      { repositoryId, subject: { kind: 'pull-request', number: 1 } },
      'in the builder',
      'build',
    );
    const folder = await orphanDirectory();
    const connected = await openConnection(
      { ...admin, database: `pullgres_${repositoryId}_pr_4` },
      { applicationName: 'pullgres tests' },
    );
    try {
      const before = await snapshot();
      const theirsBefore = await oursOf(theirs);
      const dry = await sweep(world, setting(subject), subject.provider, { ...always, apply: 'never' });
      assert.deepEqual(await snapshot(), before, 'a dry run changes nothing');
      const expected = {
        pr_1: 'removed',
        pr_2: 'kept',
        pr_3: 'removed',
        pr_4: 'kept',
        run_900_1: 'removed',
        [`mg_${'b'.repeat(12)}`]: 'kept',
        pr_6: 'removed',
        pr_8: 'kept',
        pr_9: 'removed',
        pr_10: 'removed',
        pr_11: 'removed',
        'base/4000000': 'unknown',
      };
      const planned = Object.fromEntries(
        Object.entries(expected).map(([name, outcome]) => [
          name,
          outcome === 'removed' ? 'planned' : outcome,
        ]),
      );
      const { building: _b, ...plan } = withoutBuilding(outcomes(dry.record, repositoryId));
      assert.deepEqual(plan, planned);

      const broken = setting(subject);
      const failing: SweepSetting = {
        ...broken,
        github: broken.github && {
          ...broken.github,
          openPullRequests: () => Promise.reject(new GitHubError('GitHub answered 500.', { status: 500 })),
        },
      };
      const noRemains = { ...subject.provider, remains: async () => [] };
      const { record: blind } = await sweep(world, failing, noRemains, { ...always, maximum: 1 });
      assert.equal(isClean(blind), false);
      assert.ok(
        (await oursOf(repositoryId)).includes('pr_1'),
        'a closed one stays while GitHub does not say so',
      );

      const { record } = await sweep(world, setting(subject), subject.provider, always);
      const { building, ...done } = withoutBuilding(outcomes(record, repositoryId));
      // The half-made one went with the sweep that saw no pull request: nobody could ever use it.
      const { pr_6: _gone, ...rest } = expected;
      assert.deepEqual(done, rest);
      assert.equal(building, 'removed');
      assert.equal(isClean(record), true);
      assert.deepEqual(await oursOf(theirs), theirsBefore);
      assert.deepEqual(await oursOf(repositoryId), [
        `mg_${'b'.repeat(12)}`,
        'pr_2',
        'pr_4',
        'pr_77',
        'pr_8',
        `role mg_${'b'.repeat(12)}`,
        `role mg_${'b'.repeat(12)}_owner`,
        'role pr_2',
        'role pr_2_owner',
        'role pr_4',
        'role pr_4_owner',
        'role pr_8',
        'role pr_8_owner',
      ]);
      assert.ok(record.totals.bytesFreed > 10_000_000);
      assert.equal(record.totals.byRepository.length, 2);
      assert.match(JSON.stringify(record.remains), /stop the server, make a backup/);

      const { record: again } = await sweep(world, setting(subject), subject.provider, always);
      assert.deepEqual([again.totals.deleted, again.totals.failed], [0, 0]);
    } finally {
      await connected.close();
      await rm(folder, { recursive: true, force: true });
    }
  }));

function withoutBuilding(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([name, outcome]) => [
      name.replace(/^pullgres_building_.*/, 'building'),
      outcome,
    ]),
  );
}

test('a slot that nobody reads goes, and its branch stays', () =>
  withSubject(async (subject) => {
    const { repositoryId, provider } = subject;
    await withBaseline(subject);
    const owner: Owner = { repositoryId, subject: { kind: 'pull-request', number: 2 } };
    const { branch } = await provider.create(request(subject, owner, at(24)));
    const slot = `leak_${repositoryId}`;
    await ask(
      { ...admin, database: branch.name },
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
    // Two hours later, for the servers that know since when nobody reads it.
    const later = { ...provider, now: async () => new Date(Date.now() + 2 * HOUR) };
    const { record } = await sweep(world, setting(subject), later, always);
    assert.equal(outcomes(record, repositoryId)[slot], 'removed');
    assert.deepEqual(await ask(admin, 'SELECT slot_name FROM pg_replication_slots'), []);
    assert.ok(await provider.find(owner));
  }));

test('a branch that is renewed between the plan and the removal is kept', () =>
  withSubject(async (subject) => {
    const { repositoryId, provider } = subject;
    await withBaseline(subject);
    const owner: Owner = { repositoryId, subject: { kind: 'pull-request', number: 3 } };
    await provider.create(request(subject, owner, at(-2)));
    const renewing: typeof provider = {
      ...provider,
      remove: async (...parts) => {
        await subject.another.create(request(subject, owner, at(24)));
        return provider.remove(...parts);
      },
    };
    const { record } = await sweep(world, setting(subject), renewing, always);
    assert.match(record.branches[0]?.detail ?? '', /renewed since/);
    assert.ok(await provider.find(owner));
  }));

test('somebody who connects between the plan and the removal keeps the branch', () =>
  withSubject(async (subject) => {
    const { repositoryId, provider } = subject;
    await withBaseline(subject);
    const owner: Owner = { repositoryId, subject: { kind: 'pull-request', number: 3 } };
    const { branch } = await provider.create(request(subject, owner, at(-2)));
    const facts = { ...admin, database: branch.name };
    const sessions: { close: () => Promise<void> }[] = [];
    const meeting: typeof provider = {
      ...provider,
      remove: async (...parts) => {
        sessions.push(await openConnection(facts, { applicationName: 'pullgres tests' }));
        return provider.remove(...parts);
      },
    };
    try {
      const { record } = await sweep(world, setting(subject), meeting, always);
      assert.match(record.branches[0]?.detail ?? '', /connected to it since/);
    } finally {
      for (const session of sessions) await session.close();
    }
  }));
