import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { branchName, roleNames } from '../../src/branching/identity.ts';
import { labelText } from '../../src/branching/labels.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { logFile } from '../../src/postgres/server-record.ts';
import { admin, directory, nothingLeft, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, baselineOf, pull, refused, withBaseline, withBranch } from './subject.ts';

test('an invalid database, as an interrupted drop leaves it, is no branch and is cleared', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const spoil = () =>
      ask(admin, `UPDATE pg_database SET datconnlimit = -2 WHERE datname = ${literal(branch.name)}`);
    await spoil();
    assert.equal(await subject.provider.find(pull(subject, 1)), undefined);
    await refused(subject.provider.connect(branch), /half dropped/);
    const fresh = await withBranch(subject, 1);
    assert.deepEqual(await subject.read(await subject.provider.connect(fresh)), ['base']);
    await spoil();
    assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
    await nothingLeft(subject, pull(subject, 1));
  }));

test('a database that was never labelled nor opened is cleared, an opened one is not', () =>
  withSubject(async (subject) => {
    const name = branchName(pull(subject, 1));
    await subject.plant(name, undefined);
    await refused(subject.provider.remove(pull(subject, 1)), /not made by Pullgres/);
    await ask(admin, `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`);
    assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
    await nothingLeft(subject, pull(subject, 1));
  }));

test('another owner’s database proves nothing by its comment', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    const { labels } = branch;
    const forger = `forger_${subject.repositoryId}`;
    const forged = { ...labels, subject: { kind: 'pull-request', number: 2 } as const };
    await ask(admin, `CREATE ROLE ${forger}`);
    await subject.plant(
      branchName(pull(subject, 2)),
      labelText({ branch: { state: 'ready', labels: forged } }),
    );
    await subject.plant(
      `pullgres_x_${subject.repositoryId}`,
      labelText({ baseline: baselineOf(subject, 'forged') }),
    );
    for (const name of [branchName(pull(subject, 2)), `pullgres_x_${subject.repositoryId}`]) {
      await ask(admin, `ALTER DATABASE ${identifier(name)} OWNER TO ${forger}`);
    }
    assert.equal(await subject.provider.find(pull(subject, 2)), undefined);
    assert.deepEqual((await subject.provider.list(subject.repositoryId)).branches, [branch]);
    assert.equal(await subject.provider.findBaseline(baselineOf(subject, 'forged').id), undefined);
    await refused(subject.provider.remove(pull(subject, 2)), /not made by Pullgres/);
    await subject.dispose();
    await ask(admin, `DROP ROLE ${forger}`);
  }));

test('a role of somebody else’s under the branch’s name stops create, and stays', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const { login } = roleNames(branchName(pull(subject, 1)));
    await ask(admin, `CREATE ROLE ${identifier(login)} LOGIN`);
    await refused(subject.provider.create(asks(subject, pull(subject, 1))), /role .* not made by Pullgres/);
    assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: false });
    assert.equal((await ask(admin, `SELECT FROM pg_roles WHERE rolname = ${literal(login)}`)).length, 1);
  }));

test('a branch marked as a template gives no URL, and is removed all the same', () =>
  withSubject(async (subject) => {
    const branch = await withBranch(subject, 1);
    await ask(admin, `ALTER DATABASE ${identifier(branch.name)} IS_TEMPLATE true`);
    await refused(subject.provider.connect(branch), /marked as a template/);
    assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
    await nothingLeft(subject, pull(subject, 1));
  }));

test('what a branch’s role left in a database open to everybody goes with it', () =>
  withSubject(async (subject) => {
    const open = `pullgres_open_${subject.repositoryId}`;
    await subject.plant(open, 'open to everybody');
    await ask({ ...admin, database: open }, 'GRANT CREATE ON SCHEMA public TO PUBLIC');
    const facts = await subject.provider.connect(await withBranch(subject, 1));
    await ask({ ...facts, database: open }, 'CREATE TABLE left_behind ()');
    assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: true });
    await nothingLeft(subject, pull(subject, 1));
    assert.deepEqual(
      await ask({ ...admin, database: open }, `SELECT FROM pg_class WHERE relname = 'left_behind'`),
      [],
    );
  }));

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('a job that holds the branch for too long is named, not waited for', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const holding = gate();
    const held = gate();
    const slow = createPostgresProvider({ facts: admin, now: () => new Date() });
    const building = slow.ensureBaseline(baselineOf(subject, 'slow'), async () => {
      held.resolve();
      await holding.promise;
    });
    await held.promise;
    const hasty = createPostgresProvider({ facts: admin, now: () => new Date(), buildWaitMs: 200 });
    await refused(
      hasty.ensureBaseline(baselineOf(subject, 'slow'), async () => {}),
      /Another job has been working on .* for 0\.2 s/,
    );
    holding.resolve();
    await building;
  }));

test('an expired branch gives no URL until create renews it', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const request = { ...asks(subject, pull(subject, 1)), expiresAt: '2020-01-01T00:00:00.000Z' };
    const { branch } = await subject.provider.create(request);
    await refused(subject.provider.connect(branch), /expired at 2020/);
    await withBranch(subject, 1);
    assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
  }));

test('a database of the administrator’s becomes a baseline, and nothing else does', () =>
  withSubject(async (subject) => {
    const shop = `pullgres_shop_${subject.repositoryId}`;
    const wanted = { id: `shop ${subject.repositoryId}`, kind: 'synthetic' } as const;
    await subject.plant(shop, undefined);
    await tell(
      { ...admin, database: shop },
      'CREATE TABLE notes (id serial, row text)',
      `INSERT INTO notes (row) VALUES ('shop')`,
    );
    await ask(
      { ...admin, database: shop },
      `DO $$ BEGIN FOR i IN 1..450 LOOP EXECUTE format('CREATE TABLE t%s (id int)', i); END LOOP; END $$`,
    );
    const published = await subject.provider.publishBaseline(shop, wanted);
    assert.deepEqual(await subject.provider.publishBaseline(shop, wanted), published);
    assert.deepEqual(await subject.provider.findBaseline(wanted.id), published);
    await assert.rejects(
      ask({ ...admin, database: shop }, 'SELECT 1'),
      (error: { status?: string }) => error.status === '55000',
    );
    const { branch } = await subject.provider.create(asks(subject, pull(subject, 1), wanted.id));
    const facts = await subject.provider.connect(branch);
    await subject.write(facts, 'mine');
    assert.deepEqual(await subject.read(facts), ['shop', 'mine']);
    await ask(facts, 'DROP TABLE t450');

    await refused(subject.provider.publishBaseline(shop, { ...wanted, kind: 'masked' }), /of kind synthetic/);
    await refused(
      subject.provider.publishBaseline(branch.name, { ...wanted, id: 'b' }),
      /is a branch of pull request 1/,
    );
    await refused(subject.provider.publishBaseline('none such', { ...wanted, id: 'b' }), /none of this name/);
    await refused(
      subject.provider.publishBaseline(admin.database, { ...wanted, id: 'b' }),
      /administrator’s own/,
    );
    const other = `pullgres_other_${subject.repositoryId}`;
    await subject.plant(other, undefined);
    await refused(subject.provider.publishBaseline(other, wanted), /is the database pullgres_shop/);
  }));

test('no password and no secret stands in the server’s log', () =>
  withSubject(async (subject) => {
    const facts = await subject.provider.connect(await withBranch(subject, 1));
    const secret = String((await ask(admin, 'SELECT secret FROM pullgres.installation'))[0]?.secret);
    const log = await readFile(logFile(directory), 'utf8');
    assert.match(log, /CREATE ROLE .*NOLOGIN/, 'statements are logged');
    assert.match(log, /SCRAM-SHA-256\$/);
    for (const clear of [facts.password.reveal(), secret]) assert.ok(!log.includes(clear));
  }));
