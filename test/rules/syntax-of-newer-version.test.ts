import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readTruth } from '../../bench/locks/truth.ts';
import { startSession } from '../../src/rules/session.ts';
import { rule } from '../../src/rules/syntax-of-newer-version/rule.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { worldWith } from '../sql/truth.ts';
import { judge } from '../support/lint.ts';

before(loadParser);

function findings(sql: string, version: PostgresVersion) {
  return judge(EMPTY_CATALOG, sql, { version }).findings.filter((finding) => finding.rule === rule.slug);
}

/** What an older version says of syntax that it does not have; other refusals are of what it could not do with syntax that it has. */
const SYNTAX = [
  /^syntax error /,
  /^unrecognized (parameter|VACUUM option) /,
  /^only simple column references are allowed in CREATE STATISTICS/,
  /^missing FROM-clause entry for table "(old|new)"/,
  /^cannot change access method of a partitioned table/,
  /^"\w+" is not a table/,
  /^FOREIGN KEY constraints cannot be marked NO INHERIT/,
];

const told = new Map<string, boolean>();

/** Whether the rule alone speaks of one of the statements, as a change to the world of the cases. */
function speaks(text: string, version: PostgresVersion, given: string | undefined): boolean {
  const key = JSON.stringify([text, version, given]);
  const known = told.get(key);
  if (known !== undefined) return known;
  const catalog = worldWith(given);
  const { statements } = parsed(text);
  const spoken = statements.some(
    (statement, index) =>
      rule.check(statement, {
        catalog,
        before: catalog,
        effects: effects(statement, catalog, version),
        version,
        inTransaction: true,
        session: startSession('tool').view,
        file: { path: 'case.sql', transaction: 'file', statements, index },
        lockedBefore: new Map(),
      }).length > 0,
  );
  told.set(key, spoken);
  return spoken;
}

function parsed(text: string) {
  const found = parseSql(text, 'case.sql');
  assert.ok(found.ok, text);
  return found;
}

test('speaks of every case that an older version refuses for its syntax, and of none that it takes', () => {
  let refusals = 0;
  for (const { sql, given, shown } of readTruth()) {
    if (!parseSql(sql, 'case.sql').ok) continue;
    const newest = Math.max(...[...shown].flatMap(([version, one]) => ('refused' in one ? [] : [version])));
    for (const [version, one] of shown) {
      // What the case is given stands before it, and may be what is refused.
      const spoken = () => speaks(sql, version, given) || speaks(given ?? '', version, undefined);
      if (!('refused' in one)) assert.ok(!spoken(), `speaks on ${version}: ${sql}`);
      else if (version < newest && SYNTAX.some((kind) => kind.test(one.refused))) {
        assert.ok(spoken(), `silent on ${version}: ${sql} (${one.refused})`);
        refusals += 1;
      }
    }
  }
  assert.ok(refusals > 300, `${refusals} refusals`);
});

describe('the first version that takes a statement is the first without a finding', () => {
  const cases: readonly (readonly [string, PostgresVersion])[] = [
    ['CREATE TABLE fresh (a int, b int GENERATED ALWAYS AS (a) VIRTUAL)', 18],
    ['CREATE TABLE fresh (a int, b int GENERATED ALWAYS AS (a) STORED)', 13],
    ['CREATE TABLE fresh (a int NOT NULL CHECK (a > 0), CHECK (a > 1))', 13],
    ['CREATE TABLE fresh (a int, NOT NULL a)', 18],
    ['CREATE TABLE fresh (a int NOT NULL NO INHERIT)', 18],
    ['ALTER TABLE orders ALTER CONSTRAINT orders_customer_fk DEFERRABLE', 13],
    ['UPDATE bare SET a = 1 RETURNING old.a, new.a', 18],
    ['UPDATE bare SET a = 1 RETURNING WITH (OLD AS o) o.a', 18],
    ['UPDATE bare SET a = 1 FROM bare old RETURNING old.a', 13],
    ['UPDATE bare new SET a = 1 RETURNING new.a', 13],
    ['CREATE RULE r AS ON INSERT TO bare DO INSTEAD INSERT INTO heads (a) VALUES (1) RETURNING new.a', 13],
    ['VACUUM bare', 13],
    ['VACUUM', 13],
    ['ALTER TABLE bare ALTER a SET STATISTICS -1', 13],
    ['CREATE TABLE fresh (a int) PARTITION BY RANGE (a) USING heap', 17],
    ['CREATE DOMAIN fresh AS int NOT NULL', 13],
    ['MERGE INTO bare USING heads ON bare.a = heads.a WHEN MATCHED THEN DELETE RETURNING bare.a', 17],
    ['MERGE INTO bare USING heads ON bare.a = heads.a WHEN NOT MATCHED BY SOURCE THEN DELETE', 17],
    ['COPY bare FROM STDIN WITH (FORMAT csv, HEADER)', 13],
    ['COPY bare FROM STDIN WITH (FORMAT csv, HEADER match)', 15],
    ["COPY bare FROM STDIN WITH (FORMAT csv, DEFAULT 'x')", 16],
    ['COPY bare FROM STDIN WITH (FORMAT csv, ON_ERROR ignore)', 17],
    ['COPY bare FROM STDIN WITH (FORMAT csv, ON_ERROR ignore, REJECT_LIMIT 3)', 18],
    ['GRANT MAINTAIN ON bare TO CURRENT_USER', 17],
    ['GRANT ALL ON bare TO CURRENT_USER', 13],
    ['GRANT a TO b WITH INHERIT TRUE', 16],
    ['GRANT a TO b WITH ADMIN OPTION', 13],
    ["SELECT * FROM JSON_TABLE('[]'::jsonb, '$[*]' COLUMNS (a int)) AS t", 17],
    ["SELECT '1' IS JSON", 16],
    ['SELECT * FROM (SELECT 1)', 16],
    ['SELECT * FROM (SELECT 1) AS one', 13],
    ['SELECT (SELECT 1)', 13],
    ['CREATE PUBLICATION fresh FOR TABLE bare (a)', 15],
    ['CREATE PUBLICATION fresh FOR TABLE bare', 13],
    ['ALTER TABLE tree DETACH PARTITION tree_2', 13],
    ['ALTER TABLE tree DETACH PARTITION tree_2 FINALIZE', 14],
    ['CREATE OR REPLACE TRIGGER t BEFORE INSERT ON bare FOR EACH ROW EXECUTE FUNCTION noop()', 14],
    ['CREATE TRIGGER t BEFORE INSERT ON bare FOR EACH ROW EXECUTE FUNCTION noop()', 13],
    ['CREATE FUNCTION fresh() RETURNS int LANGUAGE sql RETURN 1', 14],
    ["CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'", 13],
    ['CREATE TABLE fresh (a text COMPRESSION pglz)', 14],
    ['REINDEX (VERBOSE) TABLE CONCURRENTLY bare', 13],
    ['REINDEX (VERBOSE, CONCURRENTLY) TABLE bare', 14],
    ['VACUUM (PROCESS_TOAST false) bare', 14],
    ['WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) CYCLE a SET c USING p SELECT 1', 14],
    ['SELECT * FROM bare JOIN heads USING (a) AS j', 14],
  ];
  for (const [sql, first] of cases)
    test(sql, () => {
      const silent = ([13, 14, 15, 16, 17, 18] as const).filter(
        (version) => findings(sql, version).length === 0,
      );
      assert.equal(silent[0], first);
      assert.equal(silent.length, 19 - first);
    });
});

test('one finding a statement says all that is too new, and the version that takes it', () => {
  const sql = 'CREATE TABLE fresh (a text COMPRESSION pglz, b int, UNIQUE NULLS NOT DISTINCT (b))';
  const [finding, ...more] = findings(sql, 13);
  assert.deepEqual(more, []);
  assert.match(finding?.message ?? '', /Postgres 13 .*`NULLS NOT DISTINCT` and `COMPRESSION`/);
  assert.match(finding?.help ?? '', /leave it out; or wait until the server is Postgres 15\.$/);
});
