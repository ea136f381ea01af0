import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { roleNames } from '../../src/branching/identity.ts';
import { labelText } from '../../src/branching/labels.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { Branch } from '../../src/branching/provider.ts';
import { ProviderError } from '../../src/errors.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { shard } from './behaviours/sharding.ts';
import { admin, nothingLeft, withSubject } from './faulty-server.ts';
import { ask } from './sql-conformance.ts';
import { asks, pull, refused, type Subject, withBranch } from './subject.ts';

const open = (facts: ConnectionFacts) => openConnection(facts, { applicationName: 'pullgres tests' });

async function withSession<T>(facts: ConnectionFacts, use: (session: Connection) => Promise<T>): Promise<T> {
  const session = await open(facts);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

async function shardDatabases({ databases }: Subject): Promise<readonly string[]> {
  return (await databases()).filter((name) => /_s\d+$/.test(name));
}

async function connectionLimit(branch: Branch): Promise<number> {
  const [row] = await ask(
    admin,
    `SELECT rolconnlimit AS most FROM pg_roles WHERE rolname = ${literal(roleNames(branch.name).login)}`,
  );
  return Number(row?.most);
}

const SHORT_MS = 400;

test('a lease that another job keeps is an error that names the shard, and an abort ends the waiting', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    await subject.provider.withShard(branch, shard(1), async () => {
      await refused(
        subject.another.withShard(branch, shard(1), async () => assert.fail('it ran')),
        new RegExp(`Another job has been working on ${branch.name}_s1 for 0.4 s`),
      );
      const abort = new AbortController();
      const { signal } = abort;
      const patient = createPostgresProvider({ facts: admin, now: () => new Date(), signal });
      const waiting = patient.withShard(branch, shard(1), async () => assert.fail('it ran'));
      setTimeout(() => abort.abort(new Error('SIGINT')), 100);
      await assert.rejects(waiting, /SIGINT/);
      assert.deepEqual(await shardDatabases(subject), [`${branch.name}_s1`]);
    });
  }, SHORT_MS));

test('idle sessions of the branch’s role are ended before the copy', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const facts = await subject.provider.connect(branch);
    await withSession(facts, async (session) => {
      await session.query('SELECT 1');
      const rows = await subject.provider.withShard(branch, shard(1), subject.read);
      assert.deepEqual(rows, ['base']);
      await assert.rejects(session.query('SELECT 1'), ProviderError);
    });
  }));

test('sessions at work are waited for; those that stay are an error with their number', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const facts = await subject.provider.connect(branch);
    await withSession(facts, async (session) => {
      await session.script("BEGIN; INSERT INTO notes (row) VALUES ('late')");
      await refused(
        subject.provider.withShard(branch, shard(1), subject.read),
        /After 0\.4 s 1 session still worked on the branch/,
      );
      assert.deepEqual(await shardDatabases(subject), []);
      const patient = createPostgresProvider({ facts: admin, now: () => new Date() });
      const waiting = patient.withShard(branch, shard(1), subject.read);
      await sleep(300);
      await session.script('COMMIT');
      assert.deepEqual(await waiting, ['base', 'late']);
    });
  }, SHORT_MS));

test('others than the branch’s own role cannot enter a shard', () =>
  withSubject(async (subject) => {
    const one = await withBranch(subject, 1);
    const two = await withBranch(subject, 2);
    const stranger = await subject.provider.connect(two);
    await subject.provider.withShard(one, shard(1), async (facts) => {
      await assert.rejects(
        withSession({ ...stranger, database: facts.database }, async () => {}),
        /does not let|permission denied/,
      );
      // The branch's role owns what came with the copy, as it does on the branch.
      await ask(facts, 'ALTER TABLE notes ADD COLUMN later integer');
      await assert.rejects(
        ask(facts, `ALTER DATABASE ${identifier(facts.database)} CONNECTION LIMIT 1`),
        /must be owner/,
      );
    });
  }));

test('the login role may take as many connections on each shard as on the branch, until the next create', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const one = await connectionLimit(branch);
    const { provider, another } = subject;
    await provider.withShard(branch, shard(1), () =>
      another.withShard(branch, shard(2), async () => {
        assert.equal(await connectionLimit(branch), 3 * one);
        await another.create(asks(subject, pull(subject, 1)));
        assert.equal(await connectionLimit(branch), 3 * one);
      }),
    );
    await provider.create(asks(subject, pull(subject, 1)));
    assert.equal(await connectionLimit(branch), one);
  }));

test('eight shards of one branch are made at once', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const works = [1, 2, 3, 4, 5, 6, 7, 8].map((index) =>
      subject.provider.withShard(branch, shard(index), async (facts) => {
        await subject.write(facts, String(index));
        return subject.read(facts);
      }),
    );
    assert.deepEqual(
      await Promise.all(works),
      works.map((_, at) => ['base', String(at + 1)]),
    );
    assert.deepEqual(await shardDatabases(subject), []);
  }));

for (const dieAt of ['Copying', 'in the work']) {
  test(`a job killed at “${dieAt}” leaves a shard that the next one heals, and remove takes`, () =>
    withSubject(async (subject) => {
      const branch = await withBranch(subject, 1);
      const identity = pull(subject, 1);
      const die = async () => {
        const facts = { ...admin, password: admin.password.reveal() };
        const program = fileURLToPath(new URL('shard-and-die.ts', import.meta.url));
        const child = spawn(process.execPath, [program], {
          env: { ...process.env, ORDER: JSON.stringify({ facts, identity, dieAt }) },
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const [, signal] = await once(child, 'exit');
        assert.equal(signal, 'SIGKILL', `it never came to: ${dieAt}`);
      };
      await die();
      if (dieAt === 'in the work') assert.equal((await shardDatabases(subject)).length, 1);
      assert.deepEqual(await subject.provider.withShard(branch, shard(1), subject.read), ['base']);
      await die();
      await subject.provider.remove(identity);
      assert.deepEqual(await shardDatabases(subject), []);
      await nothingLeft(subject, identity);
    }));
}

test('a shard that was never labelled, since its maker died in CREATE DATABASE, is cleared', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const name = `${branch.name}_s1`;
    await subject.plant(name, undefined);
    await ask(admin, `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`);
    assert.deepEqual(await subject.provider.withShard(branch, shard(1), subject.read), ['base']);
    assert.deepEqual(await shardDatabases(subject), []);
  }));

test('an aborted job drops its shard all the same', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    for (const abortAt of ['Copying', 'in the work']) {
      const abort = new AbortController();
      const end = () => abort.abort(new Error('SIGINT'));
      const provider = createPostgresProvider({
        facts: admin,
        now: () => new Date(),
        signal: abort.signal,
        onProgress: (text) => {
          if (text.startsWith(abortAt)) setImmediate(end);
        },
      });
      const work = async () => {
        end();
        abort.signal.throwIfAborted();
      };
      await assert.rejects(provider.withShard(branch, shard(1), work), /SIGINT/);
      assert.deepEqual(await shardDatabases(subject), [], abortAt);
    }
  }));

test('a sweep sees shards: one at work is busy, one that was left goes once its time is over', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const { provider, another, repositoryId, plant } = subject;
    const shards = async () => (await another.remains(repositoryId)).filter(({ kind }) => kind === 'shard');
    await provider.withShard(branch, shard(1), async () => {
      const [seen] = await shards();
      assert.ok(seen);
      assert.deepEqual([seen.name, seen.busy, seen.owner], [`${branch.name}_s1`, true, pull(subject, 1)]);
      assert.equal(seen.expiresAt, shard(1).expiresAt);
      const kept = await another.clear(seen);
      assert.equal(kept.removed, false);
      assert.match(kept.kept ?? '', /Another job has been working on/);
    });
    assert.deepEqual(await shards(), []);
    const { labels } = branch;
    const left = {
      labels,
      index: 2,
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T01:00:00.000Z',
    };
    await plant(`${branch.name}_s2`, labelText({ shard: left }));
    const [remain] = await shards();
    assert.ok(remain);
    assert.deepEqual([remain.busy, remain.expiresAt], [false, left.expiresAt]);
    assert.equal((await another.clear({ ...remain, expiresAt: '2026-01-01T02:00:00.000Z' })).removed, false);
    assert.deepEqual(await another.clear(remain), { removed: true });
    assert.deepEqual(await another.clear(remain), { removed: false });
    assert.deepEqual(await shardDatabases(subject), []);
    assert.deepEqual(await another.find(pull(subject, 1)), branch);
  }));
