import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';
import { advisedSql, findingsOf, UNKNOWN } from '../support/sections.ts';
import { assertParses } from '../support/told.ts';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(`
    CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
    CREATE TABLE guarded (id bigint PRIMARY KEY, owner text NOT NULL);
    ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
    CREATE POLICY guarded_own ON guarded USING (owner = current_user);
    CREATE VIEW open_orders AS SELECT id FROM orders;
    CREATE FUNCTION open_path() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION own_path() RETURNS integer LANGUAGE sql SET search_path = public AS 'SELECT 1';`);
});

/** What one rule says about a text, opinion or not. */
const says = (rule: string, sql: string, version?: 14) =>
  findingsOf('security', schema, sql, 'file', version).filter((finding) => finding.rule === rule);

const definer = (rest: string) => `CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER ${rest}`;
const BODY = "AS 'SELECT count(*) FROM orders'";
const MADE = 'CREATE TABLE made (id bigint, owner text);';
const ENABLED = 'ALTER TABLE made ENABLE ROW LEVEL SECURITY;';
const FILLED_IN = ['$', '{APP_PASSWORD}'].join('');
const HASH = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';

/** SQL, and how often the rule complains. */
const CASES: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  'security-definer-search-path': [
    [definer(BODY), 1],
    [definer(`SET work_mem = '8MB' ${BODY}`), 1],
    [`${definer(BODY)}; ALTER FUNCTION other() SET search_path = public`, 1],
    [`CREATE PROCEDURE p() LANGUAGE sql SECURITY DEFINER ${BODY}`, 1],
    ['ALTER FUNCTION open_path() SECURITY DEFINER', 1],
    [definer(`SET search_path = public, pg_temp ${BODY}`), 0],
    [definer(`SET search_path = '' ${BODY}`), 0],
    [definer(`SET search_path FROM CURRENT ${BODY}`), 0],
    [`${definer(BODY)}; ALTER FUNCTION f() SET search_path = public, pg_temp`, 0],
    [definer('RETURN (SELECT count(*) FROM orders)'), 0],
    [definer('BEGIN ATOMIC SELECT count(*) FROM orders; END'), 0],
    [`CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY INVOKER ${BODY}`, 0],
    [`CREATE FUNCTION f() RETURNS bigint LANGUAGE sql ${BODY}`, 0],
    ["CREATE FUNCTION f() RETURNS bigint LANGUAGE c SECURITY DEFINER AS 'lib', 'f'", 0],
    ['ALTER FUNCTION own_path() SECURITY DEFINER', 0],
    ['ALTER FUNCTION open_path() SECURITY DEFINER SET search_path = public', 0],
    ['ALTER FUNCTION nobody_knows() SECURITY DEFINER', 0],
    ['ALTER FUNCTION open_path() SECURITY INVOKER', 0],
  ],
  'grant-public': [
    ['GRANT SELECT ON orders TO PUBLIC', 1],
    ['GRANT SELECT (id) ON orders TO PUBLIC', 1],
    ['GRANT ALL ON orders, guarded TO postgres, public', 1],
    ['GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC', 1],
    ['ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC', 1],
    ['GRANT USAGE ON SEQUENCE s TO PUBLIC', 1],
    ['GRANT CREATE ON SCHEMA public TO PUBLIC', 1],
    ['GRANT ALL ON SCHEMA public TO PUBLIC', 1],
    ['GRANT USAGE ON SCHEMA public TO PUBLIC', 0],
    ['GRANT EXECUTE ON FUNCTION open_path() TO PUBLIC', 0],
    ['GRANT SELECT ON orders TO reader', 0],
    ['GRANT SELECT ON orders TO "public_reader"', 0],
    ['GRANT SELECT ON guarded TO PUBLIC', 0],
    ['REVOKE ALL ON orders FROM PUBLIC', 0],
    ['GRANT reader TO writer', 0],
    ['ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', 0],
  ],
  'policy-without-rls': [
    ['CREATE POLICY p ON orders USING (owner = current_user)', 1],
    [`${MADE} CREATE POLICY p ON made USING (owner = current_user)`, 1],
    ['CREATE POLICY p ON orders USING (id > 1); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY', 1],
    ['CREATE POLICY p ON orders USING (id > 1); ALTER TABLE orders ENABLE ROW LEVEL SECURITY', 0],
    [`${MADE} ${ENABLED} CREATE POLICY p ON made USING (owner = current_user)`, 0],
    ['CREATE POLICY p ON guarded USING (id > 1)', 0],
    ['CREATE POLICY p ON unknown USING (id > 1)', 0],
  ],
  'rls-without-policy': [
    [`${MADE} ${ENABLED}`, 1],
    [`${MADE} ${ENABLED} CREATE POLICY p ON orders USING (id > 1)`, 1],
    [`${MADE} ${ENABLED} CREATE POLICY p ON made USING (id > 1)`, 0],
    [`${MADE} CREATE POLICY p ON made USING (id > 1); ${ENABLED}`, 0],
    ['ALTER TABLE orders ENABLE ROW LEVEL SECURITY', 0],
    [`${MADE} ALTER TABLE made FORCE ROW LEVEL SECURITY`, 0],
  ],
  'rls-not-enabled': [
    [MADE, 1],
    [`${MADE} ALTER TABLE orders ENABLE ROW LEVEL SECURITY`, 1],
    [`${MADE} ${ENABLED}`, 0],
    ['CREATE TEMPORARY TABLE made (id bigint)', 0],
    ['CREATE TABLE IF NOT EXISTS orders (id bigint)', 0],
    ['CREATE VIEW seen AS SELECT id FROM orders', 0],
  ],
  'policy-always-true': [
    ['CREATE POLICY p ON guarded USING (true)', 1],
    ['CREATE POLICY p ON guarded FOR UPDATE USING (1 = 1)', 1],
    ['CREATE POLICY p ON guarded FOR DELETE TO PUBLIC USING (owner IS NOT NULL)', 1],
    ['CREATE POLICY p ON guarded TO postgres, PUBLIC USING (true)', 1],
    [`${MADE} CREATE POLICY p ON made USING (true); ${ENABLED}`, 1],
    [`${MADE} ${ENABLED} CREATE POLICY p ON made USING (true)`, 1],
    ['CREATE POLICY p ON guarded FOR SELECT USING (true)', 0],
    ['CREATE POLICY p ON guarded FOR INSERT WITH CHECK (true)', 0],
    ['CREATE POLICY p ON guarded TO postgres USING (true)', 0],
    ['CREATE POLICY p ON guarded AS RESTRICTIVE USING (true)', 0],
    ['CREATE POLICY p ON guarded USING (owner = current_user)', 0],
    ['CREATE POLICY p ON orders USING (true); ALTER TABLE orders ENABLE ROW LEVEL SECURITY', 0],
    [`${MADE} CREATE POLICY p ON made USING (true)`, 0],
  ],
  'security-definer-view': [
    ['CREATE VIEW v AS SELECT id FROM guarded', 1],
    ['CREATE OR REPLACE VIEW v AS SELECT o.id FROM orders o JOIN guarded g ON g.id = o.id', 1],
    ['CREATE VIEW v WITH (security_invoker = false) AS SELECT id FROM guarded', 1],
    ['CREATE VIEW v WITH (security_barrier) AS SELECT id FROM guarded', 1],
    ['CREATE VIEW v WITH (security_invoker) AS SELECT id FROM guarded', 0],
    ['CREATE VIEW v WITH (security_invoker = on) AS SELECT id FROM guarded', 0],
    ['CREATE VIEW v AS SELECT id FROM guarded; ALTER VIEW v SET (security_invoker = true)', 0],
    ['CREATE VIEW v AS SELECT id FROM orders', 0],
    ['CREATE VIEW v AS WITH guarded AS (SELECT 1 AS id) SELECT id FROM guarded', 0],
  ],
  'role-with-superuser': [
    ['CREATE ROLE r SUPERUSER', 1],
    ['CREATE USER r SUPERUSER BYPASSRLS', 2],
    ['ALTER ROLE r BYPASSRLS', 1],
    ['CREATE ROLE r CREATEDB CREATEROLE', 0],
    ['ALTER ROLE r NOSUPERUSER NOBYPASSRLS', 0],
    ["ALTER ROLE r SET work_mem = '8MB'", 0],
  ],
  'superuser-operations': [
    ["ALTER SYSTEM SET work_mem = '8MB'", 1],
    ['SET ROLE r', 1],
    ['SET SESSION AUTHORIZATION r', 1],
    ['RESET ROLE', 0],
    ["SET work_mem = '8MB'", 0],
    ["COPY orders FROM PROGRAM 'cat'", 1],
    ["COPY orders FROM '/tmp/orders'", 1],
    ['COPY orders FROM STDIN', 0],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'", 1],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE C AS 'lib', 'f'", 1],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'", 0],
    ['CREATE FUNCTION f() RETURNS int RETURN 1', 0],
    ['CREATE EXTENSION postgres_fdw', 1],
    ['CREATE EXTENSION pg_trgm', 0],
    ['CREATE EXTENSION nobody_knows', 0],
  ],
  'secret-in-migration': [
    ["CREATE ROLE r LOGIN PASSWORD 'hunter2'", 1],
    ["ALTER ROLE r PASSWORD 'hunter2'", 1],
    ["CREATE USER MAPPING FOR r SERVER s OPTIONS (user 'u', password 'hunter2')", 1],
    ["ALTER USER MAPPING FOR r SERVER s OPTIONS (SET password 'hunter2')", 1],
    ["CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p", 1],
    ["CREATE SUBSCRIPTION s CONNECTION 'postgres://u:hunter2@h/d' PUBLICATION p", 1],
    ["SELECT * FROM dblink('host=h password=''hunter2''', 'SELECT 1') AS t (a int)", 1],
    [`INSERT INTO orders VALUES (1, 'AKIA${'A'.repeat(16)}')`, 1],
    [`INSERT INTO orders VALUES (1, 'ghp_${'a'.repeat(36)}')`, 1],
    [`INSERT INTO orders VALUES (1, '-----BEGIN RSA PRIVATE ${'KEY'}-----')`, 1],
    ['ALTER ROLE r PASSWORD NULL', 0],
    [`CREATE ROLE r PASSWORD '${HASH}'`, 0],
    [`CREATE ROLE r PASSWORD '${FILLED_IN}'`, 0],
    ["CREATE ROLE r PASSWORD '{{ app_password }}'", 0],
    [`CREATE SUBSCRIPTION s CONNECTION 'host=h password=${FILLED_IN}' PUBLICATION p`, 0],
    ["CREATE SUBSCRIPTION s CONNECTION 'host=h user=u' PUBLICATION p", 0],
    ["CREATE SUBSCRIPTION s CONNECTION 'postgres://u@h/d' PUBLICATION p", 0],
    ["INSERT INTO orders VALUES (1, 'password=hunter2')", 0],
    ["INSERT INTO orders VALUES (1, 'AKIA and others')", 0],
  ],
  'unqualified-objects': [
    [definer(BODY), 1],
    [definer("AS 'INSERT INTO orders VALUES (1); SELECT 1::bigint'"), 1],
    [
      "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN DELETE FROM orders WHERE id = 1; END'",
      1,
    ],
    [definer("AS 'SELECT count(*) FROM public.orders'"), 0],
    [definer("AS 'WITH o AS (SELECT 1) SELECT count(*) FROM o'"), 0],
    [definer('RETURN (SELECT count(*) FROM orders)'), 0],
    [`CREATE FUNCTION f() RETURNS bigint LANGUAGE sql ${BODY}`, 0],
  ],
  'extension-in-public': [
    ['CREATE EXTENSION pg_trgm', 1],
    ['CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public', 1],
    ['CREATE EXTENSION pg_trgm SCHEMA extensions', 0],
    ['CREATE EXTENSION plpgsql', 0],
  ],
};

for (const [rule, cases] of Object.entries(CASES))
  describe(rule, () => {
    for (const [sql, wanted] of cases)
      test(`${wanted}: ${sql}`, () => assert.equal(says(rule, sql).length, wanted));
  });

test('an option of views that a version does not have is not asked for', () => {
  assert.equal(says('security-definer-view', 'CREATE VIEW v AS SELECT id FROM guarded', 14).length, 0);
});

test('in a schema that nobody knows nothing is said of protection that nobody sees', () => {
  for (const sql of [
    'CREATE POLICY p ON a USING (true)',
    'CREATE VIEW v AS SELECT * FROM a',
    'ALTER FUNCTION f() SECURITY DEFINER',
  ])
    assert.deepEqual(complainers(judge(UNKNOWN, [sourceOf(sql)])), [], sql);
});

test('what is found is never repeated', () => {
  for (const [sql, wanted] of CASES['secret-in-migration'] ?? [])
    for (const { message, help } of wanted === 0 ? [] : says('secret-in-migration', sql))
      assert.doesNotMatch(`${message} ${help}`, /hunter2|AKIA|ghp_|BEGIN RSA/);
});

test('hostile names stay inside their backticks, and advised SQL parses', () => {
  const name = '"a ""b"" `c`\n\'d\'"';
  const catalog = schemaOf(
    `CREATE TABLE ${name} (id bigint PRIMARY KEY); ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; CREATE TABLE plain (id bigint);`,
  );
  const bad = [
    'GRANT SELECT ON plain TO PUBLIC',
    `CREATE POLICY ${name} ON ${name} USING (true)`,
    `CREATE POLICY ${name} ON plain USING (id > 1)`,
    `CREATE VIEW v AS SELECT id FROM ${name}`,
    `CREATE TABLE made (id int); ALTER TABLE made ENABLE ROW LEVEL SECURITY`,
    `CREATE ROLE ${name} SUPERUSER PASSWORD 'x'`,
    `CREATE FUNCTION ${name}() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1 FROM plain'`,
    'CREATE EXTENSION pg_trgm',
  ];
  for (const sql of bad) {
    const found = findingsOf('security', catalog, sql);
    assert.ok(found.length > 0, sql);
    for (const finding of found) {
      for (const text of [finding.message, finding.help]) assert.equal(text.split('`').length % 2, 1, text);
      if (!sql.includes('`'))
        for (const advised of advisedSql(finding).filter((one) => one.includes(' '))) assertParses(advised);
    }
  }
});

test('PUBLIC is replaced by a role in the words of the statement', () => {
  const [finding] = says('grant-public', 'GRANT SELECT ON orders TO PUBLIC');
  assert.match(finding?.help ?? '', /`CREATE ROLE orders_select`.*`GRANT SELECT ON orders TO orders_select`/);
});
