import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import type { LintSource } from '../../src/rules/context.ts';
import { type LintRequest, lint } from '../../src/rules/lint.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

const BASE = `
CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, note varchar(10));
CREATE TABLE "Order Lines" (id bigint PRIMARY KEY, "Unit Price" numeric, customer_id bigint);
CREATE TABLE parts (id bigint, customer_id bigint) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (9);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (9) TO (99);
`;

let base: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  const parsed = parseSql(BASE, 'base.sql');
  assert.ok(parsed.ok);
  base = settled(parsed.statements.reduce(applyStatement, EMPTY_CATALOG));
});

function source(text: string, file = '1.sql', transaction: LintSource['transaction'] = 'file'): LintSource {
  return { file, text, up: { startByte: 0, endByte: Buffer.byteLength(text) }, transaction };
}

function judge(texts: readonly (string | LintSource)[], rest: Partial<LintRequest> = {}) {
  const sources = texts.map((one, at) => (typeof one === 'string' ? source(one, `${at + 1}.sql`) : one));
  return lint({ sources, catalog: base, version: 18, severities: {}, ...rest });
}

const slugs = (findings: readonly Finding[]) => findings.map(({ rule }) => rule);

/** For the commonest rules a statement on the table of this name. */
const BAD: Readonly<Record<string, (table: string) => string>> = {
  'add-column-volatile-default': (table) =>
    `ALTER TABLE ${table} ADD COLUMN token uuid DEFAULT gen_random_uuid();`,
  'add-fk-validating': (table) =>
    `ALTER TABLE ${table} ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id);`,
  'alter-column-type-rewrite': (table) => `ALTER TABLE ${table} ALTER COLUMN customer_id TYPE numeric;`,
  'create-index-blocking': (table) => `CREATE INDEX idx ON ${table} (customer_id);`,
  'drop-column': (table) => `ALTER TABLE ${table} DROP COLUMN customer_id;`,
  'set-not-null-scan': (table) => `ALTER TABLE ${table} ALTER COLUMN customer_id SET NOT NULL;`,
};

const MADE = 'CREATE TABLE made (id bigint PRIMARY KEY, customer_id bigint, note varchar(10));';

for (const [slug, bad] of Object.entries(BAD)) {
  describe(slug, () => {
    test('complains about a table that was there before', () => {
      const [finding, ...rest] = judge([bad('orders')]).findings;
      const rule = rules.find((one) => one.slug === slug);
      assert.deepEqual(slugs(rest), []);
      assert.equal(finding?.rule, slug);
      assert.equal(finding.relation, 'public.orders');
      assert.equal(finding.severity, rule?.severity);
      assert.equal(finding.evidence, 'predicted');
      assert.deepEqual([finding.place.file, finding.place.line, finding.place.startByte], ['1.sql', 1, 0]);
    });

    test('is silent about a table of the same change, of this file and of an earlier one', () => {
      assert.ok(!slugs(judge([`${MADE}\n${bad('made')}`]).findings).includes(slug));
      assert.ok(!slugs(judge([MADE, bad('made')]).findings).includes(slug));
    });

    test('is found inside a DO block, and new tables of the block are new', () => {
      const block = (...lines: string[]) => `DO $$ BEGIN ${lines.join(' ')} END $$;`;
      assert.deepEqual(slugs(judge([block(bad('orders'))]).findings), [slug]);
      assert.ok(!slugs(judge([block(MADE, bad('made'))]).findings).includes(slug));
    });

    test('obeys the severity: off, another, and that of other rules is left alone', () => {
      assert.deepEqual(judge([bad('orders')], { severities: { [slug]: 'off' } }).findings, []);
      const [finding] = judge([bad('orders')], { severities: { [slug]: 'notice' } }).findings;
      assert.equal(finding?.severity, 'notice');
    });

    test('is silent below the version that it is of', (t) => {
      const rule = rules.find((one) => one.slug === slug);
      assert.ok(rule);
      const { since } = rule;
      t.after(() => Object.assign(rule, { since }));
      Object.assign(rule, { since: 17 });
      assert.deepEqual(slugs(judge([bad('orders')], { version: 16 }).findings), []);
      assert.deepEqual(slugs(judge([bad('orders')], { version: 17 }).findings), [slug]);
    });
  });
}

test('a file that does not parse is a problem, and the others are judged', () => {
  const { findings, problems, statements } = judge([
    BAD['drop-column']?.('orders') ?? '',
    'ALTER TABEL orders;',
    'CREATE INDEX idx ON orders (note);',
  ]);
  assert.deepEqual(
    problems.map(({ file }) => file),
    ['2.sql'],
  );
  assert.deepEqual(slugs(findings), ['drop-column', 'create-index-blocking']);
  assert.equal(statements.length, 2);
});

const UNKNOWN: LintRequest['severities'] = {
  'drop-colum': 'off',
  'no-such-rule': 'off',
  'drop-column': 'off',
};

test('a rule that does not exist is refused by name', () => {
  assert.throws(
    () => judge([], { severities: UNKNOWN }),
    (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, 'There is no rule drop-colum (did you mean drop-column?), no-such-rule.');
      assert.equal(error.hint, 'See `pullgres rules` for the names.');
      return true;
    },
  );
});

test('the help holds the whole statement where it is short and plain', () => {
  const help = (sql: string) => judge([source(sql, '1.sql', 'none')]).findings[0]?.help;
  assert.equal(
    help('create unique index\n  idx ON orders\n (note);'),
    'Build `idx` with `create unique index CONCURRENTLY idx ON orders (note)`.',
  );
  assert.equal(
    help(`CREATE INDEX idx ON orders (note) WHERE note <> '${'x'.repeat(200)}'`),
    'Build `idx` with `CREATE INDEX CONCURRENTLY`.',
  );
  assert.equal(
    help('CREATE INDEX idx -- why\n ON orders (note)'),
    'Build `idx` with `CREATE INDEX CONCURRENTLY`.',
  );
  assert.match(
    help('REINDEX (VERBOSE) TABLE orders') ?? '',
    /^Write `REINDEX \(VERBOSE\) TABLE CONCURRENTLY orders`/,
  );
});

test('the help for an index says where it must stand: inside a transaction it cannot be concurrent', () => {
  const text = 'CREATE INDEX idx ON orders (note);';
  const help = (one: string, transaction: LintSource['transaction']) =>
    judge([source(one, '1.sql', transaction)]).findings[0];
  const own = /in a migration of its own that runs outside a transaction/;
  assert.match(help(text, 'file')?.help ?? '', own);
  assert.deepEqual(help(text, 'file')?.fix, []);
  assert.match(help(`${text}\nSELECT 1;`, 'implicit')?.help ?? '', own);
  for (const transaction of ['none', 'implicit'] as const) {
    assert.equal(
      help(text, transaction)?.help,
      'Build `idx` with `CREATE INDEX CONCURRENTLY idx ON orders (note)`.',
    );
    assert.equal(help(text, transaction)?.fix.length, 1);
  }
});

/** The file after its edits, which must then have no finding more. */
function mended(text: string, version: LintRequest['version'] = 18): string {
  const [finding] = judge([source(text, '1.sql', 'none')], { version }).findings;
  assert.ok(finding);
  const [edit, ...more] = finding.fix;
  assert.ok(edit);
  assert.deepEqual(more, []);
  const bytes = Buffer.from(text);
  const whole = Buffer.concat([
    bytes.subarray(0, edit.startByte),
    Buffer.from(edit.text),
    bytes.subarray(edit.endByte),
  ]).toString();
  const after = judge([source(whole, '1.sql', 'none')], { version });
  assert.deepEqual([after.problems, slugs(after.findings)], [[], []]);
  return whole;
}

const fixes: readonly [string, string][] = [
  ['CREATE INDEX a ON orders (note);', 'CREATE INDEX CONCURRENTLY a ON orders (note);'],
  [
    '-- größe 🐘\n\tCREATE INDEX a ON orders (note);',
    '-- größe 🐘\n\tCREATE INDEX CONCURRENTLY a ON orders (note);',
  ],
  [
    "SELECT 'é🐘'; create  unique\nindex a on orders (note)",
    "SELECT 'é🐘'; create  unique\nindex CONCURRENTLY a on orders (note)",
  ],
  [
    'SELECT \'é🐘\'; ALTER TABLE orders ADD CONSTRAINT "ü" FOREIGN KEY (customer_id) REFERENCES customers (id) ;',
    'SELECT \'é🐘\'; ALTER TABLE orders ADD CONSTRAINT "ü" FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID ;',
  ],
];

for (const [text, wanted] of fixes) {
  test(`the fix of ${text.slice(0, 40)} parses and is safe`, () => {
    assert.equal(mended(text), wanted);
  });
}

test('names that need quotes have them in the help', () => {
  const help = (text: string, version: LintRequest['version']) =>
    judge([text], { version }).findings[0]?.help ?? '';
  const notNull = 'ALTER TABLE "Order Lines" ALTER COLUMN "Unit Price" SET NOT NULL;';
  const add = 'ALTER TABLE public."Order Lines" ADD CONSTRAINT "Order Lines_Unit Price_not_null"';
  assert.ok(help(notNull, 18).includes(`\`${add} NOT NULL "Unit Price" NOT VALID\``), help(notNull, 18));
  assert.ok(help(notNull, 18).includes('VALIDATE CONSTRAINT "Order Lines_Unit Price_not_null"`'));
  assert.ok(help(notNull, 17).includes(`\`${add} CHECK ("Unit Price" IS NOT NULL) NOT VALID\``));
  const key =
    'ALTER TABLE "Order Lines" ADD CONSTRAINT "FK" FOREIGN KEY (customer_id) REFERENCES customers (id);';
  assert.match(help(key, 18), /`[^`]*VALIDATE CONSTRAINT "FK"`/);
});

test('several tables are many: they are rewritten', () => {
  const [finding] = judge([BAD['add-column-volatile-default']?.('parts') ?? '']).findings;
  assert.match(
    finding?.message ?? '',
    /`public\.parts_1`.* `public\.parts_2`.* are rewritten .* write them\.$/,
  );
  const [one] = judge([BAD['add-column-volatile-default']?.('orders') ?? '']).findings;
  assert.match(one?.message ?? '', /so `public\.orders` is rewritten .* write it\.$/);
});

test('NOT VALID is not advised where the server refuses it: on a partitioned table before Postgres 18', () => {
  const text = BAD['add-fk-validating']?.('parts') ?? '';
  for (const version of [13, 17] as const) {
    const [finding] = judge([text], { version }).findings;
    assert.equal(finding?.rule, 'add-fk-validating');
    assert.match(finding.help, /^Add it to each partition with `NOT VALID`/);
    assert.deepEqual(finding.fix, []);
  }
  const [finding] = judge([text], { version: 18 }).findings;
  assert.match(finding?.help ?? '', /^Add `fk` with `NOT VALID`/);
  assert.match(mended(text, 18), /NOT VALID;$/);
});
