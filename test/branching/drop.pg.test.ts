import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { admin, nothingLeft, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, pull, type Subject, withBaseline, withBranch } from './subject.ts';

const connected = (facts: ConnectionFacts) => openConnection(facts, { applicationName: 'pullgres tests' });

async function dropped(subject: Subject): Promise<void> {
  assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
  await nothingLeft(subject, pull(subject, 1));
}

/** A login role for one test, with the attributes given. */
async function withRole(attributes: string, work: (facts: ConnectionFacts) => Promise<void>): Promise<void> {
  const user = `role_${randomBytes(4).toString('hex')}`;
  const password = new Secret(randomBytes(12).toString('hex'));
  await ask(admin, `CREATE ROLE ${user} LOGIN ${attributes} PASSWORD ${literal(password.reveal())}`);
  try {
    await work({ ...admin, user, password });
  } finally {
    await ask(admin, `DROP OWNED BY ${user}`);
    await ask(admin, `DROP ROLE ${user}`);
  }
}

/** A branch of an administrator who is no superuser. */
async function withWeakBranch(
  subject: Subject,
  work: (weak: ReturnType<typeof createPostgresProvider>, facts: ConnectionFacts) => Promise<void>,
): Promise<void> {
  await withRole('CREATEDB CREATEROLE', async (bot) => {
    await ask(admin, `CREATE DATABASE ${bot.user} OWNER ${bot.user}`);
    const facts = { ...bot, database: bot.user };
    const weak = createPostgresProvider({ facts, now: () => new Date() });
    try {
      await withBaseline({ ...subject, provider: weak });
      const { branch } = await weak.create(asks(subject, pull(subject, 1)));
      await work(weak, await weak.connect(branch));
    } finally {
      await subject.dispose();
      await ask(admin, `DROP DATABASE ${bot.user}`);
    }
  });
}

test('a prepared transaction does not stop remove', () =>
  withSubject(async (subject) => {
    const facts = await subject.provider.connect(await withBranch(subject, 1));
    await tell(facts, 'BEGIN', 'CREATE TABLE held ()', `PREPARE TRANSACTION 'it''s held'`);
    await dropped(subject);
    assert.deepEqual(await ask(admin, 'SELECT FROM pg_prepared_xacts'), []);
  }));

test('a prepared transaction does not stop an administrator who is no superuser', () =>
  withSubject((subject) =>
    withWeakBranch(subject, async (weak, facts) => {
      await tell(facts, 'BEGIN', 'CREATE TABLE held ()', `PREPARE TRANSACTION 'weak'`);
      await tell(facts, 'SET ROLE NONE', 'BEGIN', 'SELECT txid_current()', `PREPARE TRANSACTION 'own'`);
      assert.deepEqual(await weak.remove(pull(subject, 1)), { removed: true });
      await nothingLeft(subject, pull(subject, 1));
    }),
  ));

test('a superuser who is connected is named to an administrator who may not end it', () =>
  withSubject((subject) =>
    withWeakBranch(subject, async (weak, { database }) => {
      const session = await connected({ ...admin, database });
      try {
        await assert.rejects(weak.remove(pull(subject, 1)), (error: Error & { hint?: string }) => {
          assert.equal(
            error.message,
            `The database ${database} cannot be dropped: the superuser postgres (pid ${session.processId}) is connected, whom the administrator may not end.`,
          );
          assert.match(error.hint ?? '', new RegExp(`pg_terminate_backend\\(${session.processId}\\)`));
          return true;
        });
        assert.ok(await weak.find(pull(subject, 1)));
      } finally {
        await session.close();
      }
      assert.deepEqual(await weak.remove(pull(subject, 1)), { removed: true });
    }),
  ));

const SUBSCRIBE = (slot: string) =>
  `CREATE SUBSCRIPTION "S 1" CONNECTION 'host=127.0.0.1 port=1 password=hunter2' PUBLICATION p WITH (connect = false, slot_name = ${slot})`;

test('a subscription goes with its branch, and the slot that it leaves is named without its password', () =>
  withSubject(async (subject) => {
    const said: string[] = [];
    const { name } = await withBranch(subject, 1);
    await ask({ ...admin, database: name }, SUBSCRIBE('far_slot'));
    await ask({ ...admin, database: name }, 'ALTER SUBSCRIPTION "S 1" ENABLE');
    const provider = createPostgresProvider({
      facts: admin,
      now: () => new Date(),
      onProgress: (text) => void said.push(text),
    });
    assert.deepEqual(await provider.remove(pull(subject, 1)), { removed: true });
    await nothingLeft(subject, pull(subject, 1));
    assert.deepEqual(await ask(admin, 'SELECT FROM pg_subscription'), []);
    assert.match(said.join('\n'), /Dropped the subscription "S 1"; its slot far_slot stays on the publisher/);
    assert.doesNotMatch(said.join('\n'), /hunter2/);
  }));

test('a subscription that the administrator may not drop stops remove with its remedy', () =>
  withSubject((subject) =>
    withWeakBranch(subject, async (weak, { database }) => {
      const inside = { ...admin, database };
      await ask(inside, SUBSCRIBE('NONE'));
      await assert.rejects(weak.remove(pull(subject, 1)), (error: Error & { hint?: string }) => {
        assert.match(error.message, /The subscription "S 1" .*must be owner of subscription/);
        assert.match(error.hint ?? '', /DROP SUBSCRIPTION "S 1"/);
        return true;
      });
      assert.ok(await weak.find(pull(subject, 1)));
      await ask(inside, 'DROP SUBSCRIPTION "S 1"');
      assert.deepEqual(await weak.remove(pull(subject, 1)), { removed: true });
    }),
  ));

const slots = () => ask(admin, 'SELECT slot_name::text AS slot FROM pg_replication_slots ORDER BY 1');
const createSlot = (name: string, temporary = false) =>
  `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput', ${temporary})`;

test('a reader of a replication slot is ended and its slot goes along, another database’s stays', () =>
  withSubject(async (subject) => {
    const { name } = await withBranch(subject, 1);
    const sessions: Connection[] = [];
    try {
      const reader = await connected({ ...admin, database: name });
      sessions.push(reader);
      await reader.query(createSlot('held', true));
      await ask({ ...admin, database: name }, createSlot('idle'));
      const elsewhere = await connected(admin);
      sessions.push(elsewhere);
      await elsewhere.query(createSlot('elsewhere', true));
      assert.equal((await slots()).length, 3);
      await dropped(subject);
      assert.deepEqual(await slots(), [{ slot: 'elsewhere' }]);
      await assert.rejects(reader.query('SELECT 1'));
      await elsewhere.query('SELECT 1');
    } finally {
      for (const session of sessions) await session.close();
    }
  }));

test('a subscriber that streams from the branch, and comes back at once, does not stop remove', () =>
  withSubject(async (subject) => {
    const { name } = await withBranch(subject, 1);
    const far = `pullgres_far_${subject.repositoryId}`;
    await subject.plant(far, undefined);
    await tell({ ...admin, database: name }, createSlot('streamed'), 'CREATE PUBLICATION p');
    const { host, port, user, password } = admin;
    const conninfo = `host=${host} port=${port} user=${user} password=${password.reveal()} dbname=${name}`;
    const inside = { ...admin, database: far };
    await ask(
      inside,
      `CREATE SUBSCRIPTION s CONNECTION ${literal(conninfo)} PUBLICATION p WITH (create_slot = false, slot_name = streamed, copy_data = false)`,
    );
    try {
      const streams = `SELECT FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE s.slot_name = 'streamed'`;
      while ((await ask(admin, streams)).length === 0) await sleep(50);
      await dropped(subject);
      assert.deepEqual(await slots(), []);
    } finally {
      await ask(inside, 'ALTER SUBSCRIPTION s DISABLE');
      await ask(inside, 'ALTER SUBSCRIPTION s SET (slot_name = NONE)');
      await ask(inside, 'DROP SUBSCRIPTION s');
    }
  }));

test('reset ends a reader as well', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const reader = await connected({ ...admin, database: branch.name });
    try {
      await reader.query(createSlot('reset', true));
      const { branch: fresh } = await subject.provider.reset(branch, branch.labels.baselineId);
      assert.deepEqual(await subject.read(await subject.provider.connect(fresh)), ['base']);
    } finally {
      await reader.close();
    }
  }));

test('a reader that the administrator may not end stops remove with its remedy, and the branch stays open', () =>
  withSubject((subject) =>
    withWeakBranch(subject, async (weak, facts) => {
      const reader = await connected({ ...admin, database: facts.database });
      try {
        await reader.query(createSlot('held', true));
        await assert.rejects(weak.remove(pull(subject, 1)), (error: Error & { hint?: string }) => {
          assert.match(error.message, /because of the active replication slot held/);
          assert.match(error.hint ?? '', new RegExp(`pg_terminate_backend\\(${reader.processId}\\)`));
          return true;
        });
        await ask(facts, 'SELECT 1');
      } finally {
        await reader.close();
      }
      while ((await slots()).length > 0) await sleep(20);
      assert.deepEqual(await weak.remove(pull(subject, 1)), { removed: true });
    }),
  ));

test('a closed template with a prepared transaction and a subscription is dropped', () =>
  withSubject(async (subject) => {
    const { name } = await withBranch(subject, 1);
    const inside = { ...admin, database: name };
    await tell(inside, 'BEGIN', 'CREATE TABLE held ()', `PREPARE TRANSACTION 'closed'`);
    await ask(inside, SUBSCRIBE('NONE'));
    await ask(admin, `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false IS_TEMPLATE true`);
    await dropped(subject);
  }));
