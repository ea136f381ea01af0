import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';
import { counts, saidBy } from '../support/opinions.ts';
import { advisedSql, UNKNOWN } from '../support/sections.ts';
import { assertParses } from '../support/told.ts';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(`
    CREATE TABLE customers (id bigint PRIMARY KEY);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, note text, total int);
    ALTER TABLE orders ADD CONSTRAINT by_customer FOREIGN KEY (customer_id) REFERENCES customers;
    CREATE INDEX orders_customer ON orders (customer_id);
    CREATE INDEX orders_note ON orders (note);
    CREATE UNIQUE INDEX orders_total ON orders (total);
    CREATE INDEX orders_some ON orders (note) WHERE total > 1;
    CREATE INDEX orders_down ON orders (note DESC);
    CREATE TABLE twice (id bigint, customer_id bigint REFERENCES customers);
    CREATE INDEX twice_one ON twice (customer_id);
    CREATE INDEX twice_two ON twice (customer_id, id);`);
});

const BEHIND = 'drop-index-of-foreign-key';
const LEFT = 'redundant-index-left';

counts('context', () => schema, {
  [BEHIND]: [
    ['DROP INDEX CONCURRENTLY orders_customer', 1, 'none'],
    ['DROP INDEX orders_customer, orders_note', 1],
    ['DROP INDEX orders_customer; CREATE INDEX ON customers (id)', 1],
    ['DROP INDEX twice_one; DROP INDEX twice_two', 2],
    ['DROP INDEX twice_one', 0],
    ['DROP INDEX orders_note', 0],
    ['DROP INDEX orders_customer; CREATE INDEX again ON orders (customer_id, note)', 0],
    ['CREATE INDEX again ON orders (customer_id, note); DROP INDEX orders_customer', 0],
    ['CREATE INDEX again ON orders (customer_id) WHERE total > 1; DROP INDEX orders_customer', 1],
    ['DROP INDEX orders_customer; ALTER TABLE orders DROP CONSTRAINT by_customer', 0],
    ['ALTER TABLE orders DROP CONSTRAINT by_customer; DROP INDEX orders_customer', 0],
    ['DROP INDEX orders_customer; DROP TABLE orders', 0],
    ['DROP INDEX IF EXISTS nothing', 0],
    [
      'CREATE TABLE made (c bigint REFERENCES customers); CREATE INDEX made_c ON made (c); DROP INDEX made_c',
      0,
    ],
  ],
  [LEFT]: [
    ['CREATE INDEX CONCURRENTLY wide ON orders (note, total)', 1, 'none'],
    ['CREATE UNIQUE INDEX wide ON orders (note, total)', 1],
    ['CREATE INDEX wide ON orders (note, total); DROP INDEX orders_customer', 1],
    ['CREATE INDEX wide ON orders (note, total); DROP INDEX orders_note', 0],
    ['DROP INDEX orders_note; CREATE INDEX wide ON orders (note, total)', 0],
    ['CREATE INDEX wide ON orders (total, note)', 0],
    ['CREATE INDEX same ON orders (note)', 0],
    ['CREATE INDEX wide ON orders (note, total) WHERE total > 1', 0],
    ['CREATE INDEX wide ON orders (note DESC, total)', 0],
    ['CREATE INDEX wide ON orders USING brin (note, total)', 0],
    ['CREATE INDEX wide ON customers (id)', 0],
  ],
});

test('a dropped index behind a foreign key is told by default, unless the table is known to be small', () => {
  const own = (catalog: Catalog) =>
    complainers(judge(catalog, [sourceOf('DROP INDEX CONCURRENTLY orders_customer', 'none')]));
  assert.deepEqual(own(schema), [BEHIND]);
  const orders = schema.relations.get('public.orders');
  assert.ok(orders);
  const knowing = (rows: number): Catalog => ({
    ...schema,
    relations: new Map([...schema.relations, ['public.orders', { ...orders, rows }]]),
  });
  assert.deepEqual(own(knowing(100)), []);
  assert.deepEqual(own(knowing(1_000_000)), [BEHIND]);
  assert.deepEqual(own(UNKNOWN), []);
});

test('both name what they are about, and advised SQL parses', () => {
  const [behind] = saidBy(BEHIND, 'context', schema, 'DROP INDEX orders_customer');
  assert.match(
    behind?.message ?? '',
    /^Without `orders_customer` each row of `public\.customers` .* `by_customer`\.$/,
  );
  const [left] = saidBy(LEFT, 'context', schema, 'CREATE INDEX wide ON orders (note, total)');
  assert.ok(left);
  assert.deepEqual(advisedSql(left), ['DROP INDEX CONCURRENTLY public.orders_note']);
  for (const sql of advisedSql(left)) assertParses(sql);
});

test('hostile names stay inside their backticks', () => {
  const name = '"a ""b"" `c`\n\'d\'"';
  const index = '"i `1`"';
  const catalog = schemaOf(
    `CREATE TABLE customers (id bigint PRIMARY KEY); CREATE TABLE ${name} (${name} bigint REFERENCES customers, n int); CREATE INDEX ${index} ON ${name} (${name});`,
  );
  const found = [
    ...saidBy(BEHIND, 'context', catalog, `DROP INDEX ${index}`),
    ...saidBy(LEFT, 'context', catalog, `CREATE INDEX wide ON ${name} (${name}, n)`),
  ];
  assert.equal(found.length, 2);
  for (const { message, help } of found)
    for (const text of [message, help]) assert.equal(text.split('`').length % 2, 1, text);
});
