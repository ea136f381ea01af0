import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baselineName } from '../../../src/branching/guards.ts';
import { branchName, roleNames } from '../../../src/branching/identity.ts';
import { labelText } from '../../../src/branching/labels.ts';
import type { Branch } from '../../../src/branching/provider.ts';
import { openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { identifier, literal } from '../../../src/postgres/quote.ts';
import { connectionUrl } from '../../../src/postgres/url.ts';
import { Secret } from '../../../src/secret.ts';
import { ask, tell } from '../sql-conformance.ts';
import { alwaysWrong, contentOf, entryOf, leaks, left, survey, unsettled, within } from './invariants.ts';
import { requestFor } from './requests.ts';
import { dropBaseline, freshRepository, type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.server.stop());

type Broken = {
  readonly branch: Branch;
  readonly facts: ConnectionFacts;
  readonly admin: ConnectionFacts;
  readonly name: string;
};

/** What is broken by hand, how it is mended again, and what the checker says of it. */
type Break = {
  readonly name: string;
  readonly hurt: (broken: Broken) => Promise<unknown>;
  readonly mend?: (broken: Broken) => Promise<unknown>;
  readonly check: typeof unsettled;
  readonly says: (broken: Broken) => string;
};

const relabel = ({ admin, name }: Broken, text: string | undefined) =>
  ask(admin, `COMMENT ON DATABASE ${identifier(name)} IS ${text === undefined ? 'NULL' : literal(text)}`);

const ready = ({ branch }: Broken) => labelText({ branch: { state: 'ready', labels: branch.labels } });

const limited = ({ admin, name }: Broken, limit: number) =>
  ask(admin, `UPDATE pg_database SET datconnlimit = ${limit} WHERE datname = ${literal(name)}`);

const BREAKS: readonly Break[] = [
  {
    name: 'an open database without a label',
    hurt: (broken) => relabel(broken, undefined),
    mend: (broken) => relabel(broken, ready(broken)),
    check: alwaysWrong,
    says: ({ name }) => `the database ${name} is open and has no owner label`,
  },
  {
    name: 'a database that PUBLIC may enter',
    hurt: ({ admin, name }) => ask(admin, `GRANT CONNECT ON DATABASE ${identifier(name)} TO PUBLIC`),
    mend: ({ admin, name }) => ask(admin, `REVOKE CONNECT ON DATABASE ${identifier(name)} FROM PUBLIC`),
    check: alwaysWrong,
    says: ({ name }) => `the database ${name} is open to PUBLIC`,
  },
  {
    name: 'a role without a label',
    hurt: ({ admin, name }) => ask(admin, `CREATE ROLE ${identifier(`${name}_stray`)}`),
    mend: ({ admin, name }) => ask(admin, `DROP ROLE ${identifier(`${name}_stray`)}`),
    check: alwaysWrong,
    says: ({ name }) => `the role ${name}_stray has no label`,
  },
  {
    name: 'a branch’s role that may make roles',
    hurt: ({ admin, name }) => ask(admin, `ALTER ROLE ${identifier(name)} CREATEROLE`),
    mend: ({ admin, name }) => ask(admin, `ALTER ROLE ${identifier(name)} NOCREATEROLE`),
    check: alwaysWrong,
    says: ({ name }) => `the role ${name} may do more than a branch's role should`,
  },
  {
    name: 'a secret that PUBLIC may read',
    hurt: ({ admin }) => ask(admin, 'GRANT SELECT ON pullgres.installation TO PUBLIC'),
    mend: ({ admin }) => ask(admin, 'REVOKE SELECT ON pullgres.installation FROM PUBLIC'),
    check: alwaysWrong,
    says: () => 'pullgres.installation is open to PUBLIC',
  },
  {
    name: 'a branch that stays half made',
    hurt: (broken) =>
      relabel(broken, labelText({ branch: { state: 'making', labels: broken.branch.labels } })),
    mend: (broken) => relabel(broken, ready(broken)),
    check: unsettled,
    says: ({ name }) => `the branch ${name} is half made`,
  },
  {
    name: 'a database half dropped',
    hurt: (broken) => limited(broken, -2),
    mend: (broken) => limited(broken, -1),
    check: unsettled,
    says: ({ name }) => `the database ${name} is half dropped`,
  },
  {
    name: 'a role of ours whose branch is gone',
    hurt: ({ admin, name }) =>
      tell(
        admin,
        `CREATE ROLE ${identifier(`${name}9`)}`,
        `COMMENT ON ROLE ${identifier(`${name}9`)} IS ${literal(labelText({ role: { database: `${name}9` } }))}`,
      ),
    mend: ({ admin, name }) => ask(admin, `DROP ROLE ${identifier(`${name}9`)}`),
    check: unsettled,
    says: ({ name }) => `the role ${name}9 has no branch`,
  },
  {
    name: 'a prepared transaction that nobody ends',
    hurt: ({ facts, name }) => tell(facts, 'BEGIN', 'CREATE TABLE p ()', `PREPARE TRANSACTION '${name}'`),
    mend: ({ admin, name }) => ask({ ...admin, database: name }, `ROLLBACK PREPARED '${name}'`),
    check: left,
    says: ({ name }) => `the prepared transaction ${name} is left`,
  },
  {
    name: 'a replication slot',
    hurt: ({ admin, name }) =>
      ask(
        { ...admin, database: name },
        `SELECT pg_create_logical_replication_slot(${literal(name)}, 'pgoutput')`,
      ),
    mend: ({ admin, name }) => ask(admin, `SELECT pg_drop_replication_slot(${literal(name)})`),
    check: left,
    says: ({ name }) => `the replication slot ${name} is left`,
  },
  {
    name: 'a subscription',
    hurt: ({ admin, name }) =>
      ask(
        { ...admin, database: name },
        `CREATE SUBSCRIPTION kept CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false)`,
      ),
    mend: ({ admin, name }) => ask({ ...admin, database: name }, 'DROP SUBSCRIPTION kept'),
    check: left,
    says: () => 'the subscription kept is left',
  },
];

for (const { name, hurt, mend, check, says } of BREAKS) {
  test(`the checker sees ${name}`, async () => {
    const request = requestFor(freshRepository(), stage.baselineId);
    const { branch } = await stage.provider.create(request);
    const facts = await stage.provider.connect(branch);
    const broken = { branch, facts, admin: stage.admin, name: branchName(request.identity) };
    const look = async () => check(within(await survey(stage.admin), request.identity));
    const sound = await look();
    await hurt(broken);
    const seen = (await look()).filter((complaint) => !sound.includes(complaint));
    await mend?.(broken);
    assert.deepEqual(seen, [says(broken)]);
    assert.deepEqual(await look(), sound);
    await stage.provider.remove(request.identity);
    assert.deepEqual(left(within(await survey(stage.admin), request.identity)), []);
  });
}

test('the checker sees a branch and its roles that are left, and a session of ours', async () => {
  const request = requestFor(freshRepository(), stage.baselineId);
  const { branch } = await stage.provider.create(request);
  const { login, group } = roleNames(branch.name);
  const session = await openConnection(
    { ...stage.admin, database: branch.name },
    { applicationName: 'pullgres' },
  );
  const seen = left(within(await survey(stage.admin), request.identity));
  assert.deepEqual(
    seen.filter((complaint) => !complaint.includes('session')),
    [`the database ${branch.name} is left`, `the role ${login} is left`, `the role ${group} is left`],
  );
  assert.equal(
    seen.filter((complaint) => complaint.startsWith(`the session ${session.processId} of keeper`)).length,
    1,
  );
  await session.close();
  await stage.provider.remove(request.identity);
});

test('the checker sees one row more in a baseline, one value changed, and an entry that moved', async () => {
  const repositoryId = freshRepository();
  const id = `own ${repositoryId}`;
  const database = baselineName(id);
  const read = async (number: number) => {
    const { branch } = await stage.provider.create(requestFor(repositoryId, id, number));
    return contentOf(await stage.provider.connect(branch));
  };
  await stage.provider.ensureBaseline(
    { id, kind: 'schema', createdAt: '2026-01-02T03:04:05.000Z' },
    async (facts) =>
      tell(facts, 'CREATE TABLE notes (row text)', `INSERT INTO notes VALUES ('one'), ('two')`),
  );
  const [entry, content] = [await entryOf(stage.admin, database), await read(1)];
  assert.equal(await read(2), content);
  const change = async (sql: string) => {
    const name = identifier(database);
    await ask(stage.admin, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await ask({ ...stage.admin, database }, sql);
    await ask(stage.admin, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  };
  await change(`UPDATE notes SET row = 'three' WHERE row = 'two'`);
  const changed = await read(3);
  assert.notEqual(changed, content);
  await change(`INSERT INTO notes VALUES ('one')`);
  assert.notEqual(await read(4), changed);
  assert.equal(await entryOf(stage.admin, database), entry);
  await ask(stage.admin, `ALTER DATABASE ${identifier(database)} CONNECTION LIMIT 7`);
  assert.notEqual(await entryOf(stage.admin, database), entry);
  for (const number of [1, 2, 3, 4])
    await stage.provider.remove(requestFor(repositoryId, id, number).identity);
  await dropBaseline(stage.admin, id, database);
});

test('the checker sees a password as it is, in a URL, and in Base64', () => {
  const password = new Secret('a/b c%d@e:f');
  const secrets = { password };
  const url = connectionUrl({ ...stage.admin, password }).reveal();
  assert.ok(!url.includes(password.reveal()), 'a URL shows it in another form');
  for (const text of [
    `said ${password.reveal()} aloud`,
    `went to ${url}`,
    Buffer.from('a/b c%d@e:f').toString('base64'),
  ]) {
    assert.deepEqual(leaks(text, secrets), ['the password can be read'], text);
  }
  assert.deepEqual(leaks(`${password} and a/b`, secrets), []);
});
