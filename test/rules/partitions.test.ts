import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const SCHEMA = `
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE free (id bigint, kind text);
CREATE TABLE proven (id bigint NOT NULL, kind text, CHECK (id >= 100 AND id < 200));
CREATE TABLE nullable (id bigint, kind text, CHECK (id >= 100 AND id < 200));
CREATE TABLE hoped (id bigint NOT NULL, kind text);
ALTER TABLE hoped ADD CONSTRAINT b CHECK (id >= 100 AND id < 200) NOT VALID;
CREATE TABLE logs (id bigint, kind text) PARTITION BY LIST (kind);
CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('a');
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE TABLE guarded (id bigint, kind text) PARTITION BY LIST (kind);
CREATE TABLE guarded_rest PARTITION OF guarded DEFAULT;
ALTER TABLE guarded_rest ADD CHECK (kind IS NOT NULL AND kind <> 'b');
CREATE TABLE spread (id bigint) PARTITION BY HASH (id);
CREATE TABLE shard (id bigint);
CREATE TABLE computed (id bigint, made date) PARTITION BY RANGE ((id + 1));
CREATE TABLE sold (id bigint PRIMARY KEY, made date);
CREATE TABLE keyed (id bigint, made date, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE "Odd \`Parent\`" ("The Key" bigint) PARTITION BY RANGE ("The Key");
CREATE TABLE "Odd \`Part" ("The Key" bigint);
CREATE TABLE events_p2026_01 (id bigint, kind text);
`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

type Case = readonly [string, readonly string[], LintSource['transaction']?];
const SCAN = 'attach-partition-scan';
const SEARCH = 'attach-with-default-partition';
const CREATE = 'create-partition-of';
const DETACH = 'detach-partition-blocking';
const REFUSED = 'detach-concurrently-default-partition';
const KEY = 'partition-key-not-in-pk';
const to = (table: string, parent = 'events', bound = 'FROM (100) TO (200)') =>
  `ALTER TABLE ${parent} ATTACH PARTITION ${table} FOR VALUES ${bound}`;

/** Statements with the default rules that complain; in the tool's transaction unless said otherwise. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'attach-partition-scan': [
    [to('free'), [SCAN]],
    [to('nullable'), [SCAN]],
    [to('hoped'), [SCAN]],
    [to('proven'), []],
    [to('proven', 'events', 'FROM (100) TO (150)'), [SCAN]],
    [to('proven', 'events', 'FROM (MINVALUE) TO (200)'), []],
    [to('shard', 'spread', 'WITH (MODULUS 2, REMAINDER 0)'), [SCAN]],
    ['ALTER TABLE events ATTACH PARTITION free DEFAULT', [SCAN]],
    [`CREATE TABLE made (LIKE events); ${to('made')}`, []],
    ['ALTER INDEX i ATTACH PARTITION j', []],
  ],
  'attach-with-default-partition': [
    [to('free', 'logs', "IN ('b')"), [SEARCH]],
    [to('free', 'guarded', "IN ('b')"), [SCAN]],
    [to('free', 'guarded', "IN ('c')"), [SEARCH]],
    ["CREATE TABLE logs_b PARTITION OF logs FOR VALUES IN ('b')", [SEARCH]],
    ["CREATE TABLE guarded_b PARTITION OF guarded FOR VALUES IN ('b')", [CREATE]],
    [`CREATE TABLE made (LIKE logs); ${to('made', 'logs', "IN ('b')")}`, [SEARCH]],
    [
      `ALTER TABLE logs DETACH PARTITION logs_rest; CREATE TABLE made (LIKE logs); ${to('made', 'logs', "IN ('b')")}`,
      [DETACH],
    ],
  ],
  'create-partition-of': [
    ['CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200)', [CREATE]],
    ['CREATE TABLE events_rest PARTITION OF events DEFAULT', [CREATE]],
    ['CREATE TABLE IF NOT EXISTS events_1 PARTITION OF events FOR VALUES FROM (100) TO (200)', []],
    ['CREATE TABLE heir () INHERITS (free)', []],
    [
      'CREATE TABLE made (id int) PARTITION BY RANGE (id); CREATE TABLE made_1 PARTITION OF made FOR VALUES FROM (1) TO (2); CREATE TABLE made_rest PARTITION OF made DEFAULT; CREATE TABLE made_2 PARTITION OF made FOR VALUES FROM (2) TO (3)',
      [],
    ],
  ],
  'detach-partition-blocking': [
    ['ALTER TABLE events DETACH PARTITION events_1', [DETACH]],
    ['ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY', [], 'none'],
    ['ALTER TABLE events DETACH PARTITION events_1 FINALIZE', [], 'none'],
    ['ALTER TABLE logs DETACH PARTITION logs_a', [DETACH]],
    ["SET lock_timeout = '2s'; ALTER TABLE logs DETACH PARTITION logs_a", []],
    ["SET lock_timeout = '2s'; ALTER TABLE events DETACH PARTITION events_1", [DETACH]],
    [
      'CREATE TABLE made (id int) PARTITION BY RANGE (id); CREATE TABLE made_1 PARTITION OF made FOR VALUES FROM (1) TO (2); ALTER TABLE made DETACH PARTITION made_1',
      [],
    ],
  ],
  'detach-concurrently-default-partition': [
    ['ALTER TABLE logs DETACH PARTITION logs_a CONCURRENTLY', [REFUSED], 'none'],
    ['ALTER TABLE logs DETACH PARTITION logs_rest CONCURRENTLY', [REFUSED], 'none'],
    ['ALTER TABLE logs DETACH PARTITION logs_a CONCURRENTLY', []],
    ['ALTER TABLE logs DETACH PARTITION logs_a FINALIZE', [], 'none'],
    [
      "SET lock_timeout = '2s'; ALTER TABLE logs DETACH PARTITION logs_rest; ALTER TABLE logs DETACH PARTITION logs_a CONCURRENTLY",
      [],
      'none',
    ],
    [
      'CREATE TABLE made (id int) PARTITION BY RANGE (id); CREATE TABLE made_rest PARTITION OF made DEFAULT; ALTER TABLE made DETACH PARTITION made_rest CONCURRENTLY',
      [REFUSED],
      'none',
    ],
  ],
  'partition-key-not-in-pk': [
    ['CREATE TABLE t (id int PRIMARY KEY, made date) PARTITION BY RANGE (made)', [KEY]],
    ['CREATE TABLE t (id int, made date, PRIMARY KEY (id)) PARTITION BY RANGE (made)', [KEY]],
    ['CREATE TABLE t (id int, made date, UNIQUE (id)) PARTITION BY RANGE (id, made)', [KEY]],
    ['CREATE TABLE t (id int, made date, PRIMARY KEY (id, made)) PARTITION BY RANGE (made)', []],
    ['CREATE TABLE t (id int PRIMARY KEY, made date) PARTITION BY HASH (id)', []],
    ['CREATE TABLE t (id int PRIMARY KEY, made date)', []],
    ['CREATE TABLE t (id int, PRIMARY KEY (id)) PARTITION BY RANGE ((id + 1))', [KEY]],
    ['CREATE TABLE t (LIKE sold INCLUDING ALL) PARTITION BY RANGE (made)', [KEY]],
    ['CREATE TABLE t (LIKE sold) PARTITION BY RANGE (made)', []],
    ['CREATE TABLE t (LIKE sold INCLUDING ALL) PARTITION BY RANGE (id)', []],
    ['CREATE TABLE k PARTITION OF keyed FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (made)', [CREATE, KEY]],
    ['CREATE TABLE k PARTITION OF keyed FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id)', [CREATE]],
    ['CREATE UNIQUE INDEX ON events (kind)', [KEY]],
    ['CREATE UNIQUE INDEX ON ONLY events (kind)', [KEY]],
    ['CREATE UNIQUE INDEX ON ONLY events (kind, id)', []],
    ['CREATE UNIQUE INDEX ON computed (id)', [KEY]],
    ['CREATE UNIQUE INDEX CONCURRENTLY ON events_1 (kind)', [], 'none'],
  ],
  'drop-partition': [
    ['DROP TABLE events_1', ['drop-partition']],
    ['DROP TABLE IF EXISTS events_1 CASCADE', ['drop-partition']],
    ['DROP TABLE logs_a', ['drop-partition']],
  ],
};

/** Rules of other sections may have their say about the same statements. */
function isOfPartitions(slug: string): boolean {
  return rules.some((rule) => rule.slug === slug && rule.section === 'partitions');
}

for (const [slug, cases] of Object.entries(CASES)) {
  describe(slug, () => {
    for (const [sql, wanted, transaction] of cases)
      test(`${sql} (${transaction ?? 'file'})`, () => {
        const result = judge(schema, [sourceOf(sql, transaction)]);
        assert.deepEqual(result.problems, []);
        assert.deepEqual(complainers(result).filter(isOfPartitions).sort(), wanted);
      });
  });
}

const told = (sql: string, rest: Parameters<typeof judge>[2] = {}) =>
  complainers(judge(schema, [sourceOf(sql)], rest));

test('drop-partition is silent about what is no partition, is detached first, or goes with its whole table', () => {
  const silent = [
    'DROP TABLE free',
    'DROP TABLE events',
    'DROP TABLE events_1, events',
    "SET lock_timeout = '2s'; DROP TABLE logs_a",
    'DROP TABLE IF EXISTS nope',
    'ALTER TABLE events DETACH PARTITION events_1; DROP TABLE events_1',
    'CREATE TABLE made (id int) PARTITION BY RANGE (id); CREATE TABLE made_1 PARTITION OF made DEFAULT; DROP TABLE made_1',
  ];
  for (const sql of silent) assert.ok(!told(sql).includes('drop-partition'), sql);
});

test('adding a key that lacks the partition key is refused, whatever else is to be said of it', () => {
  for (const sql of [
    'ALTER TABLE events ADD PRIMARY KEY (kind)',
    'ALTER TABLE events ADD CONSTRAINT k UNIQUE (kind)',
    'ALTER TABLE events ADD COLUMN code text UNIQUE',
  ])
    assert.ok(told(sql).includes(KEY), sql);
  for (const sql of [
    'ALTER TABLE events ADD PRIMARY KEY (kind, id)',
    'ALTER TABLE free ADD CONSTRAINT k UNIQUE (kind)',
  ])
    assert.ok(!told(sql).includes(KEY), sql);
});

test('a default partition that is known to be empty is not searched for long', () => {
  const rest = schema.relations.get('public.logs_rest');
  assert.ok(rest);
  const relations = new Map(schema.relations).set(rest.name, { ...rest, rows: 0 });
  const sql = "CREATE TABLE logs_b PARTITION OF logs FOR VALUES IN ('b')";
  assert.deepEqual(complainers(judge({ ...schema, relations }, sql)), [CREATE]);
});

test('before 14 nothing can be detached concurrently, and nothing is asked for', () => {
  assert.deepEqual(told('ALTER TABLE events DETACH PARTITION events_1', { version: 13 }), []);
  assert.ok(!told('DROP TABLE events_1', { version: 13 }).includes('drop-partition'));
});

test('partitioned-fanout speaks from a hundred partitions on, of locks that stop writers, and says how many', () => {
  const text = (count: number) =>
    `CREATE TABLE many (id int, a int) PARTITION BY RANGE (id); ${Array.from({ length: count }, (_, at) => `CREATE TABLE many_${at} PARTITION OF many FOR VALUES FROM (${at}) TO (${at + 1});`).join('')}`;
  const add = 'ALTER TABLE many ADD COLUMN note text';
  assert.deepEqual(complainers(judge(schemaOf(text(100)), add)), []);
  const large = schemaOf(text(101));
  const [finding, ...more] = judge(large, add).findings;
  assert.deepEqual([finding?.rule, finding?.severity, more], ['partitioned-fanout', 'notice', []]);
  assert.match(finding?.message ?? '', /^`public\.many` and 101 partitions .* read or write/);
  for (const sql of [
    'ALTER TABLE ONLY many ALTER COLUMN a SET DEFAULT 1',
    'ALTER TABLE many ALTER COLUMN a SET STATISTICS 10',
    'SELECT count(*) FROM many',
    'ALTER TABLE many_1 ADD CONSTRAINT c CHECK (a > 0) NOT VALID',
  ])
    assert.deepEqual(complainers(judge(large, sql)), [], sql);
  assert.ok(!complainers(judge(large, 'CREATE INDEX ON many (a)')).includes('partitioned-fanout'));
});

const OPINIONS: readonly (readonly [string, string, boolean])[] = [
  ['default-partition-created', 'CREATE TABLE events_rest PARTITION OF events DEFAULT', true],
  ['default-partition-created', 'ALTER TABLE events ATTACH PARTITION free DEFAULT', true],
  ['default-partition-created', to('free'), false],
  ['managed-partitions', to('events_p2026_01'), true],
  ['managed-partitions', 'ALTER TABLE _timescaledb_internal._hyper_1_2_chunk SET (fillfactor = 90)', true],
  ['managed-partitions', 'DROP TABLE events_p2026_01', true],
  ['managed-partitions', 'CREATE TABLE report_p2026 (id int)', false],
  ['managed-partitions', 'ALTER TABLE events ADD COLUMN note text', false],
  ['managed-partitions', 'DELETE FROM events_p2026_01 WHERE id = 1', false],
  ['partitioning-policy', 'CREATE TABLE t (id int) PARTITION BY RANGE (id)', true],
  ['partitioning-policy', 'CREATE TABLE t (id int)', false],
];

for (const [slug, sql, complains] of OPINIONS) {
  test(`${slug} is an opinion, ${complains ? 'held' : 'not held'} of ${sql}`, () => {
    assert.ok(!told(sql).includes(slug), 'off by default');
    assert.equal(told(sql, { severities: { [slug]: 'warning' } }).includes(slug), complains);
  });
}

function first(sql: string, transaction: LintSource['transaction'] = 'file'): Finding {
  const [finding] = judge(schema, [sourceOf(sql, transaction)]).findings;
  assert.ok(finding);
  return finding;
}

test('the help gives the CHECK of this bound', () => {
  const helps: readonly (readonly [string, string])[] = [
    [to('free'), 'CHECK (id IS NOT NULL AND id >= 100 AND id < 200) NOT VALID'],
    [
      to('free', 'guarded', "IN ('b', 'c''d')"),
      "CHECK (kind IS NOT NULL AND kind NOT IN ('b', 'c''d')) NOT VALID",
    ],
    [
      to('"Odd `Part"', '"Odd `Parent`"', 'FROM (1) TO (2)'),
      'CHECK ("The Key" IS NOT NULL AND "The Key" >= 1',
    ],
    [to('shard', 'spread', 'WITH (MODULUS 2, REMAINDER 0)'), 'no `CHECK` proves a hash bound'],
    [
      "CREATE TABLE logs_b PARTITION OF logs FOR VALUES IN ('b')",
      "ALTER TABLE public.logs_rest ADD CONSTRAINT no_logs_b CHECK (kind IS NOT NULL AND kind <> 'b') NOT VALID",
    ],
    [
      'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (MAXVALUE)',
      'ALTER TABLE public.events ATTACH PARTITION public.events_2 FOR VALUES FROM (100) TO (MAXVALUE)',
    ],
  ];
  for (const [sql, part] of helps) assert.ok(first(sql).help.includes(part), first(sql).help);
});

test('CONCURRENTLY is taken out again beside a default partition', () => {
  const [sql, wanted] = [
    'ALTER TABLE logs DETACH PARTITION "logs_a" CONCURRENTLY',
    'ALTER TABLE logs DETACH PARTITION "logs_a"',
  ];
  const { fix, help } = first(sql, 'none');
  assert.deepEqual(fix, [{ startByte: wanted.length, endByte: sql.length, text: '' }]);
  assert.match(
    help,
    /`SET lock_timeout = '2s'` and `ALTER TABLE public\.logs DETACH PARTITION public\.logs_a`/,
  );
});

test('a default partition rules CONCURRENTLY out, and the help and the fix know', () => {
  const detach = 'ALTER TABLE events DETACH PARTITION events_1;';
  const { fix, help } = first(detach, 'none');
  assert.equal(help, 'Write `ALTER TABLE public.events DETACH PARTITION public.events_1 CONCURRENTLY`.');
  assert.deepEqual(fix, [{ startByte: 44, endByte: 44, text: ' CONCURRENTLY' }]);
  assert.deepEqual(first(detach, 'file').fix, []);
  for (const sql of ['ALTER TABLE logs DETACH PARTITION logs_a', 'DROP TABLE logs_a']) {
    const beside = first(sql, 'none');
    assert.match(beside.help, /^Put `SET lock_timeout = '2s'` before it .*`public\.logs_rest`/);
    assert.deepEqual(beside.fix, []);
  }
});

const HOSTILE = [
  to('"Odd `Part"', '"Odd `Parent`"', 'FROM (1) TO (2)'),
  'CREATE TABLE "x`\n""y" PARTITION OF "Odd `Parent`" FOR VALUES FROM (1) TO (2)',
  'ALTER TABLE "Odd `Parent`" ADD PRIMARY KEY ("no`key")',
  to('free'),
  to('free', 'logs', "IN ('it''s', 'b')"),
  "CREATE TABLE logs_b PARTITION OF logs FOR VALUES IN ('b')",
  'ALTER TABLE events DETACH PARTITION events_1',
  'DROP TABLE events_1',
  'CREATE UNIQUE INDEX u ON events (kind)',
];

test('no name ends a code span, and the SQL of a help parses', () => {
  for (const sql of HOSTILE) {
    const { message, help } = first(sql);
    for (const text of [message, help]) assert.equal((text.match(/`/g) ?? []).length % 2, 0, text);
    const spans = [...help.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    for (const advised of spans.filter((text) => /^(CREATE|ALTER|SET) .*( = |public\.)/s.test(text)))
      assert.ok(parseSql(advised, 'help.sql').ok, advised);
  }
});
