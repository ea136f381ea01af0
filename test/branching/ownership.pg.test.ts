import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { literal } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { admin, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, pull, type Subject } from './subject.ts';

/** One object of every kind that has an owner and that no superuser is needed for, in the session's first schema. */
const OWNED: readonly string[] = [
  'CREATE TABLE "ta""ble" (id integer PRIMARY KEY, n serial)',
  'INSERT INTO "ta""ble" VALUES (1)',
  'CREATE TABLE parted (id integer) PARTITION BY LIST (id)',
  'CREATE TABLE part PARTITION OF parted DEFAULT',
  'CREATE VIEW seen AS SELECT * FROM "ta""ble"',
  'CREATE MATERIALIZED VIEW kept AS SELECT * FROM "ta""ble"',
  'CREATE SEQUENCE numbers',
  'CREATE TYPE pair AS (a integer)',
  `CREATE TYPE mood AS ENUM ('glad')`,
  'CREATE TYPE span AS RANGE (subtype = integer)',
  'CREATE DOMAIN short AS text',
  `CREATE FUNCTION add(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2'`,
  `CREATE PROCEDURE work() LANGUAGE sql AS 'SELECT 1'`,
  'CREATE AGGREGATE total(integer) (SFUNC = add, STYPE = integer)',
  'CREATE OPERATOR <-> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = add)',
  'CREATE COLLATION plain FROM "C"',
  'CREATE STATISTICS together ON id, n FROM "ta""ble"',
  'CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.simple)',
  'CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = pg_catalog.simple)',
  `CREATE CONVERSION "con""v" FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
  'ALTER TABLE "ta""ble" ENABLE ROW LEVEL SECURITY',
  'CREATE POLICY nobody ON "ta""ble" USING (false)',
];

/** What only a superuser makes, then given to the schema's owner. */
const GIVEN: readonly string[] = [
  `CREATE FUNCTION sort(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2'`,
  'CREATE OPERATOR FAMILY family USING btree',
  'CREATE OPERATOR CLASS klass FOR TYPE integer USING btree FAMILY family AS FUNCTION 1 sort(integer, integer)',
];

/** Reads, writes, alters and drops each of them. */
const USES: readonly string[] = [
  'SELECT 1 / count(*) FROM "ta""ble"',
  'INSERT INTO "ta""ble" (id) VALUES (2)',
  'UPDATE "ta""ble" SET id = 3 WHERE id = 2',
  'ALTER TABLE "ta""ble" ADD COLUMN later integer',
  'ALTER TABLE part ADD CHECK (id > 0)',
  `SELECT nextval('numbers'), nextval(pg_get_serial_sequence('"ta""ble"', 'n'))`,
  'CREATE OR REPLACE VIEW seen AS SELECT id, n FROM "ta""ble"',
  'REFRESH MATERIALIZED VIEW kept',
  'ALTER TYPE pair ADD ATTRIBUTE b integer',
  `ALTER TYPE mood ADD VALUE 'sad'`,
  'ALTER TYPE span RENAME TO spans',
  'ALTER DOMAIN short SET NOT NULL',
  `CREATE OR REPLACE FUNCTION add(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1'`,
  'SELECT 1 <-> 2, total(1)',
  'ALTER OPERATOR <-> (integer, integer) SET (RESTRICT = NONE)',
  'DROP POLICY nobody ON "ta""ble"',
  ...[
    'OPERATOR CLASS klass USING btree',
    'OPERATOR FAMILY family USING btree',
    'FUNCTION sort(integer, integer)',
    'VIEW seen',
    'MATERIALIZED VIEW kept',
    'STATISTICS together',
    'TABLE "ta""ble"',
    'TABLE parted',
    'SEQUENCE numbers',
    'TYPE pair',
    'TYPE mood',
    'TYPE spans',
    'DOMAIN short',
    'AGGREGATE total(integer)',
    'OPERATOR <-> (integer, integer)',
    'FUNCTION add(integer, integer)',
    'PROCEDURE work()',
    'COLLATION plain',
    'TEXT SEARCH CONFIGURATION words',
    'TEXT SEARCH DICTIONARY stems',
    'CONVERSION "con""v"',
  ].map((what) => `DROP ${what}`),
];

const HANDS = (tag: string) => [`"o""ne ${tag}"`, `two_${tag}`, `three_${tag}`];

/** A golden database of `owner`'s with the same objects in three schemas, each of another role's. */
async function golden(subject: Subject, owner: string, tag: string): Promise<string> {
  const name = `pullgres_owned_${subject.repositoryId}`;
  await ask(admin, `CREATE DATABASE ${name} OWNER ${owner}`);
  const inside = { ...admin, database: name };
  for (const [index, role] of HANDS(tag).entries()) {
    const mine = [`SET search_path = s${index}`, `SET ROLE ${role}`];
    await tell(admin, `CREATE ROLE ${role}`);
    await tell(
      inside,
      `CREATE SCHEMA s${index} AUTHORIZATION ${role}`,
      ...mine,
      ...OWNED,
      `SELECT lo_create(${1000 + index})`,
    );
    await tell(
      inside,
      `SET search_path = s${index}`,
      ...GIVEN,
      ...[
        'OPERATOR CLASS klass USING btree',
        'OPERATOR FAMILY family USING btree',
        'FUNCTION sort(integer, integer)',
      ].map((what) => `ALTER ${what} OWNER TO ${role}`),
    );
    await ask(inside, `ALTER DEFAULT PRIVILEGES FOR ROLE ${role} GRANT SELECT ON TABLES TO PUBLIC`);
  }
  await tell(
    inside,
    'CREATE PUBLICATION pub FOR TABLE s0."ta""ble"',
    'CREATE EXTENSION postgres_fdw',
    'CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw',
    'CREATE FOREIGN TABLE s0.afar (id integer) SERVER far',
    `ALTER FOREIGN TABLE s0.afar OWNER TO ${HANDS(tag)[0]}`,
  );
  return name;
}

async function usable(facts: ConnectionFacts): Promise<void> {
  for (const index of [0, 1, 2]) {
    for (const sql of USES) await tell(facts, `SET search_path = s${index}`, sql);
    await tell(facts, `SELECT lo_put(${1000 + index}, 0, 'x')`, `SELECT lo_unlink(${1000 + index})`);
  }
  await tell(
    facts,
    'ALTER FOREIGN TABLE s0.afar ADD COLUMN more text',
    'DROP FOREIGN TABLE s0.afar',
    'DROP SCHEMA s0',
  );
}

async function forget(tag: string): Promise<void> {
  for (const role of HANDS(tag)) await tell(admin, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
}

test('the branch’s role may use, alter and drop every kind of object, whoever owned it', () =>
  withSubject(async (subject) => {
    const tag = randomBytes(3).toString('hex');
    const name = await golden(subject, 'postgres', tag);
    const { id } = await subject.provider.publishBaseline(name, { id: name, kind: 'synthetic' });
    const { branch } = await subject.provider.create(asks(subject, pull(subject, 1), id));
    const facts = await subject.provider.connect(branch);
    const inside = { ...admin, database: branch.name };
    assert.deepEqual(
      await ask(
        inside,
        `SELECT pg_get_userbyid(srvowner)::text AS server, (SELECT pg_get_userbyid(extowner)::text FROM pg_extension WHERE extname = 'postgres_fdw') AS extension FROM pg_foreign_server`,
      ),
      [{ server: 'postgres', extension: 'postgres' }],
    );
    await usable(facts);
    await subject.dispose();
    await forget(tag);
  }));

test('so it is for an administrator who is only a member of the owners', () =>
  withSubject(async (subject) => {
    const tag = randomBytes(3).toString('hex');
    const bot = `bot_${tag}`;
    const password = new Secret(tag);
    await tell(
      admin,
      `CREATE ROLE ${bot} LOGIN CREATEDB CREATEROLE PASSWORD ${literal(tag)}`,
      `CREATE DATABASE ${bot} OWNER ${bot}`,
    );
    const weak = createPostgresProvider({
      facts: { ...admin, user: bot, database: bot, password },
      now: () => new Date(),
    });
    const name = await golden(subject, bot, tag);
    for (const role of HANDS(tag)) await ask(admin, `GRANT ${role} TO ${bot}`);
    const { id } = await weak.publishBaseline(name, { id: name, kind: 'synthetic' });
    const { branch } = await weak.create(asks(subject, pull(subject, 1), id));
    await usable(await weak.connect(branch));
    await subject.dispose();
    await forget(tag);
    await tell(admin, `DROP DATABASE ${bot}`, `DROP OWNED BY ${bot}`, `DROP ROLE ${bot}`);
  }));
