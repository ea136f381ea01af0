import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import type { LintSource } from '../../src/rules/context.ts';
import { type LintRequest, type LintResult, lint, unknownRules } from '../../src/rules/lint.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

before(loadParser);

const TABLES = `
  CREATE TABLE customers (id bigint PRIMARY KEY, name text);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, note varchar(20), price numeric(8, 2));
  ALTER TABLE orders ADD CONSTRAINT note_present CHECK (note IS NOT NULL);
  CREATE TABLE events (id bigint, customer_id bigint) PARTITION BY RANGE (id);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE FUNCTION lucky() RETURNS integer LANGUAGE sql AS 'SELECT 1';`;

function schema(): Catalog {
  const parsed = parseSql(TABLES, 'tables.sql');
  assert.ok(parsed.ok);
  return settled(parsed.statements.reduce<Catalog>(applyStatement, { ...EMPTY_CATALOG, complete: true }));
}

function source(text: string, transaction: LintSource['transaction'] = 'file', file = 'one.sql'): LintSource {
  return { file, text, up: { startByte: 0, endByte: Buffer.byteLength(text) }, transaction };
}

function judge(
  sources: readonly LintSource[],
  version: PostgresVersion = 18,
  severities: LintRequest['severities'] = {},
): LintResult {
  return lint({ sources, catalog: schema(), version, severities });
}

const slugs = (result: LintResult): string[] => result.findings.map(({ rule }) => rule);

describe('what each rule takes for a hazard', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['CREATE INDEX ON orders (note)', ['create-index-blocking']],
    ['CREATE INDEX ON events (customer_id)', ['create-index-partitioned-parent']],
    ['CREATE INDEX ON ONLY events (customer_id)', []],
    ['CREATE INDEX IF NOT EXISTS orders_pkey ON orders (id)', ['if-exists-still-locks']],
    ['CREATE TABLE t (id int); CREATE INDEX ON t (id)', []],
    ['ALTER TABLE orders ALTER customer_id SET NOT NULL', ['set-not-null-scan']],
    ['ALTER TABLE orders ALTER id SET NOT NULL', []],
    ['ALTER TABLE orders ALTER note SET NOT NULL', []],
    ['ALTER TABLE orders ALTER note SET NOT NULL, DROP CONSTRAINT note_present', ['set-not-null-scan']],
    [
      'ALTER TABLE orders DROP CONSTRAINT note_present; ALTER TABLE orders ALTER note SET NOT NULL',
      ['set-not-null-scan'],
    ],
    [
      'ALTER TABLE orders ADD CONSTRAINT c CHECK (customer_id IS NOT NULL) NOT VALID; ALTER TABLE orders ALTER customer_id SET NOT NULL',
      ['set-not-null-unproven'],
    ],
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers', ['add-fk-validating']],
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID', []],
    ['ALTER TABLE orders ADD COLUMN c bigint REFERENCES customers', ['add-column-inline-references']],
    ['ALTER TABLE orders ADD COLUMN c bigint DEFAULT 1 REFERENCES customers', ['add-fk-validating']],
    [
      'CREATE TABLE t (c bigint); ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers',
      ['create-table-fk-locks-parent'],
    ],
    ['ALTER TABLE orders ALTER id TYPE numeric', ['alter-column-type-rewrite']],
    ['ALTER TABLE orders ALTER price TYPE numeric(9, 2)', []],
    ['ALTER TABLE orders ALTER note TYPE varchar(30)', ['alter-column-type-rechecks-constraints']],
    ['ALTER TABLE orders ALTER note TYPE varchar(10)', ['alter-column-type-narrowing']],
    ['ALTER TABLE orders ADD COLUMN t uuid DEFAULT gen_random_uuid()', ['add-column-volatile-default']],
    ['ALTER TABLE orders ADD COLUMN t bigserial', ['add-column-serial']],
    ['ALTER TABLE orders ADD COLUMN t int DEFAULT lucky()', ['add-column-volatile-default']],
    ['ALTER TABLE orders ADD COLUMN t int DEFAULT somebody_elses()', ['add-column-volatile-default']],
    ['ALTER TABLE orders ADD COLUMN t timestamptz DEFAULT now()', []],
    ['ALTER TABLE orders ADD COLUMN t positive DEFAULT 5', ['add-column-constrained-domain']],
    ['ALTER TABLE orders DROP COLUMN note', ['drop-column']],
    [
      'ALTER TABLE orders DROP COLUMN note, ALTER customer_id SET NOT NULL',
      ['drop-column', 'set-not-null-scan'],
    ],
    ['DO $$ BEGIN IF true THEN CREATE INDEX ON orders (note); END IF; END $$', ['create-index-blocking']],
    ['DO $$ BEGIN CREATE TABLE t (id int); CREATE INDEX ON t (id); END $$; CREATE INDEX ON t (id)', []],
  ];
  for (const [sql, expected] of cases)
    test(sql, () => assert.deepEqual(slugs(judge([source(sql)])).sort(), [...expected].sort()));
});

test('a schema flows from one source to the next', () => {
  const first = source('CREATE TABLE t (id int)', 'file', 'one.sql');
  assert.deepEqual(slugs(judge([first, source('ALTER TABLE t DROP COLUMN id', 'file', 'two.sql')])), []);
});

test('a source that does not parse is a problem, and the others are still judged', () => {
  const broken = source('SELECT {{ name }}', 'file', 'broken.sql');
  const { problems, findings } = judge([
    broken,
    source('ALTER TABLE orders DROP COLUMN note', 'file', 'two.sql'),
  ]);
  assert.deepEqual(
    problems.map(({ file, column }) => [file, column]),
    [['broken.sql', 8]],
  );
  assert.deepEqual(
    findings.map(({ rule, place }) => [rule, place.file]),
    [['drop-column', 'two.sql']],
  );
});

test('what a broken source may have made is unknown from then on', () => {
  const broken = source('SELECT {{ name }}', 'file', 'broken.sql');
  const vacuum = source('VACUUM', 'none', 'two.sql');
  assert.equal(judge([vacuum]).statements[0]?.effects.seen, true);
  assert.equal(judge([broken, vacuum]).statements[0]?.effects.seen, false);
});

test('only the up part is judged, and places are places in the whole file', () => {
  const text =
    '-- é\n-- up\nALTER TABLE orders DROP COLUMN note;\n-- down\nALTER TABLE orders DROP COLUMN price;\n';
  const up = {
    startByte: Buffer.byteLength('-- é\n'),
    endByte: Buffer.byteLength(text.slice(0, text.indexOf('-- down'))),
  };
  const { findings } = judge([{ file: 'one.sql', text, up, transaction: 'file' }]);
  assert.deepEqual(
    findings.map(({ place }) => [place.line, place.column]),
    [[3, 1]],
  );
});

describe('severities', () => {
  const dropping = [source('ALTER TABLE orders DROP COLUMN note')];
  test('a rule keeps its own, takes another, or is off', () => {
    assert.equal(judge(dropping).findings[0]?.severity, 'warning');
    assert.equal(judge(dropping, 18, { 'drop-column': 'notice' }).findings[0]?.severity, 'notice');
    assert.deepEqual(judge(dropping, 18, { 'drop-column': 'off' }).findings, []);
  });

  test('an unknown rule is refused with the names that are near', () => {
    assert.deepEqual(unknownRules({ 'drop-columns': 'off', 'drop-column': 'off' }), ['drop-columns']);
    assert.throws(
      () => judge(dropping, 18, { 'drop-colum': 'off', 'quite-another-thing': 'error' }),
      (error) =>
        error instanceof UserError &&
        error.message.includes('drop-colum (did you mean drop-column') &&
        error.message.includes('quite-another-thing') &&
        error.hint === 'See `pullgres rules` for the names.',
    );
  });
});

describe('fixes', () => {
  const applied = (text: string, result: LintResult): string => {
    const bytes = Buffer.from(text);
    const [edit] = result.findings.flatMap(({ fix }) => fix);
    if (edit === undefined) return text;
    return `${bytes.subarray(0, edit.startByte)}${edit.text}${bytes.subarray(edit.endByte)}`;
  };
  const cases: readonly (readonly [string, LintSource['transaction'], string])[] = [
    [
      '/* é */ CREATE UNIQUE INDEX i ON orders (note);',
      'none',
      '/* é */ CREATE UNIQUE INDEX CONCURRENTLY i ON orders (note);',
    ],
    // CONCURRENTLY would be refused there.
    ['CREATE INDEX i ON orders (note);', 'file', 'CREATE INDEX i ON orders (note);'],
    ['SELECT 1; CREATE INDEX i ON orders (note);', 'implicit', 'SELECT 1; CREATE INDEX i ON orders (note);'],
    ['CREATE INDEX i ON orders (note);', 'implicit', 'CREATE INDEX CONCURRENTLY i ON orders (note);'],
    ['CREATE INDEX i ON events (id);', 'none', 'CREATE INDEX i ON events (id);'],
    [
      'DO $$ BEGIN CREATE INDEX i ON orders (note); END $$;',
      'none',
      'DO $$ BEGIN CREATE INDEX i ON orders (note); END $$;',
    ],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers -- é\n;',
      'file',
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID -- é\n;',
    ],
  ];
  for (const [sql, transaction, expected] of cases)
    test(`${sql} (${transaction})`, () => {
      const result = judge([source(sql, transaction)]);
      assert.equal(result.findings.length, 1);
      assert.equal(applied(sql, result), expected);
      const again = judge([source(expected, transaction)]);
      assert.equal(again.findings.length, sql === expected ? 1 : 0);
    });

  test('a partitioned table takes no NOT VALID foreign key before 18, so none is proposed', () => {
    const sql = 'ALTER TABLE events ADD FOREIGN KEY (customer_id) REFERENCES customers';
    assert.deepEqual(
      judge([source(sql)], 17).findings.map(({ fix, help }) => [fix.length, /each partition/.test(help)]),
      [[0, true]],
    );
    assert.deepEqual(
      judge([source(sql)], 18).findings.map(({ fix }) => fix.length),
      [1],
    );
  });
});

test('sources that are changes of their own find what the earlier ones made in use', () => {
  const sources = ['CREATE TABLE made (id int, at date);', 'CREATE INDEX i ON made (at);'].map((text, at) =>
    source(text, 'file', `${at}.sql`),
  );
  const request = { sources, catalog: EMPTY_CATALOG, version: 18 as const, severities: {} };
  const told = (apart: boolean) => lint({ ...request, apart }).findings.map(({ rule }) => rule);
  assert.deepEqual(told(false), []);
  assert.deepEqual(told(true), ['create-index-blocking']);
});
