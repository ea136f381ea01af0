import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { gather } from '../../src/rules/gather.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(`
    CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int);
    CREATE TABLE customers (id bigint PRIMARY KEY, name text);
    CREATE INDEX orders_b ON orders (b);`);
});

const INDEXES = 'CREATE INDEX i ON orders (a); CREATE INDEX j ON orders (b, a);';

function judged(change: string | readonly LintSource[], severities = {}): readonly Finding[] {
  return judge(schema, change, { severities }).findings;
}

/** Each finding that stays above with the rules beneath it. */
function shape(findings: readonly Finding[]): readonly (readonly string[])[] {
  return gather(findings).map(({ rule, also = [] }) => [rule, ...also.map((one) => one.rule)]);
}

describe('one finding for each thing to do', () => {
  const cases: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ['SELECT 1', []],
    ['CREATE INDEX i ON orders (a)', [['create-index-blocking']]],
    [`${INDEXES} CREATE INDEX k ON customers (name)`, [Array(3).fill('create-index-blocking')]],
    [
      'ALTER TABLE orders RENAME a TO c; ALTER TABLE customers RENAME name TO title',
      [['rename-column', 'rename-column']],
    ],
    // Two things to do.
    [
      'CREATE INDEX i ON orders (a); ALTER TABLE orders ALTER a SET NOT NULL',
      [['create-index-blocking', 'lock-upgrade-in-transaction'], ['set-not-null-scan']],
    ],
    // What says more stands above, though it comes later.
    [
      'ALTER TABLE orders DROP COLUMN a; ALTER TABLE orders DROP COLUMN b',
      [['drop-column-drops-constraints', 'drop-column']],
    ],
    // Data that is lost stands above code that breaks.
    ['ALTER TABLE orders RENAME a TO c; DROP TABLE customers', [['drop-table', 'rename-column']]],
    // A table that is gone through is worse than the way in which its locks are taken.
    [
      'UPDATE orders SET a = 1; ALTER TABLE orders ADD COLUMN c int',
      [['update-without-where', 'lock-upgrade-in-transaction']],
    ],
    [
      'CREATE TABLE t (o bigint REFERENCES orders); UPDATE customers SET name = lower(name)',
      [['ddl-and-dml-same-transaction', 'create-table-fk-locks-parent']],
    ],
  ];
  for (const [sql, wanted] of cases)
    test(sql, () => assert.deepEqual(shape(judged(sql)).toSorted(), wanted.toSorted()));
});

test('nothing is lost and nothing is told twice', () => {
  const sql = `${INDEXES} UPDATE orders SET a = 1; ALTER TABLE orders DROP COLUMN a, ALTER b SET NOT NULL; DROP TABLE customers;`;
  const all = judged(sql);
  assert.ok(all.length >= 6);
  const told = gather(all).flatMap(({ also = [], ...head }) => [head, ...also]);
  const key = ({ rule, place, message }: Omit<Finding, 'also'>) => `${place.startByte} ${rule} ${message}`;
  assert.deepEqual(told.map(key).toSorted(), all.map(key).toSorted());
});

test('a graver finding never stands beneath a milder one', () => {
  const [first, second] = judged(INDEXES);
  assert.ok(first && second);
  const heads = gather([{ ...first, severity: 'notice' }, second]);
  assert.deepEqual(
    heads.map(({ severity, also }) => [severity, also?.[0]?.severity]),
    [['error', 'notice']],
  );
  assert.equal(
    gather([
      { ...first, rule: 'multi-table-strong-locks' },
      { ...second, severity: 'warning' },
    ]).length,
    2,
  );
});

test('each file has its own, and their order stays', () => {
  const sources = [
    sourceOf(INDEXES, 'file', 'a.sql'),
    sourceOf('CREATE INDEX k ON customers (name)', 'file', 'b.sql'),
  ];
  const heads = gather(judged(sources));
  assert.deepEqual(
    heads.map(({ place, also = [] }) => [place.file, also.map((one) => one.place.file)]),
    [
      ['a.sql', ['a.sql']],
      ['b.sql', []],
    ],
  );
});

test('complaints that no rule makes stay as they are', () => {
  const [one] = judged(INDEXES);
  assert.ok(one);
  const expired = { ...one, rule: 'exception-expired' };
  assert.deepEqual(gather([expired, expired, one]), [expired, expired, one]);
});

test('thousands of findings are gathered at once', () => {
  const [one] = judged(INDEXES);
  assert.ok(one);
  const many = rules.flatMap(({ slug }) => Array.from({ length: 100 }, () => ({ ...one, rule: slug })));
  const start = performance.now();
  assert.ok(gather(many).length <= rules.length);
  assert.ok(performance.now() - start < 2000);
});

test('the rules that others stand beneath exist, and none stands beneath itself', () => {
  const slugs = new Set(rules.map(({ slug }) => slug));
  for (const { slug, beneath } of rules)
    for (const name of typeof beneath === 'string' ? [] : (beneath ?? [])) {
      assert.ok(slugs.has(name), `${slug}: ${name}`);
      assert.notEqual(name, slug);
    }
});
