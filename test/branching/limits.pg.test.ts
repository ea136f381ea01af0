import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { asAdmin, type Server } from '../../src/branching/admin.ts';
import { branchName, roleNames } from '../../src/branching/identity.ts';
import { requireClosed } from '../../src/branching/opening.ts';
import { createPostgresProvider, type PostgresOptions } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { admin, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, pull, refused, type Subject, withBaseline } from './subject.ts';

const make = (options: Partial<PostgresOptions>) =>
  createPostgresProvider({ facts: admin, now: () => new Date(), ...options });

const limits = {
  connections: 3,
  statementTimeoutMs: 61_000,
  idleTransactionMs: 62_000,
  idleSessionMs: 63_000,
};
const none = { connections: 5, statementTimeoutMs: 0, idleTransactionMs: 0, idleSessionMs: 0 };

const settingsOf = async (facts: ConnectionFacts) => {
  const rows = await ask(
    facts,
    `SELECT name, setting FROM pg_settings WHERE source = 'database user' AND name <> 'role' ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [String(name), String(setting)]));
};
const connectionLimit = async (facts: ConnectionFacts) =>
  (await ask(admin, `SELECT rolconnlimit AS most FROM pg_roles WHERE rolname = ${literal(facts.user)}`))[0]
    ?.most;

test('sessions of a branch begin with the policy’s limits, which create renews and reset keeps', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const limited = make({ limits });
    const { branch } = await limited.create(asks(subject, pull(subject, 1)));
    const facts = await limited.connect(branch);
    const idle = (await limited.serverVersion()) >= 14 ? { idle_session_timeout: '63000' } : {};
    const wanted = { idle_in_transaction_session_timeout: '62000', ...idle, statement_timeout: '61000' };
    assert.deepEqual(await settingsOf(facts), wanted);
    assert.equal(await connectionLimit(facts), 3);
    await tell(
      facts,
      'SET ROLE NONE',
      `ALTER ROLE CURRENT_USER IN DATABASE ${identifier(branch.name)} SET statement_timeout = 1`,
      `ALTER ROLE CURRENT_USER IN DATABASE ${identifier(branch.name)} SET work_mem = 64`,
    );
    await limited.create(asks(subject, pull(subject, 1)));
    assert.deepEqual(await settingsOf(facts), wanted);
    await limited.reset(branch, branch.labels.baselineId);
    assert.deepEqual(await settingsOf(facts), wanted);
    await make({ limits: none }).create(asks(subject, pull(subject, 1)));
    assert.deepEqual(await settingsOf(facts), {});
    assert.equal(await connectionLimit(facts), 5);
    const [{ role } = {}] = await ask(facts, 'SELECT current_user::text AS role');
    assert.equal(role, roleNames(branch.name).group);
  }));

async function golden(subject: Subject, ...settings: readonly string[]): Promise<string> {
  const name = `pullgres_settings_${subject.repositoryId}`;
  await subject.plant(name, undefined);
  for (const setting of settings) await ask(admin, `ALTER DATABASE ${name} SET ${setting}`);
  return name;
}

test('a branch has its baseline’s settings, but for those that would be wrong there', () =>
  withSubject(async (subject) => {
    const said: string[] = [];
    const name = await golden(
      subject,
      `search_path = '$user', 'odd "name, too', public`,
      `timezone = 'Asia/Tokyo'`,
      `app.motto = 'it''s = fine'`,
      `app.jwt_secret = 'hunter2'`,
      `statement_timeout = '1ms'`,
      'default_transaction_read_only = on',
      'session_replication_role = replica',
    );
    await ask(admin, `ALTER ROLE postgres IN DATABASE ${name} SET work_mem = '7MB'`);
    const provider = make({ limits: none, onProgress: (text) => void said.push(text) });
    const { id } = await provider.publishBaseline(name, { id: name, kind: 'synthetic' });
    const { branch } = await provider.create(asks(subject, pull(subject, 1), id));
    const facts = await provider.connect(branch);
    const read = `SELECT current_setting('search_path') AS path, current_setting('timezone') AS zone, current_setting('app.motto') AS motto,
        current_setting('app.jwt_secret', true) AS secret, current_setting('statement_timeout') AS timeout`;
    const wanted = [
      {
        path: '"$user", "odd ""name, too", public',
        zone: 'Asia/Tokyo',
        motto: `it's = fine`,
        secret: null,
        timeout: '0',
      },
    ];
    assert.deepEqual(await ask(facts, read), wanted);
    await ask(facts, 'CREATE TABLE writable ()');
    assert.match(said.join('\n'), /The baseline's setting app\.jwt_secret is not taken over\./);
    assert.doesNotMatch(said.join('\n'), /hunter2/);
    assert.equal(
      (
        await ask(
          admin,
          `SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = ${literal(name)}`,
        )
      ).length,
      2,
    );
    await provider.reset(branch, id);
    assert.deepEqual(await ask(facts, read), wanted);
  }));

test('a branch is let in only when nobody else may enter', () =>
  withSubject(async (subject) => {
    const name = `pullgres_open_${subject.repositoryId}`;
    await subject.plant(name, undefined);
    const check = () =>
      asAdmin({ facts: admin, lockWaitMs: 1_000 } as unknown as Server, (session) =>
        requireClosed(session, name, 'pg_monitor'),
      );
    await refused(check(), /PUBLIC holds the privilege (CONNECT|TEMPORARY)/);
    await ask(admin, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await ask(admin, `GRANT CONNECT ON DATABASE ${name} TO pg_monitor`);
    await check();
    await ask(admin, `GRANT TEMPORARY ON DATABASE ${name} TO pg_read_all_stats`);
    await refused(check(), /pg_read_all_stats holds the privilege TEMPORARY/);
  }));

test('a grant to PUBLIC at the last moment keeps the branch closed, to the last privilege', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const name = branchName(pull(subject, 1));
    // In a process of its own, because the provider does not wait for what a listener begins.
    const program = `const { openConnection } = await import(${JSON.stringify(new URL('../../src/postgres/connection.ts', import.meta.url).href)});
      const { Secret } = await import(${JSON.stringify(new URL('../../src/secret.ts', import.meta.url).href)});
      const facts = JSON.parse(process.env.FACTS);
      const session = await openConnection({ ...facts, password: new Secret(facts.password) }, { applicationName: 'careless' });
      await session.query('GRANT CONNECT ON DATABASE ${name} TO PUBLIC');
      await session.close();`;
    const FACTS = JSON.stringify({ ...admin, password: admin.password.reveal() });
    const careless = make({
      onProgress: (text) => {
        if (text !== `Opening ${name}`) return;
        execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
          env: { ...process.env, FACTS },
        });
      },
    });
    await refused(careless.create(asks(subject, pull(subject, 1))), /PUBLIC holds the privilege CONNECT/);
    assert.deepEqual((await subject.provider.list(subject.repositoryId)).branches, []);
    const { branch } = await subject.provider.create(asks(subject, pull(subject, 1)));
    await refused(careless.reset(branch, branch.labels.baselineId), /PUBLIC holds the privilege CONNECT/);
    await refused(subject.provider.connect(branch), /half made/);
    const { group } = roleNames(name);
    assert.deepEqual(
      await ask(
        admin,
        `SELECT has_database_privilege(${literal(group)}, ${literal(name)}, 'TEMPORARY') AS let_in`,
      ),
      [{ let_in: false }],
    );
  }));

const stubborn: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'event trigger',
    [
      'CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION ev()',
    ],
    /The event trigger ev came with the baseline and could not be made harmless, so the branch stays closed: .*must be owner/,
  ],
  [
    'function',
    ['CREATE EXTENSION dblink'],
    /The function public\.dblink\S* came with the baseline .*permission denied for function|The function public\.dblink\S* .* still in force/,
  ],
  [
    'foreign server',
    [
      'CREATE EXTENSION postgres_fdw',
      `CREATE SERVER prod FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'prod')`,
    ],
    /The foreign server prod .*must be owner of foreign server/,
  ],
  [
    'user mapping',
    [
      'CREATE EXTENSION postgres_fdw',
      'CREATE SERVER prod FOREIGN DATA WRAPPER postgres_fdw',
      `CREATE USER MAPPING FOR PUBLIC SERVER prod OPTIONS (password 'hunter2')`,
    ],
    /The user mapping PUBLIC on "prod" .*must be owner of foreign server/,
  ],
];
for (const [what, statements, message] of stubborn) {
  test(`no branch is opened when the administrator may not make its ${what} harmless`, () =>
    withSubject(async (subject) => {
      const bot = `bot_${randomBytes(4).toString('hex')}`;
      const password = new Secret(bot);
      const name = `pullgres_weak_${subject.repositoryId}`;
      await tell(
        admin,
        `CREATE ROLE ${bot} LOGIN CREATEDB CREATEROLE PASSWORD ${literal(bot)}`,
        `CREATE DATABASE ${bot} OWNER ${bot}`,
        `CREATE DATABASE ${name} OWNER ${bot}`,
      );
      await tell({ ...admin, database: name }, ...statements);
      if (what === 'event trigger') {
        await ask({ ...admin, database: name }, `ALTER FUNCTION ev() OWNER TO ${bot}`);
      }
      const weak = make({ facts: { ...admin, user: bot, database: bot, password } });
      const { id } = await weak.publishBaseline(name, { id: name, kind: 'synthetic' });
      await assert.rejects(
        weak.create(asks(subject, pull(subject, 1), id)),
        (error: Error & { hint?: string }) => {
          assert.match(error.message, message);
          assert.match(error.hint ?? '', /As a superuser or its owner, in the baseline: /);
          assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
          return true;
        },
      );
      assert.deepEqual((await weak.list(subject.repositoryId)).branches, []);
      await subject.dispose();
      await tell(admin, `DROP DATABASE ${bot}`, `DROP OWNED BY ${bot}`, `DROP ROLE ${bot}`);
    }));
}
