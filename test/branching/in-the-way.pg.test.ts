import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleNames } from '../../src/branching/identity.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { admin, nothingLeft, withSubject } from './faulty-server.ts';
import { ask } from './sql-conformance.ts';
import { pull, type Subject, withBranch } from './subject.ts';

type Pair = { readonly own: ConnectionFacts; readonly neighbour: ConnectionFacts };

/** Two branches: 1, which stands in the way, and 2. */
async function twoBranches(subject: Subject): Promise<Pair> {
  const [own, neighbour] = [await withBranch(subject, 1), await withBranch(subject, 2)];
  return { own: await subject.provider.connect(own), neighbour: await subject.provider.connect(neighbour) };
}

/** Locks the neighbour's database as its own login role may, by a setting of its own. */
const lockDatabase = ({ own, neighbour }: Pair) =>
  `SET ROLE NONE; BEGIN; ALTER ROLE ${identifier(own.user)} IN DATABASE ${identifier(neighbour.database)} SET work_mem = '1MB'`;

async function removed(subject: Subject): Promise<void> {
  assert.deepEqual(await subject.provider.remove(pull(subject, 2)), { removed: true });
  await nothingLeft(subject, pull(subject, 2));
}

async function standing(facts: ConnectionFacts, sql: string, work: () => Promise<void>): Promise<void> {
  const session = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await session.script(sql);
    await work();
    await assert.rejects(session.query('SELECT 1'), 'the session that stood in the way is ended');
  } finally {
    await session.close();
  }
}

test('a branch’s session that locks its neighbour’s database does not stop remove', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    await standing(pair.own, lockDatabase(pair), () => removed(subject));
  }));

test('nor reset, after which the branch is whole', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    const branch = await subject.provider.find(pull(subject, 2));
    assert.ok(branch);
    await standing(pair.own, lockDatabase(pair), async () => {
      await subject.provider.reset(branch, branch.labels.baselineId);
    });
    assert.deepEqual(await subject.read(pair.neighbour), ['base']);
  }));

test('nor does a transaction that it prepared so', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    const session = await openConnection(pair.own, { applicationName: 'pullgres tests' });
    await session.script(lockDatabase(pair));
    await session.script(`PREPARE TRANSACTION 'in the way'`);
    await session.close();
    await removed(subject);
    assert.deepEqual(await ask(admin, 'SELECT gid FROM pg_prepared_xacts'), []);
  }));

test('an open grant to the neighbour’s roles stops nobody either', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    const { group } = roleNames(pair.neighbour.database);
    await standing(pair.own, `BEGIN; GRANT SELECT ON notes TO ${identifier(group)}`, () => removed(subject));
  }));

test('nor a lock on the table that was granted', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    const { group } = roleNames(pair.neighbour.database);
    const sql = `GRANT SELECT ON notes TO ${identifier(group)}; BEGIN; LOCK TABLE notes`;
    await standing(pair.own, sql, () => removed(subject));
  }));

test('who prepares transactions without end in the branch itself is shut out', () =>
  withSubject(async (subject) => {
    const { neighbour } = await twoBranches(subject);
    const prepare = async () => {
      const session = await openConnection(neighbour, { applicationName: 'pullgres tests' });
      for (let n = 0; ; n++) {
        await session.script(`BEGIN; SELECT txid_current()`);
        await session.script(`PREPARE TRANSACTION 'loop ${session.processId} ${n}'`);
      }
    };
    const loops = [prepare(), prepare()].map((loop) => loop.catch(() => undefined));
    await removed(subject);
    await Promise.all(loops);
    assert.deepEqual(await ask(admin, 'SELECT gid FROM pg_prepared_xacts'), []);
  }));

test('a session of somebody else’s role is not ended', () =>
  withSubject(async (subject) => {
    const pair = await twoBranches(subject);
    const session = await openConnection(admin, { applicationName: 'pullgres tests' });
    try {
      await session.script(
        `BEGIN; ALTER ROLE ${identifier(admin.user)} IN DATABASE ${identifier(pair.neighbour.database)} SET work_mem = '1MB'`,
      );
      await assert.rejects(subject.provider.remove(pull(subject, 2)), { status: '55P03' });
      assert.equal((await session.query('SELECT 1 AS one')).rows[0]?.one, 1);
    } finally {
      await session.script('ROLLBACK');
      await session.close();
    }
  }, 3_000));
