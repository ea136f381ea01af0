import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const SCHEMA = `
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, made date, note text, number text CONSTRAINT number_key UNIQUE, data jsonb);
CREATE INDEX orders_customer ON orders (customer_id, made);
CREATE INDEX orders_note ON orders (note);
CREATE INDEX orders_number_like ON orders (data, number text_pattern_ops);
CREATE INDEX orders_newest ON orders (data, id DESC);
CREATE UNIQUE INDEX orders_made_note ON orders (made, note);
ALTER TABLE orders ADD CONSTRAINT made_known CHECK (made IS NOT NULL) NOT VALID;
CREATE TABLE events (id bigint, kind text, made date) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
CREATE INDEX events_kind ON events (kind);
CREATE INDEX events_1_made ON events_1 (made);
CREATE TABLE bare (id bigint) PARTITION BY RANGE (id);
CREATE TABLE plain (id bigint);
CREATE SCHEMA quiet;
CREATE TABLE quiet.rows (id bigint);
CREATE TABLE "Order \`Lines\`" (id bigint, "Unit Price" numeric);
CREATE INDEX "Odd ""index""" ON "Order \`Lines\`" (id);
`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

type Case = readonly [string, readonly string[], LintSource['transaction']?];
const BUILD = 'create-index-blocking';
const DROP = 'drop-index-blocking';
const REFUSED = 'concurrently-in-transaction';

/** Statements with the default rules that complain; in the tool's transaction unless said otherwise. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'create-index-blocking': [
    ['CREATE INDEX ON orders (data)', [BUILD]],
    ['CREATE UNIQUE INDEX ON orders (customer_id, note)', [BUILD]],
    ['CREATE INDEX CONCURRENTLY ON orders (data)', [], 'none'],
    ['CREATE INDEX IF NOT EXISTS orders_note ON orders (note)', []],
    ['CREATE TABLE made (id int); CREATE INDEX ON made (id)', []],
    ['CREATE TABLE copy AS SELECT * FROM orders; CREATE INDEX ON copy (id)', []],
  ],
  'drop-index-blocking': [
    ['DROP INDEX orders_note', [DROP]],
    ['DROP INDEX IF EXISTS orders_note', [DROP]],
    ['DROP INDEX orders_note, orders_customer', [DROP, DROP]],
    ['DROP INDEX orders_note CASCADE', [DROP], 'none'],
    ['DROP INDEX events_1_made', [DROP]],
    ['DROP INDEX CONCURRENTLY orders_note', [], 'none'],
    ['DROP INDEX IF EXISTS nobody_knows', []],
    ['CREATE TABLE made (id int); CREATE INDEX i ON made (id); DROP INDEX i', []],
    ['ALTER INDEX orders_note RENAME TO orders_remark', []],
    ['DROP TABLE IF EXISTS orders_nope', []],
  ],
  'drop-index-partitioned': [
    ['DROP INDEX events_kind', ['drop-index-partitioned']],
    ["SET lock_timeout = '2s'; DROP INDEX events_kind", []],
    ['SET lock_timeout = 0; DROP INDEX events_kind', ['drop-index-partitioned']],
    ["SET lock_timeout = '2s'; RESET lock_timeout; DROP INDEX events_kind", ['drop-index-partitioned']],
  ],
  'drop-index-backing-constraint': [
    ['DROP INDEX orders_pkey', ['drop-index-backing-constraint']],
    ['DROP INDEX number_key CASCADE', ['drop-index-backing-constraint']],
    ['DROP INDEX CONCURRENTLY number_key', ['drop-index-backing-constraint'], 'none'],
    ['DROP INDEX events_1_kind_idx', ['drop-index-backing-constraint']],
    ['CREATE TABLE made (id int PRIMARY KEY); DROP INDEX made_pkey', ['drop-index-backing-constraint']],
    ['DROP INDEX orders_made_note', [DROP]],
  ],
  'reindex-blocking': [
    ['REINDEX INDEX orders_note', ['reindex-blocking']],
    ['REINDEX TABLE orders', ['reindex-blocking']],
    ['REINDEX (VERBOSE) TABLE orders', ['reindex-blocking']],
    ['REINDEX SCHEMA public', ['reindex-blocking'], 'none'],
    ['REINDEX SCHEMA quiet', [], 'none'],
    ['REINDEX DATABASE shop', ['reindex-blocking'], 'none'],
    ['REINDEX SYSTEM shop', ['reindex-blocking'], 'none'],
    ['REINDEX INDEX nobody_knows', ['reindex-blocking']],
    ['REINDEX (CONCURRENTLY off) TABLE orders', ['reindex-blocking'], 'none'],
    ['REINDEX TABLE nobody_knows', ['reindex-blocking']],
    ['REINDEX TABLE plain', []],
    ['CREATE INDEX CONCURRENTLY plain_id ON plain (id); REINDEX TABLE plain', ['reindex-blocking'], 'none'],
    ['REINDEX TABLE CONCURRENTLY orders', [], 'none'],
    ['REINDEX (CONCURRENTLY) INDEX orders_note', [], 'none'],
    ['REINDEX (CONCURRENTLY, VERBOSE) SCHEMA public', [], 'none'],
    ['CREATE TABLE made (id int PRIMARY KEY); REINDEX TABLE made; REINDEX INDEX made_pkey', []],
  ],
  'concurrently-in-transaction': [
    ['CREATE INDEX CONCURRENTLY ON orders (data)', [REFUSED]],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS d ON orders (data)', [REFUSED]],
    ['DROP INDEX CONCURRENTLY orders_note', [REFUSED]],
    ['DROP INDEX CONCURRENTLY IF EXISTS nobody_knows', [REFUSED]],
    ['REINDEX TABLE CONCURRENTLY orders', [REFUSED]],
    ['REINDEX INDEX CONCURRENTLY orders_note', [REFUSED]],
    ['REINDEX (CONCURRENTLY) SCHEMA public', [REFUSED]],
    ['ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY', [REFUSED]],
    ['CREATE TABLE made (id int); CREATE INDEX CONCURRENTLY ON made (id)', [REFUSED]],
    ["SET lock_timeout = '2s'; DROP INDEX CONCURRENTLY orders_note", [REFUSED]],
    ['SELECT 1; DROP INDEX CONCURRENTLY orders_note', [REFUSED], 'implicit'],
    ['DROP INDEX CONCURRENTLY orders_note', [], 'implicit'],
    ['BEGIN; DROP INDEX CONCURRENTLY orders_note; COMMIT', [REFUSED], 'none'],
    ['BEGIN; SELECT 1; COMMIT; DROP INDEX CONCURRENTLY orders_note', [], 'none'],
    ['DO $$ BEGIN DROP INDEX CONCURRENTLY orders_note; END $$', [REFUSED], 'none'],
  ],
  'concurrently-if-not-exists': [
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS d ON orders (data)', ['concurrently-if-not-exists'], 'none'],
    [
      'DROP INDEX CONCURRENTLY IF EXISTS d; CREATE INDEX CONCURRENTLY IF NOT EXISTS d ON orders (data)',
      [],
      'none',
    ],
    [
      'DROP INDEX CONCURRENTLY IF EXISTS other; CREATE INDEX CONCURRENTLY IF NOT EXISTS d ON orders (data)',
      ['concurrently-if-not-exists'],
      'none',
    ],
    ['CREATE TABLE made (id int); CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON made (id)', [], 'none'],
  ],
  'lock-timeout-aborts-concurrently': timeouts('lock-timeout-aborts-concurrently'),
  'create-index-partitioned-parent': [
    ['CREATE INDEX ON events (made)', ['create-index-partitioned-parent']],
    ['CREATE INDEX ON ONLY events (made)', []],
    ['CREATE INDEX ON bare (id)', []],
    ['CREATE INDEX ON events_1 (id)', [BUILD]],
    ['CREATE TABLE made (id int) PARTITION BY RANGE (id); CREATE INDEX ON made (id)', []],
  ],
  'concurrently-on-partitioned': [
    ['CREATE INDEX CONCURRENTLY ON events (made)', ['concurrently-on-partitioned'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON ONLY events (made)', ['concurrently-on-partitioned'], 'none'],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS m ON events (made)', ['concurrently-on-partitioned'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON events (made)', ['concurrently-on-partitioned']],
    ['DROP INDEX CONCURRENTLY events_kind', ['concurrently-on-partitioned'], 'none'],
    ['REINDEX TABLE CONCURRENTLY events', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON events_1 (id)', [], 'none'],
  ],
  'duplicate-or-prefix-index': [
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id)', ['duplicate-or-prefix-index'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id, made)', ['duplicate-or-prefix-index'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (id)', ['duplicate-or-prefix-index'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (made)', ['duplicate-or-prefix-index'], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id, note)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id, made, note)', [], 'none'],
    ['CREATE UNIQUE INDEX CONCURRENTLY ON orders (customer_id)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id) WHERE made IS NULL', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id) INCLUDE (note)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (note text_pattern_ops)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (note COLLATE "C")', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (customer_id DESC)', [], 'none'],
    [
      'CREATE INDEX CONCURRENTLY ON orders (customer_id ASC NULLS LAST)',
      ['duplicate-or-prefix-index'],
      'none',
    ],
    ['CREATE INDEX CONCURRENTLY ON orders (data, number)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (data, id)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders USING hash (customer_id)', [], 'none'],
    ['CREATE INDEX CONCURRENTLY ON orders (lower(note))', [], 'none'],
    ['CREATE INDEX CONCURRENTLY n ON orders (note); DROP INDEX CONCURRENTLY orders_note', [], 'none'],
    ['CREATE TABLE made (id int PRIMARY KEY); CREATE INDEX ON made (id)', []],
  ],
  'drop-before-create-index': [
    ['DROP INDEX orders_note; CREATE INDEX n ON orders (note, id)', ['drop-before-create-index', BUILD]],
    [
      'DROP INDEX CONCURRENTLY orders_note; CREATE INDEX CONCURRENTLY orders_note ON orders (note)',
      ['drop-before-create-index'],
      'none',
    ],
    ['CREATE INDEX CONCURRENTLY n ON orders (note, id); DROP INDEX CONCURRENTLY orders_note', [], 'none'],
    ['DROP INDEX CONCURRENTLY orders_note; CREATE INDEX CONCURRENTLY ON orders (data)', [], 'none'],
    ['DROP INDEX CONCURRENTLY events_1_made; CREATE INDEX CONCURRENTLY ON events_2 (made)', [], 'none'],
    ['DROP INDEX CONCURRENTLY IF EXISTS gone; CREATE INDEX CONCURRENTLY gone ON orders (data)', [], 'none'],
    [
      'CREATE INDEX CONCURRENTLY n ON orders (note, id); DROP INDEX CONCURRENTLY orders_note; CREATE INDEX CONCURRENTLY m ON orders (note, made)',
      [],
      'none',
    ],
  ],
};

function timeouts(slug: string): readonly Case[] {
  const build = 'CREATE INDEX CONCURRENTLY ON orders (data)';
  return [
    [`SET lock_timeout = '2s'; ${build}`, [slug], 'none'],
    [`SET lock_timeout = 500; ${build}`, [slug], 'none'],
    [`SET statement_timeout TO '1min'; ${build}`, [slug], 'none'],
    ["SET lock_timeout = '2s'; DROP INDEX CONCURRENTLY orders_note", [slug], 'none'],
    ["SET lock_timeout = '2s'; REINDEX TABLE CONCURRENTLY orders", [slug], 'none'],
    ["SET lock_timeout = '2s'; ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY", [slug], 'none'],
    ["SET statement_timeout = '5s'; ALTER TABLE orders VALIDATE CONSTRAINT made_known", [slug], 'none'],
    ["SET lock_timeout = '2s'; ALTER TABLE orders VALIDATE CONSTRAINT made_known", [], 'none'],
    [`SET lock_timeout = 0; ${build}`, [], 'none'],
    [`SET lock_timeout = '0ms'; ${build}`, [], 'none'],
    [`SET lock_timeout = '2s'; SET lock_timeout = '0'; ${build}`, [], 'none'],
    [`SET lock_timeout = '2s'; RESET lock_timeout; ${build}`, [], 'none'],
    [`BEGIN; SET LOCAL lock_timeout = '2s'; COMMIT; ${build}`, [], 'none'],
    [`SET idle_in_transaction_session_timeout = '2s'; ${build}`, [], 'none'],
    [
      "CREATE TABLE made (id int); SET lock_timeout = '2s'; CREATE INDEX CONCURRENTLY ON made (id)",
      [],
      'none',
    ],
  ];
}

/** Rules of other sections may have their say about the same statements. */
function isOfIndexes(slug: string): boolean {
  return rules.some((rule) => rule.slug === slug && rule.section === 'indexes');
}

for (const [slug, cases] of Object.entries(CASES)) {
  describe(slug, () => {
    for (const [sql, wanted, transaction] of cases)
      test(`${sql} (${transaction ?? 'file'})`, () => {
        const result = judge(schema, [sourceOf(sql, transaction)]);
        assert.deepEqual(result.problems, []);
        assert.deepEqual(complainers(result).filter(isOfIndexes), wanted);
      });
  });
}

const OPINIONS: readonly (readonly [string, string, boolean])[] = [
  ['wide-index', 'CREATE INDEX CONCURRENTLY ON orders (customer_id, note, made, id)', true],
  ['wide-index', 'CREATE UNIQUE INDEX CONCURRENTLY ON orders (customer_id, note, made, id)', false],
  ['wide-index', 'CREATE INDEX CONCURRENTLY ON orders (customer_id, note, made) INCLUDE (id)', false],
  ['index-drop-performance', 'DROP INDEX CONCURRENTLY orders_note', true],
  ['index-drop-performance', 'DROP INDEX CONCURRENTLY IF EXISTS nope', false],
  ['jsonb-gin-opclass', 'CREATE INDEX CONCURRENTLY ON orders USING gin (data)', true],
  ['jsonb-gin-opclass', 'CREATE INDEX CONCURRENTLY ON orders USING gin (data jsonb_path_ops)', false],
  [
    'jsonb-gin-opclass',
    "CREATE INDEX CONCURRENTLY ON orders USING gin (to_tsvector('english', note))",
    false,
  ],
  ['vector-index-params', 'CREATE INDEX CONCURRENTLY ON orders USING hnsw (data)', true],
  ['vector-index-params', 'CREATE INDEX CONCURRENTLY ON orders USING hnsw (data) WITH (m = 32)', false],
  [
    'vector-index-params',
    'CREATE INDEX CONCURRENTLY ON orders USING ivfflat (data) WITH (lists = 10)',
    false,
  ],
  ['vector-index-params', 'CREATE INDEX CONCURRENTLY ON orders USING gist (data)', false],
];

for (const [slug, sql, complains] of OPINIONS) {
  test(`${slug} is an opinion, ${complains ? 'held' : 'not held'} of ${sql}`, () => {
    const sources = [sourceOf(sql, 'none')];
    assert.ok(!complainers(judge(schema, sources)).includes(slug), 'off by default');
    const asked = judge(schema, sources, { severities: { [slug]: 'warning' } });
    assert.equal(complainers(asked).includes(slug), complains);
  });
}

test('index-corruption-14 speaks for 14 only', () => {
  const sources = [sourceOf('CREATE INDEX CONCURRENTLY ON orders (data)', 'none')];
  const severities = { 'index-corruption-14': 'error' } as const;
  for (const [version, wanted] of [
    [13, []],
    [14, ['index-corruption-14']],
    [15, []],
  ] as const)
    assert.deepEqual(complainers(judge(schema, sources, { version, severities })), wanted);
});

test('13 refuses to rebuild a partitioned index concurrently, and passes over a partitioned table', () => {
  const told = (sql: string) => complainers(judge(schema, [sourceOf(sql, 'none')], { version: 13 }));
  assert.deepEqual(told('REINDEX INDEX CONCURRENTLY events_kind'), ['concurrently-on-partitioned']);
  assert.deepEqual(told('REINDEX TABLE CONCURRENTLY events'), []);
  assert.deepEqual(told('REINDEX TABLE events'), []);
});

test('index-total-limit counts the indexes of the table, those of keys included', () => {
  const text = (count: number) =>
    `CREATE TABLE t (id int PRIMARY KEY, a int); ${'CREATE INDEX ON t (a, id);'.repeat(count)}`;
  const severities = { 'index-total-limit': 'warning', 'duplicate-or-prefix-index': 'off' } as const;
  const build = [sourceOf('CREATE INDEX CONCURRENTLY ON t (a)', 'none')];
  assert.deepEqual(complainers(judge(schemaOf(text(8)), build, { severities })), []);
  assert.deepEqual(complainers(judge(schemaOf(text(9)), build, { severities })), ['index-total-limit']);
});

test('an index that keeps rows out is not to be dropped for a plain one', () => {
  const help = (columns: string) =>
    judge(schema, [sourceOf(`CREATE INDEX CONCURRENTLY twice ON orders (${columns})`, 'none')]).findings.find(
      ({ rule }) => rule === 'duplicate-or-prefix-index',
    )?.help;
  for (const [columns, index] of [
    ['id', 'orders_pkey'],
    ['number', 'number_key'],
    ['made, note', 'orders_made_note'],
  ] as const)
    assert.equal(
      help(columns),
      `Leave \`twice\` out: \`${index}\` serves the same queries, and it keeps wrong rows out besides.`,
    );
  assert.match(help('note') ?? '', /or drop `orders_note` if this one is to replace it/);
});

test('write-hot-index-build states the number, and needs to know it', () => {
  const build = [sourceOf('CREATE INDEX CONCURRENTLY ON orders (data)', 'none')];
  const busy = (writesPerSecond: number): Catalog => {
    const orders = schema.relations.get('public.orders');
    assert.ok(orders);
    const relations = new Map(schema.relations).set('public.orders', { ...orders, writesPerSecond });
    return { ...schema, relations };
  };
  assert.deepEqual(complainers(judge(schema, build)), []);
  assert.deepEqual(complainers(judge(busy(100), build)), []);
  const [finding] = judge(busy(1234.5), build).findings;
  assert.equal(finding?.rule, 'write-hot-index-build');
  assert.match(finding.message, /1235 row changes a second/);
});

test('an unknown table or index of an incomplete schema counts as existing and in use', () => {
  const told = (sql: string, transaction: LintSource['transaction']) =>
    complainers(judge(EMPTY_CATALOG, [sourceOf(sql, transaction)]));
  assert.deepEqual(told('CREATE INDEX ON unknown (a)', 'file'), [BUILD]);
  assert.deepEqual(told('DROP INDEX IF EXISTS unknown_idx', 'file'), [DROP]);
  assert.deepEqual(told('REINDEX INDEX unknown_idx', 'file'), ['reindex-blocking']);
  assert.deepEqual(told('ALTER TABLE unknown ADD a int; REINDEX TABLE unknown', 'file'), [
    'reindex-blocking',
  ]);
  assert.deepEqual(told('CREATE INDEX CONCURRENTLY ON unknown (a)', 'none'), []);
  assert.deepEqual(
    told('DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON unknown (a)', 'none'),
    [],
  );
});

test('an invalid index is no reason to leave out its replacement', () => {
  const note = schema.relations.get('public.orders_note');
  assert.ok(note);
  const broken = {
    ...schema,
    relations: new Map(schema.relations).set(note.name, { ...note, valid: false }),
  };
  const again =
    'DROP INDEX CONCURRENTLY orders_note; CREATE INDEX CONCURRENTLY orders_note ON orders (note);';
  assert.deepEqual(complainers(judge(broken, [sourceOf(again, 'none')])), []);
  const beside = 'CREATE INDEX CONCURRENTLY fresh ON orders (note);';
  assert.deepEqual(complainers(judge(broken, [sourceOf(beside, 'none')])), []);
});

function only(sql: string, transaction: LintSource['transaction'] = 'none'): Finding {
  const [finding, ...more] = judge(schema, [sourceOf(sql, transaction)]).findings;
  assert.ok(finding);
  assert.deepEqual(more, []);
  return finding;
}

test('the help says how to leave the transaction, by who began it', () => {
  const refused = 'DROP INDEX CONCURRENTLY orders_note';
  const helps: readonly (readonly [string, LintSource['transaction'], RegExp])[] = [
    [refused, 'file', /a migration file of its own that runs outside .*-- pullgres:no-transaction.* dbmate/],
    [`SELECT 1; ${refused}`, 'implicit', /a migration file of its own: .* as one message/],
    [`BEGIN; ${refused}; COMMIT`, 'none', /from between `BEGIN` and `COMMIT`/],
    [`DO $$ BEGIN ${refused}; END $$`, 'none', /out of the block/],
  ];
  for (const [sql, transaction, pattern] of helps) assert.match(only(sql, transaction).help, pattern);
});

test('a timeout is named with its value, and with what puts it off', () => {
  const { message, help } = only(
    "SET lock_timeout = '2s'; SET statement_timeout = 90000; REINDEX INDEX CONCURRENTLY orders_note",
  );
  assert.match(message, /^`lock_timeout = 2s` ends `REINDEX INDEX CONCURRENTLY`.*`orders_note_ccnew`/);
  assert.equal(help, 'Put `SET lock_timeout = 0` and `SET statement_timeout = 0` before it.');
});

const FIXES: readonly (readonly [string, string])[] = [
  ['DROP INDEX orders_note;', 'DROP INDEX CONCURRENTLY orders_note;'],
  ['/* ü */ drop  index if exists orders_note;', '/* ü */ drop  index CONCURRENTLY if exists orders_note;'],
  ['REINDEX INDEX orders_note;', 'REINDEX INDEX CONCURRENTLY orders_note;'],
  ['reindex (verbose) table orders;', 'reindex (verbose) table CONCURRENTLY orders;'],
  ['CREATE UNIQUE INDEX u ON orders (data);', 'CREATE UNIQUE INDEX CONCURRENTLY u ON orders (data);'],
];

for (const [sql, wanted] of FIXES) {
  test(`the fix of ${sql} is right outside a transaction, and is not offered inside one`, () => {
    const [edit, ...more] = only(sql).fix;
    assert.ok(edit);
    assert.deepEqual(more, []);
    const bytes = Buffer.from(sql);
    const after = Buffer.concat([
      bytes.subarray(0, edit.startByte),
      Buffer.from(edit.text),
      bytes.subarray(edit.endByte),
    ]).toString();
    assert.equal(after, wanted);
    const result = judge(schema, [sourceOf(after, 'none')]);
    assert.deepEqual([result.problems, complainers(result)], [[], []]);
    assert.deepEqual(only(sql, 'file').fix, []);
  });
}

test('no fix where CONCURRENTLY would be refused', () => {
  for (const sql of [
    'DROP INDEX orders_note CASCADE',
    'DROP INDEX events_kind',
    'CREATE INDEX ON events (made)',
    'REINDEX SYSTEM shop',
    'DROP/**/INDEX orders_note',
  ])
    assert.deepEqual(only(sql).fix, [], sql);
  const several = judge(schema, [sourceOf('DROP INDEX orders_note, orders_customer', 'none')]).findings;
  assert.deepEqual(
    several.map(({ fix, help }) => [fix, help]),
    [
      [[], 'Write `DROP INDEX CONCURRENTLY public.orders_note`.'],
      [[], 'Write `DROP INDEX CONCURRENTLY public.orders_customer`.'],
    ],
  );
});

const HOSTILE = [
  'CREATE INDEX "a`b\n""c" ON "Order `Lines`" ("Unit Price")',
  'DROP INDEX "Odd ""index"""',
  'REINDEX TABLE "Order `Lines`"',
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS "x`y" ON "Order `Lines`" ("Unit Price")',
  'SET lock_timeout = \'`2s`\'; CREATE INDEX CONCURRENTLY "x`y" ON "Order `Lines`" ("Unit Price")',
  'CREATE INDEX "Part (s" ON public."events" (made) WHERE kind = \'two  blanks\'',
  'CREATE INDEX commented ON events -- (no\n (made)',
];

test('no name ends a code span, and the SQL of a help parses', () => {
  for (const sql of HOSTILE) {
    const { message, help } = only(sql);
    for (const text of [message, help]) assert.equal((text.match(/`/g) ?? []).length % 2, 0, text);
    for (const advised of statementsIn(help)) {
      const parsed = parseSql(advised, 'help.sql');
      assert.ok(parsed.ok, advised);
    }
  }
});

function statementsIn(help: string): readonly string[] {
  const spans = [...help.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  return spans.filter((text) =>
    /^(CREATE|DROP|ALTER|SET|REINDEX) .*( = | ON | EXISTS |PARTITION |public\.)/s.test(text),
  );
}
