import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import { type Complaint, findComplaint } from '../../src/testing/server-words.ts';
import { freshDatabase } from '../support/postgres.ts';

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('glad');
  CREATE DOMAIN short AS text CHECK (length(value) < 3);
  CREATE TABLE customers (id integer PRIMARY KEY);
  CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customers, email text NOT NULL,
    amount integer CHECK (amount > 0), doubled integer GENERATED ALWAYS AS (amount * 2) STORED,
    "odd name" text, feeling mood, brief short, number integer GENERATED ALWAYS AS IDENTITY,
    EXCLUDE USING btree (amount WITH =));
  CREATE VIEW totals AS SELECT sum(amount) AS total FROM orders;
  CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.gone := 1; RETURN new; END';
  CREATE TABLE filled (id integer);
  CREATE TRIGGER fill BEFORE INSERT ON filled FOR EACH ROW EXECUTE FUNCTION fill();
  INSERT INTO customers VALUES (1);
  INSERT INTO orders (id, customer_id, email, amount) VALUES (1, 1, 'a', 5);`;

type Case = readonly [sql: string, complaint: Omit<Complaint, 'relation'> & { relation?: string }];

const CASES: readonly Case[] = [
  ['SELECT note FROM orders', { code: '42703', kind: 'column', name: 'note' }],
  ['SELECT o.note FROM orders o', { code: '42703', kind: 'column', name: 'note', relation: 'o' }],
  ['SELECT orders.note FROM orders', { code: '42703', kind: 'column', name: 'note', relation: 'orders' }],
  [
    'INSERT INTO orders (id, note) VALUES (2, 1)',
    { code: '42703', kind: 'column', name: 'note', relation: 'orders' },
  ],
  ['UPDATE orders SET "a b" = 1', { code: '42703', kind: 'column', name: 'a b', relation: 'orders' }],
  ['INSERT INTO filled VALUES (1)', { code: '42703', kind: 'column', name: 'gone' }],
  ['SELECT * FROM gone', { code: '42P01', kind: 'relation', name: 'gone' }],
  ['SELECT * FROM public.gone', { code: '42P01', kind: 'relation', name: 'public.gone' }],
  ['CREATE TABLE nowhere.t ()', { code: '3F000', kind: 'schema', name: 'nowhere' }],
  ['SELECT twice(1)', { code: '42883', kind: 'function', name: 'twice(integer)' }],
  ['CALL work(1)', { code: '42883', kind: 'function', name: 'work(integer)' }],
  ['SELECT 1::gone', { code: '42704', kind: 'type', name: 'gone' }],
  [
    'INSERT INTO orders (id) VALUES (2)',
    { code: '23502', kind: 'column', name: 'email', relation: 'orders' },
  ],
  [
    "INSERT INTO orders (id, email, amount) VALUES (2, 'b', -1)",
    { code: '23514', kind: 'constraint', name: 'orders_amount_check', relation: 'orders' },
  ],
  ["SELECT 'long'::short", { code: '23514', kind: 'type', name: 'short' }],
  [
    "INSERT INTO orders (id, email, customer_id) VALUES (2, 'b', 9)",
    { code: '23503', kind: 'constraint', name: 'orders_customer_id_fkey', relation: 'orders' },
  ],
  [
    'DELETE FROM customers',
    { code: '23503', kind: 'constraint', name: 'orders_customer_id_fkey', relation: 'orders' },
  ],
  [
    "INSERT INTO orders (id, email) VALUES (1, 'b')",
    { code: '23505', kind: 'constraint', name: 'orders_pkey' },
  ],
  [
    "INSERT INTO orders (id, email, amount) VALUES (2, 'b', 5)",
    { code: '23P01', kind: 'constraint', name: 'orders_amount_excl' },
  ],
  ["SELECT 'sad'::mood", { code: '22P02', kind: 'type', name: 'mood' }],
  ['UPDATE orders SET amount = now()', { code: '42804', kind: 'column', name: 'amount' }],
  [
    "INSERT INTO orders (id, email, doubled) VALUES (2, 'b', 1)",
    { code: '428C9', kind: 'column', name: 'doubled' },
  ],
  ['UPDATE orders SET number = 1', { code: '428C9', kind: 'column', name: 'number' }],
  ['INSERT INTO totals VALUES (1)', { code: '55000', kind: 'relation', name: 'totals' }],
  ['SET ROLE nobody_much; SELECT * FROM orders', { code: '42501', kind: 'relation', name: 'orders' }],
];

let connection: Connection;
before(async () => {
  connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres tests' });
  await connection.script(`${SCHEMA} CREATE ROLE nobody_much;`);
});
after(() => connection.close());

for (const [sql, expected] of CASES) {
  test(`the server's own words on: ${sql}`, async () => {
    const error = await connection.script(`BEGIN; ${sql}`).catch((thrown: unknown) => thrown);
    await connection.script('ROLLBACK; RESET ROLE');
    assert.ok(error instanceof ServerError, 'the server took it');
    // Postgres 13 has no code of its own for a value that a generated column gets.
    const code = error.code === '42601' && connection.serverVersion === 13 ? '428C9' : error.code;
    assert.equal(code, expected.code);
    const told = `error: 3 tests\n  Error: ERROR:  ${error.message}\n    at query (db.js:7)`;
    const found = findComplaint(told);
    // Until Postgres 12 some messages did not name the relation; 13 and newer do.
    assert.deepEqual(found, { relation: undefined, ...expected }, error.message);
  });
}
