import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { readLocks, sampleLocks } from '../../src/postgres/locks.ts';
import { freshDatabase } from '../support/postgres.ts';

const SCHEMA = `
  CREATE SCHEMA app;
  CREATE TABLE app.parents (id integer PRIMARY KEY, note text);
  CREATE TABLE app.children (id integer PRIMARY KEY, parent_id integer);
  CREATE VIEW app.seen AS SELECT id FROM app.parents;
  CREATE SEQUENCE app.counter;
  INSERT INTO app.parents SELECT g, 'n' FROM generate_series(1, 10) g;`;

async function withTwo(
  work: (subject: Connection, observer: Connection, facts: ConnectionFacts) => Promise<void>,
): Promise<void> {
  const facts = await freshDatabase();
  const [subject, observer] = await Promise.all([
    openConnection(facts, { applicationName: 'locks' }),
    openConnection(facts, { applicationName: 'locks observer' }),
  ]);
  try {
    await subject.script(SCHEMA);
    await work(subject, observer, facts);
  } finally {
    await Promise.all([subject.close(), observer.close()]);
  }
}

const CASES: readonly (readonly [sql: string, locks: readonly string[]])[] = [
  [
    'SELECT * FROM app.seen',
    [
      'view app.seen AccessShareLock',
      'table app.parents AccessShareLock',
      'index app.parents_pkey AccessShareLock',
    ],
  ],
  ['INSERT INTO app.children VALUES (1, 1)', ['table app.children RowExclusiveLock']],
  [
    "UPDATE app.parents SET note = 'x'",
    ['table app.parents RowExclusiveLock', 'index app.parents_pkey RowExclusiveLock'],
  ],
  ['CREATE INDEX ON app.parents (note)', ['table app.parents ShareLock']],
  [
    'ALTER TABLE app.children ADD FOREIGN KEY (parent_id) REFERENCES app.parents',
    [
      'table app.parents ShareRowExclusiveLock',
      'index app.parents_pkey AccessShareLock',
      'index app.children_pkey AccessShareLock',
      'table app.children ShareRowExclusiveLock',
    ],
  ],
  [
    'SELECT 1 FROM app.children; LOCK TABLE app.children',
    ['table app.children AccessExclusiveLock', 'index app.children_pkey AccessShareLock'],
  ],
  ["SELECT nextval('app.counter')", ['sequence app.counter RowExclusiveLock']],
  ['DROP SEQUENCE app.counter', ['sequence app.counter AccessExclusiveLock']],
  ['ALTER TABLE app.children RENAME TO renamed', ['table app.children AccessExclusiveLock']],
];

test('the strongest lock per relation is read, system relations and TOAST left out', () =>
  withTwo(async (subject, observer) => {
    for (const [sql, expected] of CASES) {
      await subject.script(`BEGIN; ${sql}`);
      const locks = await readLocks(observer, subject.processId);
      const texts = locks.map(({ relation, kind, mode }) => `${kind} ${relation} ${mode}`);
      assert.deepEqual(texts.sort(), [...expected].sort(), sql);
      assert(locks.every(({ awaited }) => !awaited));
      await subject.script('ROLLBACK');
      assert.deepEqual(await readLocks(observer, subject.processId), [], sql);
    }
  }));

test('a rewrite shows the table under its own name, although its file is a new one', () =>
  withTwo(async (subject, observer) => {
    await subject.script('BEGIN; ALTER TABLE app.parents ALTER note TYPE integer USING 1');
    const found = (await readLocks(observer, subject.processId)).find(
      ({ relation }) => relation === 'app.parents',
    );
    assert.deepEqual(found, {
      relation: 'app.parents',
      kind: 'table',
      mode: 'AccessExclusiveLock',
      awaited: false,
    });
  }));

test('relations that nobody else can see are counted, not listed', () =>
  withTwo(async (subject, observer) => {
    await subject.script('BEGIN; CREATE TABLE app.fresh (a integer); LOCK TABLE app.children IN SHARE MODE');
    const { locks, unseen } = await sampleLocks(observer, subject.processId);
    assert.deepEqual(
      locks.map(({ relation }) => relation),
      ['app.children'],
    );
    assert.equal(unseen, 1);
    assert.equal(
      (await readLocks(subject, subject.processId)).some(({ relation }) => relation === 'app.fresh'),
      true,
    );
  }));

test('a lock that is waited for counts with the mode that is asked for', () =>
  withTwo(async (subject, observer, facts) => {
    const waiter = await openConnection(facts, { applicationName: 'locks waiter' });
    await subject.script('BEGIN; LOCK TABLE app.parents IN ROW EXCLUSIVE MODE');
    await waiter.script('BEGIN; SELECT 1 FROM app.parents');
    const waiting = waiter.script('LOCK TABLE app.parents IN ACCESS EXCLUSIVE MODE; ROLLBACK');
    let found = await readLocks(observer, waiter.processId);
    for (let turn = 0; turn < 300 && !found.some(({ awaited }) => awaited); turn++) {
      await sleep(10);
      found = await readLocks(observer, waiter.processId);
    }
    const own = found.find(({ relation }) => relation === 'app.parents');
    assert.deepEqual(own, {
      relation: 'app.parents',
      kind: 'table',
      mode: 'AccessExclusiveLock',
      awaited: true,
    });
    await subject.script('ROLLBACK');
    await waiting;
    await waiter.close();
  }));
