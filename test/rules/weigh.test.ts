import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG, type Relation } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf } from '../support/lint.ts';

before(loadParser);

function withFacts(facts: Partial<Relation>): Catalog {
  const catalog = schemaOf(
    'CREATE TABLE customers (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint, at date)',
  );
  const orders = catalog.relations.get('public.orders') as Relation;
  return {
    ...catalog,
    relations: new Map([...catalog.relations, ['public.orders', { ...orders, ...facts }]]),
  };
}

const INDEX = 'CREATE INDEX i ON orders (at)';
const severity = (facts: Partial<Relation>, smallTable?: { rows?: number; bytes?: number }) =>
  judge(withFacts(facts), INDEX, { smallTable }).findings.map((finding) => finding.severity);

test('work on a table within the limits is a notice, and only then', () => {
  const limits = { rows: 1000, bytes: 1_000_000 };
  assert.deepEqual(severity({ rows: 1000, bytes: 1_000_000 }, limits), ['notice']);
  assert.deepEqual(severity({ rows: 1001, bytes: 1 }, limits), ['error']);
  assert.deepEqual(severity({ rows: 1, bytes: 1_000_001 }, limits), ['error']);
  assert.deepEqual(severity({ rows: 5, bytes: undefined }, limits), ['error'], 'unknown counts as large');
  assert.deepEqual(severity({ rows: 5, bytes: undefined }, { rows: 10 }), ['notice']);
  assert.deepEqual(severity({ rows: 0, bytes: 0 }), ['error'], 'without limits no table is small');
});

test('a table that nobody lists is large', () => {
  const found = judge(EMPTY_CATALOG, INDEX, { smallTable: { rows: 1000 } }).findings;
  assert.deepEqual(
    found.map((finding) => finding.severity),
    ['error'],
  );
});

test('what is known of size and traffic is said: bytes, time, who would wait', () => {
  const message = (facts: Partial<Relation>) => judge(withFacts(facts), INDEX).findings[0]?.message ?? '';
  assert.match(
    message({ bytes: 10e9, rows: 5e7, writesPerSecond: 30, readsPerSecond: 900 }),
    / It works on 10 GB: roughly 3\.3 min, in which about 6,000 statements would wait\.$/,
  );
  assert.match(message({ bytes: 300e6 }), / It works on 300 MB: roughly 6 s\.$/);
  assert.doesNotMatch(message({ bytes: 10e6 }), /It works on/);
  assert.doesNotMatch(message({}), /It works on/);
});
