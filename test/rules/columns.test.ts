import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { rules } from '../../src/rules/registry.ts';
import type { Finding, Severity } from '../../src/rules/rule.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const TABLES = `
  CREATE DOMAIN plain AS integer;
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE DOMAIN price AS positive;
  CREATE TYPE "Mood" AS ENUM ('low', 'high');
  CREATE TABLE customers (id integer PRIMARY KEY, code varchar(10) UNIQUE);
  CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id integer CONSTRAINT orders_customer REFERENCES customers, note varchar(20),
    amount numeric(8, 2), made timestamp, body text, hoped integer, proven integer, a integer, b integer, big bigint,
    named citext, net cidr, data json, twice integer GENERATED ALWAYS AS (a * 2) STORED, checked varchar(9) CHECK (checked <> ''),
    UNIQUE (a, b), CONSTRAINT a_or_b CHECK (a IS NOT NULL OR b IS NOT NULL)
  );
  ALTER TABLE orders ADD CONSTRAINT hoped_present CHECK (hoped IS NOT NULL) NOT VALID;
  ALTER TABLE orders ADD CONSTRAINT proven_present CHECK (proven IS NOT NULL);
  CREATE INDEX orders_note ON orders (note);
  CREATE INDEX orders_made ON orders (made);
  CREATE INDEX orders_lower ON orders (lower(body));
  CREATE INDEX orders_big ON orders (id) WHERE big IS NOT NULL;
  CREATE TABLE items (id bigint, label varchar(9), amount integer, seen varchar(9), tenant_id bigint);
  CREATE VIEW labels AS SELECT id FROM items WHERE seen <> '';
  CREATE TABLE events (at integer, kind integer) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);
  CREATE TABLE empty (id integer, note varchar(9));`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  const made = schemaOf(TABLES);
  const empty = made.relations.get('public.empty');
  assert.ok(empty);
  // A table that the change itself made. One that a database tells to be empty may be full in production.
  schema = { ...made, relations: new Map([...made.relations, ['public.empty', { ...empty, isNew: true }]]) };
});

const ADD = 'ALTER TABLE items ADD COLUMN';
const DROP_VIEW = 'DROP VIEW labels;';

/** A change, and the default rules that complain. */
const CASES: readonly (readonly [string, ...string[]])[] = [
  // A value for each row
  [`${ADD} z uuid DEFAULT gen_random_uuid()`, 'add-column-volatile-default'],
  [`${ADD} z timestamptz DEFAULT clock_timestamp()`, 'add-column-volatile-default'],
  [`${ADD} z timestamptz DEFAULT now()`],
  [`${ADD} z integer NOT NULL DEFAULT 5`],
  [`${ADD} z "Mood"`],
  [`${ADD} z integer; ALTER TABLE items ALTER z SET DEFAULT random()`],
  ['ALTER TABLE empty ADD COLUMN z uuid DEFAULT gen_random_uuid()'],
  [`${ADD} IF NOT EXISTS label uuid DEFAULT gen_random_uuid()`],
  [`${ADD} z serial`, 'add-column-serial'],
  [`${ADD} z smallserial, ADD COLUMN y bigserial`, 'add-column-serial', 'add-column-serial'],
  ['ALTER TABLE empty ADD COLUMN z serial'],
  [`${ADD} z bigint GENERATED ALWAYS AS IDENTITY`, 'add-column-identity'],
  ['ALTER TABLE orders ALTER id ADD GENERATED ALWAYS AS IDENTITY'],
  [`${ADD} z integer GENERATED ALWAYS AS (amount * 2) STORED`, 'add-column-generated-stored'],
  [`${ADD} z integer GENERATED ALWAYS AS (amount * 2) VIRTUAL`],
  [`${ADD} z integer GENERATED ALWAYS AS (amount * 2)`],
  [
    `${ADD} z integer GENERATED ALWAYS AS (amount * 2) VIRTUAL CHECK (z > 0)`,
    'add-column-generated-virtual-check',
  ],
  [
    `${ADD} z integer GENERATED ALWAYS AS (amount * 2) VIRTUAL NOT NULL`,
    'add-column-generated-virtual-check',
  ],
  [`${ADD} z integer GENERATED ALWAYS AS (amount * 2) VIRTUAL, ADD CONSTRAINT k CHECK (z > 0) NOT VALID`],
  [`${ADD} z positive`, 'add-column-constrained-domain'],
  [`${ADD} z price DEFAULT 5`, 'add-column-constrained-domain'],
  [`${ADD} z positive DEFAULT random()`, 'add-column-constrained-domain'],
  [`${ADD} z plain`],
  [`${ADD} z positive[]`],
  // Clauses of a new column
  [`${ADD} z integer NOT NULL`, 'add-column-not-null-no-default'],
  [`${ADD} z integer NOT NULL DEFAULT NULL`, 'add-column-not-null-no-default'],
  [`${ADD} z integer NOT NULL UNIQUE`, 'add-column-not-null-no-default'],
  [`${ADD} z integer NOT NULL REFERENCES customers`, 'add-column-not-null-no-default'],
  ['ALTER TABLE events ADD COLUMN z integer NOT NULL', 'add-column-not-null-no-default'],
  ['ALTER TABLE empty ADD COLUMN z integer NOT NULL'],
  [`${ADD} z integer NULL`],
  [`${ADD} z integer CHECK (z > 0)`, 'add-column-inline-check'],
  [`${ADD} z integer DEFAULT 5 CONSTRAINT k CHECK (z > 0)`, 'add-column-inline-check'],
  [`${ADD} z integer CHECK (z > 0) NOT ENFORCED`],
  [`${ADD} z integer, ADD CHECK (z > 0) NOT VALID`],
  ['ALTER TABLE empty ADD COLUMN z integer CHECK (z > 0)'],
  [`${ADD} z integer UNIQUE`, 'add-column-inline-unique'],
  [`${ADD} z uuid DEFAULT gen_random_uuid() UNIQUE`, 'add-column-inline-unique'],
  ['ALTER TABLE empty ADD COLUMN z integer UNIQUE'],
  [`${ADD} z bigserial PRIMARY KEY`, 'add-column-inline-primary-key'],
  [`${ADD} z integer PRIMARY KEY`, 'add-column-inline-primary-key'],
  [`${ADD} z bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY`, 'add-column-inline-primary-key'],
  ['ALTER TABLE empty ADD COLUMN z serial PRIMARY KEY'],
  [`${ADD} z integer REFERENCES customers`, 'add-column-inline-references'],
  [`${ADD} z integer DEFAULT 5 REFERENCES customers`, 'add-fk-validating'],
  [`${ADD} z bigint REFERENCES items`],
  ['CREATE TABLE fresh (id integer PRIMARY KEY); ALTER TABLE items ADD COLUMN z integer REFERENCES fresh'],
  [`${ADD} z json`],
  // Types
  ['ALTER TABLE items ALTER amount TYPE bigint', 'alter-column-type-rewrite'],
  ['ALTER TABLE empty ALTER id TYPE bigint'],
  ['ALTER TABLE items ALTER amount TYPE bigint, ALTER label TYPE varchar(20)', 'alter-column-type-rewrite'],
  ['ALTER TABLE items ALTER label TYPE varchar(20)'],
  ['ALTER TABLE orders ALTER amount TYPE numeric(10, 2)'],
  ['ALTER TABLE orders ALTER note TYPE text'],
  ['ALTER TABLE orders ALTER net TYPE inet'],
  ['ALTER TABLE items ALTER amount TYPE smallint', 'alter-column-type-narrowing'],
  ['ALTER TABLE items ALTER label TYPE varchar(5)', 'alter-column-type-narrowing'],
  ['ALTER TABLE orders ALTER amount TYPE numeric(8, 1)', 'alter-column-type-narrowing'],
  ['ALTER TABLE orders ALTER made TYPE date', 'alter-column-type-narrowing'],
  ['ALTER TABLE orders ALTER amount TYPE numeric(10, 3)', 'alter-column-type-rewrite'],
  ['ALTER TABLE items ALTER label TYPE integer USING label::integer', 'alter-column-type-rewrite'],
  ['ALTER TABLE orders ALTER checked TYPE text', 'alter-column-type-rechecks-constraints'],
  ['ALTER TABLE orders ALTER checked TYPE integer USING 1', 'alter-column-type-rewrite'],
  ['ALTER TABLE orders DROP CONSTRAINT orders_checked_check, ALTER checked TYPE text'],
  ['ALTER TABLE orders ALTER note TYPE varchar(20) COLLATE "C"', 'alter-column-type-reindexes'],
  ['ALTER TABLE orders ALTER made TYPE timestamptz', 'alter-column-type-reindexes'],
  ['ALTER TABLE orders ALTER body TYPE varchar', 'alter-column-type-reindexes'],
  ['ALTER TABLE orders ALTER named TYPE text'],
  ['ALTER TABLE items ALTER label TYPE varchar(20) COLLATE "C"'],
  ['ALTER TABLE customers ALTER id TYPE bigint', 'alter-referenced-key-type'],
  ['ALTER TABLE orders ALTER customer_id TYPE bigint', 'alter-referenced-key-type'],
  ['ALTER TABLE customers ALTER id TYPE smallint', 'alter-referenced-key-type'],
  ['ALTER TABLE customers ALTER code TYPE varchar(20)'],
  ['ALTER TABLE items ALTER seen TYPE varchar(20)', 'alter-column-type-blocked-by-view'],
  ['ALTER TABLE items ALTER seen TYPE integer USING 1', 'alter-column-type-blocked-by-view'],
  ['ALTER TABLE items DROP COLUMN seen', 'alter-column-type-blocked-by-view'],
  ['ALTER TABLE orders ALTER a TYPE bigint', 'alter-column-type-blocked-by-view'],
  ['ALTER TABLE orders DROP COLUMN twice, ALTER a TYPE bigint', 'alter-column-type-rewrite', 'drop-column'],
  // NOT NULL
  ['ALTER TABLE items ALTER amount SET NOT NULL', 'set-not-null-scan'],
  ['ALTER TABLE empty ALTER id SET NOT NULL'],
  ['ALTER TABLE orders ALTER proven SET NOT NULL'],
  ['ALTER TABLE orders ALTER hoped SET NOT NULL', 'set-not-null-unproven'],
  ['ALTER TABLE orders VALIDATE CONSTRAINT hoped_present; ALTER TABLE orders ALTER hoped SET NOT NULL'],
  ['ALTER TABLE orders ALTER a SET NOT NULL', 'set-not-null-scan'],
  [
    'ALTER TABLE orders ADD CONSTRAINT k CHECK (hoped IS NOT NULL) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT k; ALTER TABLE orders ALTER b SET NOT NULL',
    'set-not-null-unproven',
  ],
  [
    'ALTER TABLE orders VALIDATE CONSTRAINT a_or_b; ALTER TABLE orders ALTER b SET NOT NULL',
    'set-not-null-unproven',
  ],
  [
    'ALTER TABLE orders VALIDATE CONSTRAINT hoped_present; ALTER TABLE orders ALTER hoped SET NOT NULL; ALTER TABLE orders ALTER b SET NOT NULL',
    'set-not-null-scan',
  ],
  ['ALTER TABLE orders ADD CONSTRAINT n NOT NULL a', 'set-not-null-scan'],
  ['ALTER TABLE orders ADD CONSTRAINT n NOT NULL a NOT VALID'],
  [
    'ALTER TABLE orders ADD CONSTRAINT n NOT NULL b NOT VALID; ALTER TABLE orders ALTER b SET NOT NULL',
    'set-not-null-unproven',
  ],
  ['ALTER TABLE events ALTER kind SET NOT NULL', 'set-not-null-partitioned'],
  ['ALTER TABLE events_1 ALTER kind SET NOT NULL', 'set-not-null-scan'],
  // Dropped and renamed
  ['ALTER TABLE items DROP COLUMN amount', 'drop-column'],
  ['ALTER TABLE items DROP COLUMN IF EXISTS nobody'],
  [`${ADD} z integer; ALTER TABLE items DROP COLUMN z`],
  ['ALTER TABLE orders DROP COLUMN a', 'alter-column-type-blocked-by-view'],
  ['ALTER TABLE orders DROP COLUMN b', 'drop-column-drops-constraints'],
  ['ALTER TABLE orders DROP COLUMN customer_id', 'drop-column-drops-constraints'],
  ['ALTER TABLE orders DROP COLUMN body', 'drop-column-drops-constraints'],
  ['ALTER TABLE orders DROP COLUMN big', 'drop-column-drops-constraints'],
  ['ALTER TABLE customers DROP COLUMN id CASCADE', 'drop-column-drops-constraints'],
  ['ALTER TABLE orders DROP COLUMN checked', 'drop-column'],
  ['ALTER TABLE items DROP COLUMN tenant_id', 'drop-column'],
  ['ALTER TABLE items RENAME COLUMN label TO title', 'rename-column'],
  ['ALTER VIEW labels RENAME COLUMN id TO key', 'rename-column'],
  ['ALTER TABLE items RENAME TO things; ALTER TABLE things RENAME label TO title', 'rename-column'],
  ['ALTER TABLE items RENAME label TO old; ALTER TABLE items RENAME amount TO label'],
  [
    'ALTER TABLE items RENAME label TO old; ALTER TABLE orders RENAME note TO label',
    'rename-column',
    'rename-column',
  ],
  [`${ADD} z integer; ALTER TABLE items RENAME z TO y`],
  ['ALTER TABLE items RENAME CONSTRAINT x TO y'],
  ['CREATE TYPE pair AS (x integer); ALTER TYPE pair RENAME ATTRIBUTE x TO y'],
  // Computed, and only opinions
  ['ALTER TABLE orders ALTER twice SET EXPRESSION AS (a * 3)', 'set-expression-rewrite'],
  ['ALTER TABLE items ALTER amount SET STATISTICS 500, ALTER amount SET (n_distinct = 5)'],
  ['ALTER TABLE items ALTER label SET STORAGE external, ALTER label SET COMPRESSION pglz'],
  ['ALTER TABLE orders ALTER id SET DEFAULT 1, ALTER id DROP DEFAULT'],
  ['ALTER TABLE orders ALTER id DROP NOT NULL'],
];

/** Rules of other sections may have their say about the same statements. */
function columnsSay(findings: readonly Finding[]): readonly string[] {
  const sections = new Map(rules.map(({ slug, section }) => [slug, section]));
  return findings
    .map(({ rule }) => rule)
    .filter((slug) => sections.get(slug) === 'columns' || slug === 'add-fk-validating');
}

describe('what the rules on columns take for a hazard', () => {
  for (const [sql, ...expected] of CASES)
    test(sql, () => assert.deepEqual(columnsSay(judge(schema, sql).findings), expected));
});

test('a table that the same change makes is nobody’s concern', () => {
  const fresh = TABLES.replaceAll(/^ {2}CREATE DOMAIN.*\n|^ {2}CREATE TYPE.*\n/gm, '');
  const types = schemaOf(TABLES.split('\n').slice(0, 5).join('\n'));
  for (const [sql] of CASES.filter(([text]) => !text.includes('; ') && !text.startsWith('DROP')))
    assert.deepEqual(
      columnsSay(judge(types, `${fresh}\n${sql.replace('RENAME COLUMN', 'RENAME')};`).findings).filter(
        (rule) => rule !== 'add-fk-validating',
      ),
      [],
      sql,
    );
});

test('without a schema, a table counts as there and as full', () => {
  const say = (sql: string): readonly string[] => columnsSay(judge(EMPTY_CATALOG, sql).findings);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z serial'), ['add-column-serial']);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z integer NOT NULL'), ['add-column-not-null-no-default']);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z integer CHECK (z > 0)'), ['add-column-inline-check']);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z integer UNIQUE'), ['add-column-inline-unique']);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z serial PRIMARY KEY'), ['add-column-inline-primary-key']);
  assert.deepEqual(say('ALTER TABLE t ADD COLUMN z integer REFERENCES p'), ['add-column-inline-references']);
  assert.deepEqual(say('ALTER TABLE t ALTER z SET NOT NULL'), ['set-not-null-scan']);
  assert.deepEqual(say('ALTER TABLE t ALTER z TYPE bigint'), ['alter-column-type-rewrite']);
  assert.deepEqual(say('ALTER TABLE t DROP COLUMN IF EXISTS z'), ['drop-column']);
  assert.deepEqual(say('ALTER TABLE t RENAME a TO b'), ['rename-column']);
  assert.deepEqual(say('ALTER TABLE t ALTER z TYPE text, ADD COLUMN y integer'), [
    'alter-column-type-rewrite',
  ]);
});

const OPINIONS: readonly (readonly [string, string, Severity])[] = [
  ['add-column-json', `${ADD} z json`, 'warning'],
  ['alter-column-type-metadata-only', 'ALTER TABLE items ALTER label TYPE varchar(20)', 'notice'],
  ['drop-not-null', 'ALTER TABLE orders ALTER id DROP NOT NULL', 'warning'],
  ['set-column-default', 'ALTER TABLE items ALTER label DROP DEFAULT', 'notice'],
  ['drop-required-column', 'ALTER TABLE items DROP COLUMN tenant_id', 'warning'],
  ['set-storage-or-compression', 'ALTER TABLE items ALTER label SET COMPRESSION pglz', 'notice'],
];

for (const [slug, sql, severity] of OPINIONS)
  test(`${slug} speaks when it is asked, and instead of plainer rules`, () => {
    const { findings } = judge(schema, sql, { severities: { [slug]: severity } });
    assert.deepEqual(columnsSay(findings), [slug]);
    assert.equal(findings[0]?.severity, severity);
  });

test('opinions have their silent neighbours', () => {
  const on = Object.fromEntries(OPINIONS.map(([slug, , severity]) => [slug, severity]));
  const say = (sql: string): readonly string[] => columnsSay(judge(schema, sql, { severities: on }).findings);
  assert.deepEqual(say(`${ADD} z jsonb`), []);
  assert.deepEqual(say(`${ADD} IF NOT EXISTS label json`), []);
  assert.deepEqual(say('ALTER TABLE items ALTER label DROP NOT NULL'), []);
  assert.deepEqual(say(`${ADD} z integer; ALTER TABLE items ALTER z SET DEFAULT 1`), []);
  assert.deepEqual(say('ALTER TABLE orders ALTER checked TYPE text'), [
    'alter-column-type-rechecks-constraints',
  ]);
  assert.deepEqual(say('CREATE TABLE t (id json); ALTER TABLE t ADD COLUMN z json'), []);
});

test('when the specific rule is off, the plain one speaks', () => {
  const say = (sql: string, slug: string): readonly string[] =>
    columnsSay(judge(schema, sql, { severities: { [slug]: 'off' } }).findings);
  assert.deepEqual(say('ALTER TABLE orders DROP COLUMN b', 'drop-column-drops-constraints'), ['drop-column']);
  assert.deepEqual(say('ALTER TABLE events ALTER kind SET NOT NULL', 'set-not-null-partitioned'), [
    'set-not-null-scan',
  ]);
  assert.deepEqual(say('ALTER TABLE customers ALTER id TYPE bigint', 'alter-referenced-key-type'), [
    'alter-column-type-rewrite',
  ]);
});

test('each column has its own finding, and one silences only its own plainer one', () => {
  const sql =
    'ALTER TABLE orders DROP COLUMN b, DROP COLUMN checked, ALTER hoped SET NOT NULL, ALTER net SET NOT NULL';
  assert.deepEqual([...columnsSay(judge(schema, sql).findings)].sort(), [
    'drop-column',
    'drop-column-drops-constraints',
    'set-not-null-scan',
    'set-not-null-unproven',
  ]);
});

test('a view that the change drops first does not stand in the way', () => {
  const dropped = judge(schema, `${DROP_VIEW} ALTER TABLE items ALTER seen TYPE varchar(20)`);
  assert.deepEqual(columnsSay(dropped.findings), []);
  const { findings } = judge(schema, 'ALTER TABLE items ALTER seen TYPE varchar(20)');
  assert.match(findings[0]?.message ?? '', /as long as `public\.labels` needs it: the server refuses/);
  assert.match(findings[0]?.help ?? '', /`DROP VIEW public\.labels`/);
});

test('what goes with a column is named', () => {
  const told = (sql: string): string => judge(schema, sql).findings[0]?.message ?? '';
  assert.match(
    told('ALTER TABLE orders DROP COLUMN b'),
    /the unique `orders_a_b_key` and the check `a_or_b` go/,
  );
  assert.match(told('ALTER TABLE orders DROP COLUMN customer_id'), /the foreign key `orders_customer` goes/);
  assert.match(told('ALTER TABLE orders DROP COLUMN big'), /the partial index `orders_big` goes/);
  assert.match(told('ALTER TABLE orders DROP COLUMN note'), /the index `orders_note` goes/);
  assert.match(
    judge(schema, 'ALTER TABLE customers DROP COLUMN id CASCADE', { severities: { 'drop-cascade': 'off' } })
      .findings[0]?.message ?? '',
    /the primary key `customers_pkey` and the foreign key `orders_customer` of `public\.orders` go/,
  );
});

test('before Postgres 15 a generated column goes with what it is computed from', () => {
  const say = (version: PostgresVersion): string =>
    judge(schema, 'ALTER TABLE orders DROP COLUMN a', { version }).findings[0]?.message ?? '';
  assert.match(say(14), /and the generated column `twice` go with it/);
  assert.match(say(15), /as long as `public\.orders\.twice` needs it: the server refuses/);
});

test('CASCADE is told by one finding, with what it takes', () => {
  const { findings } = judge(schema, 'ALTER TABLE items DROP COLUMN seen CASCADE');
  assert.deepEqual(complainers({ findings, statements: [], problems: [] }), [
    'drop-column-drops-constraints',
  ]);
  assert.match(findings[0]?.message ?? '', /the view `public\.labels` goes with it/);
});

test('the tables at both ends of a foreign key are named', () => {
  const told = (sql: string): string => judge(schema, sql).findings[0]?.message ?? '';
  assert.match(
    told('ALTER TABLE customers ALTER id TYPE bigint'),
    /the foreign keys of `public\.orders` checked .* nobody can read or write `public\.orders` either\.$/,
  );
  assert.match(
    told('ALTER TABLE orders ALTER customer_id TYPE bigint'),
    /nobody can read or write `public\.customers` either\.$/,
  );
});

test('a narrower type says whether values stop it or are lost', () => {
  const told = (sql: string): string => judge(schema, sql).findings[0]?.message ?? '';
  assert.match(told('ALTER TABLE items ALTER amount TYPE smallint'), /fails at the first value/);
  assert.match(told('ALTER TABLE items ALTER label TYPE varchar(3)'), /fails at the first value/);
  assert.match(
    told('ALTER TABLE items ALTER label TYPE varchar(3) USING label::varchar(3)'),
    /cut or rounded for good/,
  );
  assert.match(told('ALTER TABLE orders ALTER made TYPE timestamp(0)'), /cut or rounded for good/);
});

const HOSTILE = '"a`b""c\nd"';

test('hostile names stay inside their code, and advice with them parses', () => {
  const hostile =
    schemaOf(`CREATE TABLE ${HOSTILE} (${HOSTILE} integer, "x""y" varchar(9) CHECK ("x""y" <> ''), z integer);
    CREATE VIEW v AS SELECT ${HOSTILE} FROM ${HOSTILE}; CREATE INDEX ${'"i`n"'} ON ${HOSTILE} (z);`);
  const changes = [
    `ALTER TABLE ${HOSTILE} ADD COLUMN "n""n" serial`,
    `ALTER TABLE ${HOSTILE} ADD COLUMN "n""n" integer CHECK ("n""n" > 0)`,
    `ALTER TABLE ${HOSTILE} ADD COLUMN "n""n" integer UNIQUE`,
    `ALTER TABLE ${HOSTILE} ADD COLUMN "n""n" bigserial PRIMARY KEY`,
    `ALTER TABLE ${HOSTILE} ALTER "x""y" TYPE varchar(20)`,
    `ALTER TABLE ${HOSTILE} ALTER ${HOSTILE} TYPE bigint`,
    `ALTER TABLE ${HOSTILE} ALTER z SET NOT NULL`,
    `ALTER TABLE ${HOSTILE} DROP COLUMN z`,
    `ALTER TABLE ${HOSTILE} RENAME z TO "q""q"`,
  ];
  for (const sql of changes) {
    const { findings } = judge(hostile, sql);
    assert.equal(findings.length, 1, sql);
    for (const text of findings.flatMap(({ message, help }) => [message, help]))
      assert.equal(text.split('`').length % 2, 1, text);
  }
});

/** Whole statements between backticks. */
function advised({ help }: Finding): readonly string[] {
  const quoted = [...help.matchAll(/`([^`]*)`/g)].map(([, text]) => text ?? '');
  return quoted.filter((text) => /^(ALTER TABLE|CREATE|DROP|SET lock) /.test(text));
}

for (const version of [13, 17, 18] as const satisfies readonly PostgresVersion[])
  test(`all SQL that is advised on Postgres ${version} parses`, () => {
    const on = Object.fromEntries(OPINIONS.map(([slug, , severity]) => [slug, severity]));
    const advice = CASES.flatMap(([sql]) =>
      judge(schema, sql, { version, severities: on }).findings.flatMap(advised),
    );
    assert.ok(advice.length > 60);
    for (const sql of advice) assert.ok(parseSql(sql, 'advice.sql').ok, sql);
  });

/** A statement, and what its fix makes of it. */
const FIXES: readonly (readonly [string, string, PostgresVersion?])[] = [
  [`${ADD} z integer CHECK (z > 0);`, `${ADD} z integer, ADD CHECK (z > 0) NOT VALID;`],
  [
    `-- größe\n${ADD} "ü" text DEFAULT 'é'\n  CONSTRAINT k CHECK ("ü" <> 'é');`,
    `-- größe\n${ADD} "ü" text DEFAULT 'é', ADD CONSTRAINT k CHECK ("ü" <> 'é') NOT VALID;`,
  ],
  [
    `${ADD} z integer GENERATED ALWAYS AS (amount) VIRTUAL CHECK (z > 0)`,
    `${ADD} z integer GENERATED ALWAYS AS (amount) VIRTUAL, ADD CHECK (z > 0) NOT VALID`,
  ],
  [
    'ALTER TABLE items ALTER COLUMN amount SET NOT NULL;',
    'ALTER TABLE items ADD CONSTRAINT items_amount_not_null NOT NULL amount NOT VALID;',
  ],
  [
    'alter table items alter "amount" set  not null;',
    'alter table items ADD CONSTRAINT items_amount_not_null NOT NULL amount NOT VALID;',
  ],
  [
    'ALTER TABLE items ADD CONSTRAINT n NOT NULL amount;',
    'ALTER TABLE items ADD CONSTRAINT n NOT NULL amount NOT VALID;',
  ],
  // Where a fix would not be the whole of it, there is none.
  [`${ADD} z integer CHECK (z > 0) DEFAULT 5;`, `${ADD} z integer CHECK (z > 0) DEFAULT 5;`],
  [
    `${ADD} z integer CHECK (z > 0), ADD COLUMN y integer;`,
    `${ADD} z integer CHECK (z > 0), ADD COLUMN y integer;`,
  ],
  ['ALTER TABLE items ALTER amount SET NOT NULL;', 'ALTER TABLE items ALTER amount SET NOT NULL;', 17],
];

for (const [text, wanted, version = 18] of FIXES)
  test(`the fix of ${text}`, () => {
    const before = judge(schema, [sourceOf(text, 'none')], { version });
    const mended = before.findings[0]?.fix
      .toSorted((a, b) => b.startByte - a.startByte)
      .reduce((bytes, { startByte, endByte, text: put }) => {
        return Buffer.concat([bytes.subarray(0, startByte), Buffer.from(put), bytes.subarray(endByte)]);
      }, Buffer.from(text));
    assert.equal(mended?.toString(), wanted);
    if (wanted !== text)
      assert.deepEqual(complainers(judge(schema, [sourceOf(wanted, 'none')], { version })), []);
  });

test('json becomes jsonb where it is written', () => {
  const text = `${ADD} data_é JSON DEFAULT '{}'`;
  const [finding] = judge(schema, text, { severities: { 'add-column-json': 'warning' } }).findings;
  const [edit] = finding?.fix ?? [];
  assert.ok(edit);
  assert.equal(Buffer.from(text).subarray(edit.startByte, edit.endByte).toString(), 'JSON');
  assert.equal(edit.text, 'jsonb');
});
