import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { branchName, roleNames } from '../../src/branching/identity.ts';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { admin, nothingLeft, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, pull, type Subject, withBaseline } from './subject.ts';

type Neighbours = {
  readonly subject: Subject;
  readonly provider: PostgresProvider;
  /** The branch whose sessions give rights to the other's roles. */
  readonly facts: ConnectionFacts;
  readonly giver: { readonly login: string; readonly group: string };
  /** The other's roles, as GRANT names them. */
  readonly others: string;
};

async function neighbours(
  subject: Subject,
  provider: PostgresProvider,
  work: (given: Neighbours) => Promise<void>,
): Promise<void> {
  await withBaseline({ ...subject, provider });
  const { branch } = await provider.create(asks(subject, pull(subject, 1)));
  await provider.create(asks(subject, pull(subject, 2)));
  const { login, group } = roleNames(branchName(pull(subject, 1)));
  const other = roleNames(branchName(pull(subject, 2)));
  await work({
    subject,
    provider,
    facts: await provider.connect(branch),
    giver: { login: identifier(login), group: identifier(group) },
    others: `${identifier(other.group)}, ${identifier(other.login)}`,
  });
}

/** Both kinds of administrator. */
function each(name: string, work: (given: Neighbours) => Promise<void>): void {
  test(`${name}; the administrator is a superuser`, () =>
    withSubject((subject) => neighbours(subject, subject.provider, work)));
  test(`${name}; the administrator is none`, () =>
    withSubject(async (subject) => {
      const user = `bot_${randomBytes(4).toString('hex')}`;
      const password = new Secret(randomBytes(12).toString('hex'));
      await tell(
        admin,
        `CREATE ROLE ${user} LOGIN CREATEDB CREATEROLE PASSWORD ${literal(password.reveal())}`,
        `CREATE DATABASE ${user} OWNER ${user}`,
      );
      const facts = { ...admin, user, password, database: user };
      try {
        await neighbours(subject, createPostgresProvider({ facts, now: () => new Date() }), work);
      } finally {
        await subject.dispose();
        await tell(admin, `DROP DATABASE ${user}`, `DROP OWNED BY ${user}`, `DROP ROLE ${user}`);
      }
    }));
}

async function removed({ subject, provider }: Neighbours): Promise<void> {
  assert.deepEqual(await provider.remove(pull(subject, 2)), { removed: true });
  await nothingLeft(subject, pull(subject, 2));
  assert.ok(await provider.find(pull(subject, 1)));
}

const MADE: readonly string[] = [
  'CREATE SCHEMA "s""c"',
  'CREATE TABLE "s""c"."t""b" (id integer, "c""l" integer)',
  'CREATE VIEW "s""c".seen AS SELECT 1 AS one',
  'CREATE SEQUENCE "s""c".numbers',
  'CREATE TYPE "s""c".mood AS ENUM (\'glad\')',
  'CREATE DOMAIN "s""c".short AS text',
  'CREATE FUNCTION "s""c".add(a integer, VARIADIC b "s""c".mood[], OUT c integer) LANGUAGE sql AS \'SELECT 1\'',
  'CREATE PROCEDURE "s""c".work(IN a integer, INOUT b text) LANGUAGE sql AS \'SELECT $2\'',
  'CREATE FUNCTION "s""c".plus(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS \'SELECT $1 + $2\'',
  'CREATE AGGREGATE "s""c".total(integer) (SFUNC = "s""c".plus, STYPE = integer)',
  'SELECT lo_create(4711)',
];

const RIGHTS: readonly string[] = [
  'SELECT, DELETE ON "s""c"."t""b"',
  'UPDATE ("c""l"), REFERENCES (id) ON "s""c"."t""b"',
  'SELECT ON "s""c".seen',
  'USAGE ON SEQUENCE "s""c".numbers',
  'USAGE ON TYPE "s""c".mood',
  'USAGE ON DOMAIN "s""c".short',
  'EXECUTE ON FUNCTION "s""c".add(integer, "s""c".mood[])',
  'EXECUTE ON ROUTINE "s""c".work',
  'EXECUTE ON FUNCTION "s""c".total(integer)',
  'SELECT, UPDATE ON LARGE OBJECT 4711',
  'USAGE, CREATE ON SCHEMA "s""c"',
];

const MINE = `SELECT count(*)::int AS n FROM pg_shdepend WHERE deptype = 'a' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = session_user)`;

each('rights that a neighbour’s login gave on every kind of object do not keep the roles', async (given) => {
  const { facts, giver, others } = given;
  await tell(
    facts,
    ...MADE,
    ...RIGHTS.map((right) => `GRANT ${right} TO ${giver.login} WITH GRANT OPTION`),
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${giver.login} WITH GRANT OPTION`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA "s""c" GRANT SELECT ON TABLES TO ${others}`,
    'SET ROLE NONE',
    ...RIGHTS.map((right) => `GRANT ${right} TO ${others} WITH GRANT OPTION`),
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${others}`,
  );
  const before = await ask(facts, MINE);
  await removed(given);
  assert.deepEqual(await ask(facts, MINE), before, 'the giver keeps its own');
});

each('a right of a column whose giver has lost its grant option does not keep the roles', async (given) => {
  const { facts, giver, others } = given;
  await tell(
    facts,
    'CREATE TABLE t (c integer)',
    `GRANT SELECT ON t TO ${giver.login} WITH GRANT OPTION`,
    'SET ROLE NONE',
    `GRANT SELECT (c) ON t TO ${others}`,
    `SET ROLE ${giver.group}`,
    `REVOKE SELECT ON t FROM ${giver.login} CASCADE`,
  );
  await removed(given);
});

each('a schema that is closed to the table’s owner does not keep the roles', async (given) => {
  const { facts, giver, others } = given;
  await tell(
    facts,
    'SET ROLE NONE',
    'CREATE SCHEMA own',
    `GRANT ALL ON SCHEMA own TO ${giver.group}`,
    `SET ROLE ${giver.group}`,
    'CREATE TABLE own.t (c integer)',
    `GRANT SELECT ON own.t TO ${giver.login} WITH GRANT OPTION`,
    'SET ROLE NONE',
    `GRANT SELECT ON own.t TO ${others}`,
    `REVOKE ALL ON SCHEMA own FROM ${giver.group}`,
    `REVOKE ALL ON SCHEMA own FROM ${giver.login}`,
  );
  await removed(given);
});

each('rights that the roles gave on themselves do not keep them', async (given) => {
  const { facts, giver, others } = given;
  const [group = '', login = ''] = others.split(', ');
  await ask(facts, 'CREATE TABLE t (c integer)');
  await ask(facts, `GRANT SELECT ON t TO ${giver.login}, ${login} WITH GRANT OPTION`);
  // As its sessions could where they may connect.
  await tell(
    { ...admin, database: facts.database },
    `SET ROLE ${login}`,
    `GRANT SELECT (c) ON t TO ${group}, PUBLIC, ${giver.group}`,
    `SET ROLE ${giver.group}`,
    `REVOKE SELECT ON t FROM ${login} CASCADE`,
  );
  await removed(given);
});
