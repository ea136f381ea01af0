import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { rules } from '../../src/rules/registry.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';
import { advisedSql, type Case, findingsOf, UNKNOWN } from '../support/sections.ts';

const SCHEMA = `
  CREATE TABLE customers (id bigint PRIMARY KEY, state text);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, a int, b int);
  ALTER TABLE orders ADD CONSTRAINT a_positive CHECK (a > 0) NOT VALID;
  ALTER TABLE orders ADD CONSTRAINT b_positive CHECK (b > 0) NOT VALID;
  ALTER TABLE orders ADD CONSTRAINT customer_again FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
  CREATE TABLE things (id bigint PRIMARY KEY, note text);
  CREATE TABLE events (at int) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (9) TO (20);
  CREATE INDEX orders_a ON orders (a);
  CREATE VIEW open_orders AS SELECT id FROM orders;
  CREATE TABLE "Odd \`'T" (id bigint PRIMARY KEY);`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

const OWN = new Map(
  rules.flatMap((rule) => (rule.section === 'transactions' ? [[rule.slug, rule] as const] : [])),
);

/** What the section's default rules say. */
const defaults = (sql: string, transaction?: Case[2], catalog = schema): readonly string[] =>
  complainers(judge(catalog, [sourceOf(sql, transaction)])).filter((rule) => OWN.has(rule));

/** What one rule says, opinion or not. */
const says = (rule: string, sql: string, transaction?: Case[2], version?: 16): number =>
  findingsOf('transactions', schema, sql, transaction, version).filter((finding) => finding.rule === rule)
    .length;

function table(rule: string, cases: readonly (readonly [string, number, Case[2]?])[]): void {
  for (const [sql, expected, transaction] of cases)
    test(`${sql}${transaction ? ` (${transaction})` : ''}`, () =>
      assert.equal(says(rule, sql, transaction), expected));
}

const ALTER = 'ALTER TABLE orders ADD COLUMN extra text;';
const OTHER = 'ALTER TABLE things ADD COLUMN extra text;';
const NEW = 'CREATE TABLE t (id bigint); ALTER TABLE t ADD COLUMN extra text;';

describe('missing-lock-timeout', () =>
  table('missing-lock-timeout', [
    [ALTER, 1],
    [`${ALTER} ${OTHER}`, 1],
    [ALTER, 1, 'none'],
    [`SET lock_timeout = '2s'; ${ALTER}`, 0],
    [`SET lock_timeout = '2s'; RESET lock_timeout; ${ALTER}`, 1],
    [`SELECT set_config('lock_timeout', '2s', true); ${ALTER}`, 0],
    [NEW, 0],
    ['UPDATE orders SET a = 1 WHERE id = 1', 0],
    ['CREATE INDEX CONCURRENTLY ON orders (b)', 0, 'none'],
    ['ALTER TABLE orders VALIDATE CONSTRAINT a_positive', 0],
    ['CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders', 0],
  ]));

describe('hot-table-without-lock-timeout', () => {
  const hot = (reads: number, writes: number, sql: string, transaction?: Case[2]): readonly string[] => {
    const one = schema.relations.get('public.orders');
    assert.ok(one);
    const busy = { ...one, readsPerSecond: reads, writesPerSecond: writes };
    const catalog = { ...schema, relations: new Map(schema.relations).set('public.orders', busy) };
    return judge(catalog, [sourceOf(sql, transaction)])
      .findings.filter(({ rule }) => rule === 'hot-table-without-lock-timeout')
      .map(({ severity, message }) => `${severity} ${message}`);
  };

  test('it states the numbers, once a transaction and table', () => {
    const told = `warning \`public.orders\` has 90 reads and 20 writes a second; while this waits for its AccessExclusiveLock, all of them queue behind it, and no lock_timeout ends the wait.`;
    assert.deepEqual(hot(90.4, 19.6, `${ALTER} ALTER TABLE orders ADD COLUMN other text;`), [told]);
    assert.equal(hot(90, 20, `${ALTER} COMMIT; BEGIN; ${ALTER} COMMIT;`).length, 2);
    assert.equal(hot(0, 100, 'CREATE INDEX ON orders (b)').length, 1);
  });

  const silent: readonly (readonly [number, number, string])[] = [
    [50, 20, ALTER],
    // Readers do not wait for a ShareLock.
    [900, 20, 'CREATE INDEX ON orders (b)'],
    [900, 900, `SET lock_timeout = '2s'; ${ALTER}`],
    [900, 900, OTHER],
    [900, 900, 'UPDATE orders SET a = 1 WHERE id = 1'],
    // The rule about 0 says it.
    [900, 900, `SET lock_timeout = 0; ${ALTER}`],
  ];
  for (const [reads, writes, sql] of silent)
    test(`silent: ${reads}, ${writes}, ${sql}`, () => assert.deepEqual(hot(reads, writes, sql), []));
});

describe('lock-timeout-zero-or-long', () => {
  table('lock-timeout-zero-or-long', [
    [`SET lock_timeout = 0; ${ALTER}`, 1],
    [`SET LOCAL lock_timeout = '0'; ${ALTER} ${OTHER}`, 1],
    [`SET lock_timeout = '2min'; ${ALTER}`, 1],
    [`SET lock_timeout = 60001; ${ALTER}`, 1],
    [`SET lock_timeout = '1min'; ${ALTER}`, 0],
    [`SET lock_timeout = '60s'; ${ALTER}`, 0],
    [`SET lock_timeout = 5000; ${ALTER}`, 0],
    [`SET lock_timeout = 0; ${NEW}`, 0],
    ['SET lock_timeout = 0; CREATE INDEX CONCURRENTLY ON orders (b)', 0, 'none'],
    [`SET lock_timeout = 0; RESET lock_timeout; ${ALTER}`, 0],
    [`${ALTER} SET LOCAL lock_timeout = '2s'; ${OTHER}`, 1],
    [`${ALTER} SET lock_timeout = 2000;`, 1],
    [`${ALTER} SET lock_timeout = 0;`, 0],
    [`${ALTER} RESET lock_timeout;`, 0],
    [`SET LOCAL lock_timeout = '2s'; ${ALTER} SET LOCAL lock_timeout = '5s'; ${OTHER}`, 0],
    [`${NEW} SET lock_timeout = '2s'; ${ALTER}`, 0],
    [`UPDATE orders SET a = 1 WHERE id = 1; SET lock_timeout = '2s'; ${ALTER}`, 0],
  ]);

  test('a value set again is said again', () => {
    assert.equal(
      says('lock-timeout-zero-or-long', `SET lock_timeout = 0; ${ALTER} SET lock_timeout = '1h'; ${OTHER}`),
      2,
    );
  });
});

describe('set-local-outside-transaction', () =>
  table('set-local-outside-transaction', [
    ["SET LOCAL lock_timeout = '2s'", 1, 'none'],
    ["SET LOCAL lock_timeout = '2s'", 1, 'implicit'],
    ["SET LOCAL lock_timeout = '2s'; SELECT 1", 0, 'implicit'],
    ["SET LOCAL lock_timeout = '2s'", 0, 'file'],
    ["BEGIN; SET LOCAL lock_timeout = '2s'; COMMIT", 0, 'none'],
    ["BEGIN; COMMIT; SET LOCAL lock_timeout = '2s'", 1, 'none'],
    ["SET lock_timeout = '2s'", 0, 'none'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 1, 'none'],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 0, 'none'],
    ["DO $$ BEGIN SET LOCAL lock_timeout = '2s'; END $$", 0, 'none'],
  ]));

describe('missing timeouts and names', () => {
  table('missing-statement-timeout', [
    ['CREATE INDEX ON orders (b)', 1],
    ["SET statement_timeout = '5min'; CREATE INDEX ON orders (b)", 0],
    ["SET transaction_timeout = '5min'; CREATE INDEX ON orders (b)", 0],
    ['SET statement_timeout = 0; CREATE INDEX ON orders (b)', 1],
    ['UPDATE orders SET a = 1 WHERE b = 2', 1],
    ['UPDATE orders SET a = 1 WHERE id = 2', 0],
    [ALTER, 0],
    ['ALTER TABLE orders VALIDATE CONSTRAINT a_positive', 0],
    ['CREATE INDEX CONCURRENTLY ON orders (b)', 0, 'none'],
  ]);
  for (const rule of ['missing-idle-timeout', 'missing-transaction-timeout'])
    table(rule, [
      [`BEGIN; ${ALTER} ${OTHER} COMMIT`, 1, 'none'],
      [`BEGIN; ${ALTER} COMMIT; BEGIN; ${OTHER} COMMIT`, 2, 'none'],
      [`BEGIN; SET LOCAL transaction_timeout = '1min'; ${ALTER} COMMIT`, 0, 'none'],
      [`BEGIN; ${NEW} COMMIT`, 0, 'none'],
      [ALTER, 0, 'file'],
      [ALTER, 0, 'none'],
    ]);
  test('an idle timeout bounds idling, not the transaction', () => {
    const sql = `BEGIN; SET idle_in_transaction_session_timeout = '10s'; ${ALTER} COMMIT`;
    assert.equal(says('missing-idle-timeout', sql, 'none'), 0);
    assert.equal(says('missing-transaction-timeout', sql, 'none'), 1);
    assert.equal(says('missing-transaction-timeout', sql, 'none', 16), 0);
  });
  table('missing-application-name', [
    [ALTER, 1],
    [`${ALTER} ${OTHER}`, 1],
    [`SET application_name = 'x'; ${ALTER}`, 0],
    [`SELECT set_config('application_name', 'x', false); ${ALTER}`, 0],
    [NEW, 0],
  ]);
});

describe('statement-after-access-exclusive', () =>
  table('statement-after-access-exclusive', [
    [`${ALTER} SELECT 1; SELECT 2`, 1],
    [`${ALTER} COMMIT`, 0],
    [`${ALTER} SET LOCAL lock_timeout = '2s'`, 0],
    [`${NEW} SELECT 1`, 0],
    ['CREATE INDEX ON orders (b); SELECT 1', 0],
    [`${ALTER} SELECT 1`, 0, 'none'],
  ]));

describe('multi-table-strong-locks', () =>
  table('multi-table-strong-locks', [
    [`${ALTER} ${OTHER}`, 1],
    [`${ALTER} ${OTHER} ALTER TABLE "Odd \`'T" ADD COLUMN extra text`, 1],
    [`${ALTER} ${ALTER}`, 0],
    [`${ALTER} COMMIT; ${OTHER}`, 0],
    [`${ALTER} ${OTHER}`, 0, 'none'],
    [`${ALTER} ${OTHER}`, 1, 'implicit'],
    [`${ALTER} ${NEW}`, 0],
    // Two sides of a foreign key.
    [`ALTER TABLE customers ADD COLUMN extra text; ${ALTER}`, 0],
    ['ALTER TABLE things ADD COLUMN c bigint REFERENCES customers', 0],
    [
      'ALTER TABLE things ADD COLUMN c bigint REFERENCES customers; ALTER TABLE customers ADD COLUMN extra text',
      0,
    ],
    // One family.
    [
      'ALTER TABLE events_1 ADD CHECK (at > 0) NOT VALID; ALTER TABLE events_2 ADD CHECK (at > 0) NOT VALID',
      0,
    ],
    ['ALTER TABLE events_1 ADD CHECK (at > 0) NOT VALID; ALTER TABLE things ADD COLUMN extra text', 1],
    // What is dropped.
    ['DROP TABLE things; DROP TABLE "Odd `\'T"', 0],
    [`DROP TABLE things; ${ALTER}`, 0],
    [`${ALTER} DROP TABLE things`, 0],
    [
      'CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders; ALTER TABLE things ADD COLUMN extra text',
      0,
    ],
    [`SAVEPOINT s; ${ALTER} ROLLBACK TO s; ${OTHER}`, 0],
    [`UPDATE orders SET a = 1 WHERE id = 1; ${OTHER}`, 0],
  ]));

describe('lock-upgrade-in-transaction', () => {
  table('lock-upgrade-in-transaction', [
    [`UPDATE orders SET a = 1 WHERE b = 2; ${ALTER}`, 1],
    [`DELETE FROM orders; ${ALTER} ALTER TABLE orders ADD COLUMN other text`, 1],
    [`UPDATE orders SET a = 1 WHERE id = 2; ${ALTER}`, 0],
    [`INSERT INTO orders (id) SELECT id FROM customers; ${ALTER}`, 0],
    [`SELECT id FROM orders; ${ALTER}`, 0],
    [`CREATE INDEX ON orders (b); ${ALTER}`, 1],
    ['CREATE INDEX ON orders (b); CREATE INDEX ON orders (customer_id)', 0],
    [`${ALTER} UPDATE orders SET a = 1 WHERE b = 2`, 0],
    [`${ALTER} CREATE INDEX ON orders (b)`, 0],
    ['ALTER TABLE orders VALIDATE CONSTRAINT a_positive; ALTER TABLE orders ADD COLUMN extra text', 0],
    [`COMMENT ON TABLE orders IS 'x'; ${ALTER}`, 0],
    [`UPDATE orders SET a = 1 WHERE b = 2; COMMIT; ${ALTER}`, 0],
    [`UPDATE orders SET a = 1 WHERE b = 2; ${ALTER}`, 0, 'none'],
    [`UPDATE things SET note = 'x' WHERE note IS NULL; ${ALTER}`, 0],
    ['CREATE TABLE t (a int); CREATE INDEX ON t (a); ALTER TABLE t ADD COLUMN b int', 0],
  ]);

  test('it says who waits for whom', () => {
    const [rows] = findingsOf(
      'transactions',
      schema,
      `UPDATE orders SET a = 1 WHERE b = 2;\n${ALTER}`,
    ).filter(({ rule }) => rule === 'lock-upgrade-in-transaction');
    assert.match(rows?.message ?? '', /^Whoever waits for a row of `public\.orders` that line 1 changed/);
    const [lock] = findingsOf('transactions', schema, `CREATE INDEX ON orders (b);\n${ALTER}`).filter(
      ({ rule }) => rule === 'lock-upgrade-in-transaction',
    );
    assert.match(lock?.message ?? '', /waits to write to it since line 1 took its ShareLock/);
  });
});

describe('combine-alter-table', () =>
  table('combine-alter-table', [
    [
      'ALTER TABLE orders VALIDATE CONSTRAINT a_positive; ALTER TABLE orders VALIDATE CONSTRAINT b_positive',
      1,
    ],
    ['ALTER TABLE orders VALIDATE CONSTRAINT a_positive, VALIDATE CONSTRAINT b_positive', 0],
    ['ALTER TABLE orders ALTER a TYPE bigint; ALTER TABLE orders ALTER b SET NOT NULL', 1],
    [`ALTER TABLE orders ALTER a TYPE bigint; ${ALTER}`, 0],
    [`${ALTER} ALTER TABLE orders ALTER a SET NOT NULL`, 0],
    ['ALTER TABLE orders ALTER a SET NOT NULL; ALTER TABLE things ALTER note SET NOT NULL', 0],
    [
      'ALTER TABLE orders VALIDATE CONSTRAINT a_positive; ALTER TABLE orders VALIDATE CONSTRAINT customer_again',
      0,
    ],
    ['ALTER TABLE orders ALTER a SET NOT NULL; COMMIT; ALTER TABLE orders ALTER b SET NOT NULL', 0],
    ['ALTER TABLE orders ALTER a SET NOT NULL; ALTER TABLE orders ALTER b SET NOT NULL', 0, 'none'],
    [
      'CREATE TABLE t (a int, b int); ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t ALTER b TYPE bigint',
      0,
    ],
  ]));

describe('transaction-nesting', () =>
  table('transaction-nesting', [
    [`BEGIN; ${ALTER} COMMIT`, 1, 'file'],
    [`BEGIN; ${ALTER} COMMIT`, 0, 'none'],
    [`BEGIN; ${ALTER} COMMIT`, 0, 'implicit'],
    ['BEGIN; BEGIN; COMMIT', 1, 'none'],
    ['START TRANSACTION; BEGIN; ROLLBACK', 1, 'none'],
    ['COMMIT', 1, 'none'],
    ['BEGIN; COMMIT; COMMIT', 1, 'none'],
    ['BEGIN; ROLLBACK; ROLLBACK', 1, 'none'],
    [`${ALTER} COMMIT`, 1, 'implicit'],
    [`${ALTER} COMMIT`, 1, 'file'],
    [`${ALTER} ROLLBACK`, 1, 'file'],
    [`${ALTER} COMMIT; BEGIN; SELECT 1`, 1, 'file'],
    ['SAVEPOINT a; ROLLBACK TO a; RELEASE a', 0, 'file'],
    ['BEGIN; COMMIT AND CHAIN; COMMIT', 0, 'none'],
    ['BEGIN; SAVEPOINT a; COMMIT', 0, 'none'],
  ]));

describe('uncommitted-transaction', () =>
  table('uncommitted-transaction', [
    [`BEGIN; ${ALTER}`, 1, 'none'],
    [`BEGIN; ${ALTER}`, 1, 'implicit'],
    [`BEGIN; ${ALTER} COMMIT`, 0, 'none'],
    [`BEGIN; ${ALTER} ROLLBACK`, 0, 'none'],
    [`BEGIN; ${ALTER} COMMIT AND CHAIN`, 1, 'none'],
    [`BEGIN; ${ALTER} COMMIT; BEGIN; ${OTHER}`, 1, 'none'],
    [`BEGIN; SAVEPOINT a; ${ALTER} ROLLBACK TO a`, 1, 'none'],
    ["BEGIN; PREPARE TRANSACTION 'x'", 0, 'none'],
    [`BEGIN; ${ALTER}`, 0, 'file'],
    [ALTER, 0, 'none'],
  ]));

describe('explicit-lock-table', () =>
  table('explicit-lock-table', [
    ['LOCK TABLE orders', 1],
    ['LOCK orders, things IN SHARE MODE NOWAIT', 1],
    ['LOCK TABLE orders IN EXCLUSIVE MODE', 1],
    ['LOCK TABLE open_orders', 1],
    ['LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE', 0],
    ['LOCK TABLE orders IN ROW EXCLUSIVE MODE', 0],
    ['LOCK TABLE orders IN ACCESS SHARE MODE', 0],
    ['CREATE TABLE t (a int); LOCK TABLE t', 0],
  ]));

describe('mixed-transactional', () =>
  table('mixed-transactional', [
    [`${ALTER} CREATE INDEX CONCURRENTLY ON orders (b)`, 1, 'none'],
    [`${ALTER} CREATE INDEX CONCURRENTLY ON orders (b); DROP INDEX CONCURRENTLY orders_a`, 1, 'none'],
    ['UPDATE orders SET a = 1 WHERE id = 1; VACUUM orders', 1, 'none'],
    [`CREATE INDEX CONCURRENTLY ON orders (b); ${ALTER}`, 0, 'none'],
    [
      'DROP INDEX CONCURRENTLY IF EXISTS orders_a; CREATE INDEX CONCURRENTLY orders_a ON orders (a)',
      0,
      'none',
    ],
    ['SET lock_timeout = 0; CREATE INDEX CONCURRENTLY ON orders (b)', 0, 'none'],
    ["COMMENT ON TABLE orders IS 'x'; SELECT 1; CREATE INDEX CONCURRENTLY ON orders (b)", 0, 'none'],
    [`${ALTER} CREATE INDEX CONCURRENTLY ON orders (b)`, 0, 'file'],
    [`${ALTER} CREATE INDEX ON orders (b)`, 0, 'none'],
  ]));

describe('savepoint-usage', () =>
  table('savepoint-usage', [
    ['SAVEPOINT a; RELEASE a', 1],
    ['SELECT 1', 0],
  ]));

describe('cross-file-lock-budget', () => {
  const said = (...texts: readonly string[]): readonly string[] =>
    findingsOf(
      'transactions',
      schema,
      texts.map((text, at) => sourceOf(text, 'file', `${at + 1}.sql`)),
    )
      .filter(({ rule }) => rule === 'cross-file-lock-budget')
      .map(({ message }) => message);

  test('it names the files, once a table and file', () => {
    const [message, ...others] = said(ALTER, ALTER, `${ALTER} ${ALTER}`).slice(1);
    assert.deepEqual(others, []);
    assert.match(
      message ?? '',
      /^`public\.orders` is closed once more: `1\.sql` and `2\.sql` of the same change do so/,
    );
  });

  test('another table, a new one and a weak lock are none', () => {
    assert.deepEqual(said(ALTER, OTHER), []);
    assert.deepEqual(
      said('CREATE TABLE t (a int)', 'ALTER TABLE t ADD COLUMN b int', 'ALTER TABLE t ADD COLUMN c int'),
      [],
    );
    assert.deepEqual(said(ALTER, 'UPDATE orders SET a = 1 WHERE id = 1'), []);
  });
});

test('plain migrations are silent by default', () => {
  const plain = [
    ALTER,
    `SET lock_timeout = '5s'; ${ALTER}`,
    `BEGIN; ${NEW} COMMIT;`,
    'CREATE TABLE t (id bigint REFERENCES orders); CREATE INDEX ON t (id);',
    'INSERT INTO things (id) VALUES (1); UPDATE things SET note = $$x$$ WHERE id = 1;',
    'DROP TABLE things;',
    'GRANT SELECT ON orders TO somebody; COMMENT ON TABLE orders IS $$x$$;',
  ];
  for (const sql of plain)
    assert.deepEqual(defaults(sql, sql.startsWith('BEGIN') ? 'none' : 'file'), [], sql);
});

test('in a schema that nobody knows tables are in use', () => {
  assert.deepEqual(defaults('LOCK TABLE a', 'file', UNKNOWN), ['explicit-lock-table']);
  assert.deepEqual(
    defaults('ALTER TABLE a ADD COLUMN x int; ALTER TABLE b ADD COLUMN x int', 'file', UNKNOWN),
    [],
  );
  assert.deepEqual(defaults('DROP TABLE a; DROP TABLE b', 'file', UNKNOWN), []);
});

test('names stay inside their backticks, and advised SQL parses', () => {
  const texts = [
    'LOCK TABLE "Odd `\'T"',
    ALTER,
    `SET lock_timeout = 0; ${ALTER}`,
    `BEGIN; ${ALTER} COMMIT`,
    'CREATE INDEX ON orders (b)',
  ];
  for (const text of texts)
    for (const finding of findingsOf(
      'transactions',
      schema,
      text,
      text.startsWith('BEGIN') ? 'none' : 'file',
    )) {
      assert.equal((`${finding.message}${finding.help}`.match(/`/g) ?? []).length % 2, 0);
      for (const sql of advisedSql(finding)) assert.ok(parseSql(sql, 'advice.sql').ok, sql);
    }
});

test('thousands of statements in one transaction are gone through once', () => {
  const sql = Array.from(
    { length: 5000 },
    (_, n) => `ALTER TABLE t${n} ADD COLUMN a int; SET lock_timeout = ${n}; SAVEPOINT s;`,
  ).join('\n');
  const severities = Object.fromEntries([...OWN.values()].map(({ slug, severity }) => [slug, severity]));
  const started = performance.now();
  judge(UNKNOWN, [sourceOf(sql)], { severities });
  assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
});
