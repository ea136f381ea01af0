import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';
import { assertParses, ofSection, tellsRules } from '../support/told.ts';

const BASE = `
CREATE TABLE customers (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers,
  note text,
  CONSTRAINT note_short CHECK (length(note) < 9)
);
CREATE INDEX orders_note ON orders (note);
CREATE TABLE lonely (id bigint PRIMARY KEY);
CREATE VIEW recent AS SELECT id, note FROM orders;
CREATE MATERIALIZED VIEW totals AS SELECT id FROM customers;
CREATE TABLE parent (id bigint);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parts (id bigint) PARTITION BY RANGE (id);
CREATE SEQUENCE numbers;
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
CREATE UNLOGGED TABLE cache (id bigint);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION used() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE using_it (id integer DEFAULT used());
CREATE VIEW below AS SELECT 1 AS id;
CREATE VIEW above AS SELECT id FROM below;
`;

let base: Catalog = EMPTY_CATALOG;
let unknown: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  base = schemaOf(BASE);
  unknown = { ...base, complete: false };
});
const MADE = 'CREATE TABLE made (id bigint, note text);';

test('a refused DROP TABLE names all that depends on it, and its advice makes it run', () => {
  const odd = `CREATE TABLE customers (id int PRIMARY KEY);
    CREATE TABLE orders (customer_id int REFERENCES customers, again int CONSTRAINT "A'gain" REFERENCES customers);
    CREATE VIEW inner_one AS SELECT id FROM customers;
    CREATE MATERIALIZED VIEW outer_one AS SELECT id FROM inner_one;
    CREATE TABLE visits (customer_id int REFERENCES customers) PARTITION BY RANGE (customer_id);
    CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (9);`;
  const [finding, ...more] = judge(schemaOf(odd), 'DROP TABLE customers').findings;
  assert.deepEqual(more, []);
  const steps = [...(finding?.help ?? '').matchAll(/`([^`]+)`/g)].map(([, step = '']) => step);
  assert.deepEqual(steps, [
    'DROP MATERIALIZED VIEW public.outer_one',
    'DROP VIEW public.inner_one',
    'ALTER TABLE public.orders DROP CONSTRAINT orders_customer_id_fkey',
    `ALTER TABLE public.orders DROP CONSTRAINT "A'gain"`,
    'ALTER TABLE public.visits DROP CONSTRAINT visits_customer_id_fkey',
    'DROP TABLE public.customers',
  ]);
  const after = judge(schemaOf(odd), steps.join('; ')).findings;
  assert.ok(!after.some(({ rule }) => rule === 'drop-table-refused'));
  for (const name of ['outer_one', 'inner_one', "A'gain", 'visits_customer_id_fkey'])
    assert.ok(finding?.message.includes(name), name);
});

describe('dropping', () => {
  tellsRules('tables', () => base, [
    ['DROP TABLE lonely', ['drop-table']],
    ['DROP TABLE IF EXISTS lonely', ['drop-table']],
    ['DROP TABLE public.lonely, audit.log', ['drop-table', 'drop-table']],
    ['DROP FOREIGN TABLE remote', ['drop-table']],
    ['DROP TABLE IF EXISTS nothing_of_the_kind', []],
    [`${MADE} DROP TABLE made`, []],
    ['CREATE TEMP TABLE scratch (id int); DROP TABLE scratch', []],
    ['DROP INDEX IF EXISTS nope', []],
    ['DROP SEQUENCE numbers', []],
    ['DO $$ BEGIN DROP TABLE lonely; END $$', ['drop-table']],
    [`DO $$ BEGIN ${MADE} DROP TABLE made; END $$`, []],

    ['DROP TABLE customers', ['drop-table-refused']],
    ['DROP TABLE IF EXISTS orders', ['drop-table-refused']],
    ['DROP TABLE parent', ['drop-table-refused']],
    ['DROP TABLE parent, child', ['drop-table', 'drop-table']],
    ['DROP TABLE parts', ['drop-table']],
    ['DROP TABLE customers; CREATE TABLE customers (id int)', ['drop-table-refused']],
    [
      'CREATE TABLE made (id bigint); CREATE VIEW seen AS SELECT id FROM made; DROP TABLE made',
      ['drop-table-refused'],
    ],
    [
      'CREATE TABLE made (id bigint); CREATE VIEW seen AS SELECT id FROM made; DROP VIEW seen; DROP TABLE made',
      [],
    ],
    ['CREATE TABLE tree (id bigint PRIMARY KEY, up bigint REFERENCES tree); DROP TABLE tree', []],
    ['CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a); DROP TABLE a, b', []],

    ['DROP TABLE customers CASCADE', ['drop-cascade']],
    ['DROP TABLE lonely CASCADE', ['drop-table']],
    ['DROP TABLE parent, child CASCADE', ['drop-table', 'drop-table']],
    ['DROP TABLE parent CASCADE', ['drop-cascade']],
    ['DROP VIEW recent CASCADE', ['replace-or-drop-view']],
    ['DROP FUNCTION touch() CASCADE', []],
    ['DROP FUNCTION used() CASCADE', ['drop-cascade']],
    ['ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE', ['drop-cascade']],
    ['ALTER TABLE customers DROP CONSTRAINT customers_pkey', []],
    ['ALTER TABLE lonely DROP CONSTRAINT lonely_pkey CASCADE', []],
    ['ALTER TABLE orders DROP CONSTRAINT note_short CASCADE', []],
    [
      'ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE; ALTER TABLE customers ADD PRIMARY KEY (id); ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers',
      [],
    ],
    ['DROP FUNCTION used(), touch() CASCADE', ['drop-cascade']],
    ['DROP VIEW recent CASCADE; CREATE VIEW recent AS SELECT 1 AS id', []],
    ['DROP VIEW below CASCADE; CREATE VIEW below AS SELECT 1 AS id', ['drop-cascade']],
    [
      'DROP VIEW below CASCADE; CREATE VIEW below AS SELECT 1 AS id; CREATE VIEW above AS SELECT id FROM below',
      [],
    ],
    ['DROP FUNCTION IF EXISTS nope() CASCADE', []],
    ['DROP FUNCTION touch()', []],
    [`${MADE} CREATE VIEW made_view AS SELECT id FROM made; DROP TABLE made CASCADE`, []],

    ['DROP TABLE lonely; CREATE TABLE lonely (id int)', ['drop-and-recreate-table']],
    [
      'DROP TABLE IF EXISTS lonely; SELECT 1; CREATE TABLE public.lonely AS SELECT 1 AS id',
      ['drop-and-recreate-table'],
    ],
    ['DROP TABLE parent CASCADE; CREATE TABLE parent (id int)', ['drop-and-recreate-table']],
    ['DROP TABLE lonely; CREATE TABLE audit.lonely (id int)', ['drop-table']],
    ['CREATE TABLE IF NOT EXISTS lonely (id bigint PRIMARY KEY); DROP TABLE lonely', ['drop-table']],
    ['DROP TABLE IF EXISTS nope; CREATE TABLE nope (id int)', []],
    ['DO $$ BEGIN DROP TABLE lonely; CREATE TABLE lonely (id int); END $$', ['drop-and-recreate-table']],

    ['DROP SCHEMA audit CASCADE', ['drop-schema']],
    ['DROP SCHEMA audit', ['drop-schema']],
    ['DROP SCHEMA empty_one', []],
    ['DROP SCHEMA empty_one CASCADE', []],
    ['CREATE SCHEMA fresh; CREATE TABLE fresh.t (id int); DROP SCHEMA fresh CASCADE', []],

    ['DROP DATABASE old', ['drop-database'], { transaction: 'none' }],
    ['DROP DATABASE old', ['drop-database'], { transaction: 'implicit' }],
    ['CREATE DATABASE fresh', [], { transaction: 'none' }],
  ]);
  tellsRules('tables', () => unknown, [
    ['DROP TABLE IF EXISTS nothing_of_the_kind', ['drop-table']],
    ['DROP TABLE lonely CASCADE', ['drop-cascade']],
    ['DROP SCHEMA empty_one CASCADE', ['drop-schema']],
    ['DROP SCHEMA empty_one', []],
    ['DROP FUNCTION touch() CASCADE', ['drop-cascade']],
  ]);
});

describe('truncating', () => {
  tellsRules('tables', () => base, [
    ['TRUNCATE orders', ['truncate']],
    ['TRUNCATE orders, lonely', ['truncate', 'truncate']],
    ['TRUNCATE orders CASCADE', ['truncate']],
    ['TRUNCATE customers CASCADE', ['truncate-cascade']],
    ['TRUNCATE customers, orders CASCADE', ['truncate', 'truncate']],
    ['TRUNCATE customers, lonely CASCADE', ['truncate', 'truncate-cascade']],
    [`${MADE} TRUNCATE made`, []],
    [`${MADE} TRUNCATE made CASCADE`, []],
    ['CREATE TEMP TABLE scratch (id int); TRUNCATE scratch', []],
  ]);
  tellsRules('tables', () => unknown, [['TRUNCATE orders CASCADE', ['truncate-cascade']]]);
});

describe('renaming and moving', () => {
  tellsRules('tables', () => base, [
    ['ALTER TABLE orders RENAME TO purchases', ['rename-table']],
    ['ALTER VIEW recent RENAME TO latest', ['rename-table']],
    ['ALTER MATERIALIZED VIEW totals RENAME TO sums', ['rename-table']],
    ['ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases', []],
    [
      'ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases',
      ['rename-table'],
      { transaction: 'none' },
    ],
    [
      'BEGIN; ALTER TABLE orders RENAME TO purchases; COMMIT; CREATE VIEW orders AS SELECT * FROM purchases',
      ['rename-table'],
      { transaction: 'none' },
    ],
    [`${MADE} ALTER TABLE orders RENAME TO old; ALTER TABLE made RENAME TO orders`, []],
    ['ALTER TABLE orders_note RENAME TO x', []],
    ['ALTER INDEX orders_note RENAME TO x', []],
    ['ALTER SEQUENCE numbers RENAME TO x', []],
    ['ALTER TABLE IF EXISTS nope RENAME TO x', []],
    [`${MADE} ALTER TABLE made RENAME TO made_too`, []],

    ['ALTER SCHEMA audit RENAME TO history', ['rename-schema']],
    ['ALTER SCHEMA audit RENAME TO history; CREATE SCHEMA audit', []],
    ['CREATE SCHEMA fresh; ALTER SCHEMA fresh RENAME TO fresher', []],

    ['ALTER TABLE orders SET SCHEMA audit', ['set-schema']],
    ['ALTER VIEW recent SET SCHEMA audit', ['set-schema']],
    ['ALTER TABLE orders SET SCHEMA public', []],
    ['ALTER TABLE orders SET SCHEMA audit; CREATE VIEW public.orders AS SELECT * FROM audit.orders', []],
    ['ALTER SEQUENCE numbers SET SCHEMA audit', []],
    [`${MADE} ALTER TABLE made SET SCHEMA audit`, []],
  ]);
});

describe('storage', () => {
  tellsRules('tables', () => base, [
    ['ALTER TABLE orders SET TABLESPACE fast', ['set-tablespace']],
    ['ALTER INDEX orders_note SET TABLESPACE fast', ['set-tablespace']],
    ['ALTER MATERIALIZED VIEW totals SET TABLESPACE fast', ['set-tablespace']],
    ['ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE fast', ['set-tablespace']],
    ['ALTER TABLE ALL IN TABLESPACE fast SET TABLESPACE fast', []],
    ['ALTER TABLE orders SET TABLESPACE pg_default', []],
    ['ALTER TABLE parts SET TABLESPACE fast', []],
    [`${MADE} ALTER TABLE made SET TABLESPACE fast`, []],
    ['CREATE TABLE there (id int) TABLESPACE fast', []],

    ['ALTER TABLE orders SET UNLOGGED', ['set-logged-unlogged']],
    ['ALTER TABLE cache SET LOGGED', ['set-logged-unlogged']],
    [`${MADE} ALTER TABLE made SET UNLOGGED`, []],

    ['ALTER TABLE orders SET ACCESS METHOD columnar', ['set-access-method']],
    ['ALTER TABLE orders SET ACCESS METHOD columnar', [], { version: 14 }],
    ['ALTER TABLE orders SET ACCESS METHOD heap', []],
    [`${MADE} ALTER TABLE made SET ACCESS METHOD columnar`, []],

    ['CREATE UNLOGGED TABLE carts (id int)', ['create-unlogged-table']],
    ['CREATE UNLOGGED TABLE carts AS SELECT 1 AS id', ['create-unlogged-table']],
    ['SELECT 1 AS id INTO UNLOGGED carts', ['create-unlogged-table']],
    ['CREATE UNLOGGED TABLE carts (id int); ALTER TABLE carts SET LOGGED', []],
    ['CREATE UNLOGGED TABLE carts (id int); ALTER TABLE public.carts SET LOGGED', []],
    ['CREATE UNLOGGED TABLE carts (id int); DROP TABLE carts', []],
    [
      'CREATE UNLOGGED TABLE carts (id int); ALTER TABLE cache SET LOGGED',
      ['create-unlogged-table', 'set-logged-unlogged'],
    ],
    ['CREATE TEMP TABLE carts (id int)', []],
    ['CREATE TABLE carts (id int)', []],

    ['ALTER TABLE orders SET (autovacuum_enabled = false)', ['set-autovacuum-off']],
    ['ALTER TABLE orders SET (autovacuum_enabled = 0)', ['set-autovacuum-off']],
    ['ALTER TABLE orders SET (fillfactor = 90, toast.autovacuum_enabled = OFF)', ['set-autovacuum-off']],
    ['CREATE TABLE carts (id int) WITH (autovacuum_enabled = no)', ['set-autovacuum-off']],
    ['ALTER TABLE orders SET (autovacuum_enabled = on)', []],
    ['ALTER TABLE orders SET (autovacuum_enabled)', []],
    ['ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0)', []],
    ['ALTER TABLE orders RESET (autovacuum_enabled)', []],
    [
      'ALTER TABLE orders SET (autovacuum_enabled = f); ALTER TABLE orders SET (autovacuum_enabled = true)',
      [],
    ],
    [
      'ALTER TABLE orders SET (autovacuum_enabled = f); ALTER TABLE lonely RESET (autovacuum_enabled)',
      ['set-autovacuum-off'],
    ],
    ['CREATE TEMP TABLE carts (id int) WITH (autovacuum_enabled = false)', []],
    ['ALTER TABLE orders SET (fillfactor = 90)', []],
    ['COMMENT ON TABLE orders IS $$x$$', []],
  ]);
});

describe('opinions', () => {
  const optIn = ['set-owner', 'user-catalog-table-option', 'create-table-like-or-inherits'];
  const opinions = [
    ['ALTER TABLE orders OWNER TO alice', ['set-owner']],
    ['ALTER VIEW recent OWNER TO alice', ['set-owner']],
    ['REASSIGN OWNED BY alice TO bob', ['set-owner']],
    ['ALTER TABLE orders SET (user_catalog_table = true)', ['user-catalog-table-option']],
    ['ALTER TABLE orders RESET (user_catalog_table)', ['user-catalog-table-option']],
    ['CREATE TABLE heir () INHERITS (parent)', ['create-table-like-or-inherits']],
    ['CREATE TABLE copy (LIKE orders)', ['create-table-like-or-inherits']],
  ] as const;
  tellsRules('tables', () => base, opinions, optIn);
  tellsRules(
    'tables',
    () => base,
    opinions.map(([sql]) => [sql, []]),
  );
  tellsRules(
    'tables',
    () => base,
    [
      [`${MADE} ALTER TABLE made OWNER TO alice`, []],
      [`${MADE} ALTER TABLE made SET (user_catalog_table = true)`, []],
      [`${MADE} CREATE TABLE heir () INHERITS (made)`, []],
      [`${MADE} CREATE TABLE copy (LIKE made)`, []],
      ['ALTER TABLE orders SET (fillfactor = 90)', []],
    ],
    optIn,
  );
});

describe('what stands already', () => {
  tellsRules(
    'tables',
    () => base,
    [
      ['CREATE TABLE copy AS SELECT * FROM orders', ['create-table-as-live']],
      ['CREATE TABLE copy AS TABLE orders', ['create-table-as-live']],
      ['SELECT * INTO copy FROM recent', ['create-table-as-live']],
      ['CREATE TABLE copy AS WITH o AS (SELECT * FROM orders) SELECT * FROM o', ['create-table-as-live']],
      ['CREATE TABLE copy AS SELECT * FROM orders WITH NO DATA', []],
      ['CREATE TABLE copy AS SELECT * FROM orders LIMIT 0', []],
      ['CREATE TABLE copy AS SELECT * FROM orders WHERE false', []],
      ['CREATE TABLE copy AS SELECT * FROM orders LIMIT 1', ['create-table-as-live']],
      ['CREATE TABLE copy AS SELECT * FROM generate_series(1, 9) AS n', []],
      ['CREATE TABLE copy AS SELECT relname FROM pg_class', []],
      ['CREATE TABLE copy AS SELECT * FROM information_schema.tables', []],
      ['CREATE TABLE IF NOT EXISTS lonely AS SELECT * FROM orders', []],
      [`${MADE} CREATE TABLE copy AS SELECT * FROM made`, []],
    ],
    ['create-table-as-live'],
  );
  tellsRules('tables', () => base, [
    ['SELECT * FROM orders', []],

    [
      'CREATE TABLE IF NOT EXISTS lonely (id bigint PRIMARY KEY, note text)',
      ['create-table-if-not-exists-drift'],
    ],
    ['CREATE TABLE IF NOT EXISTS lonely (id integer PRIMARY KEY)', ['create-table-if-not-exists-drift']],
    ['CREATE TABLE IF NOT EXISTS recent (id bigint, note text)', ['create-table-if-not-exists-drift']],
    [`${MADE} CREATE TABLE IF NOT EXISTS made (id bigint)`, ['create-table-if-not-exists-drift']],
    ['CREATE TABLE IF NOT EXISTS lonely (id int8 PRIMARY KEY)', []],
    ['CREATE TABLE IF NOT EXISTS lonely (id bigserial PRIMARY KEY)', []],
    ['CREATE TABLE IF NOT EXISTS fresh (id int)', []],
    ['CREATE TABLE IF NOT EXISTS lonely (LIKE orders)', []],
    ['CREATE TABLE IF NOT EXISTS audit.lonely (id int)', []],

    ['ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text', ['if-exists-still-locks']],
    ['ALTER TABLE orders ADD COLUMN IF NOT EXISTS fresh text', []],
    ['ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text, ADD COLUMN fresh text', []],
    [
      'ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text, DROP COLUMN IF EXISTS nope',
      ['if-exists-still-locks'],
    ],
    ['ALTER TABLE orders DROP COLUMN IF EXISTS nope', ['if-exists-still-locks']],
    ['ALTER TABLE orders DROP COLUMN IF EXISTS note', []],
    ['ALTER TABLE orders DROP CONSTRAINT IF EXISTS nope', ['if-exists-still-locks']],
    ['CREATE INDEX IF NOT EXISTS orders_note ON orders (note)', ['if-exists-still-locks']],
    [`${MADE} ALTER TABLE made ADD COLUMN IF NOT EXISTS note text`, []],
    ['ALTER TABLE IF EXISTS nope ADD COLUMN IF NOT EXISTS note text', []],
  ]);
  tellsRules('tables', () => unknown, [
    ['ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text', ['if-exists-still-locks']],
    ['ALTER TABLE elsewhere ADD COLUMN IF NOT EXISTS note text', []],
    ['CREATE TABLE IF NOT EXISTS elsewhere (id int)', []],
  ]);
});

describe('views', () => {
  /** As a live database tells it: with the view's columns. */
  const withColumns = (): Catalog => {
    const view = base.relations.get('public.recent');
    assert.ok(view);
    const column = (name: string) => ({
      name,
      type: 'text',
      notNull: false,
      default: undefined,
      generated: undefined,
    });
    const known = { ...view, columns: ['id', 'note'].map(column) };
    return { ...base, relations: new Map([...base.relations, ['public.recent', known]]) };
  };
  tellsRules('tables', withColumns, [
    ['DROP VIEW recent', ['replace-or-drop-view']],
    ['DROP VIEW IF EXISTS nope', []],
    ['DROP MATERIALIZED VIEW totals', ['replace-or-drop-view']],
    ['DROP VIEW recent; CREATE VIEW recent AS SELECT 1 AS id', []],
    [
      'DROP VIEW recent; CREATE VIEW recent AS SELECT 1 AS id',
      ['replace-or-drop-view'],
      { transaction: 'none' },
    ],
    ['DROP VIEW recent; CREATE VIEW recent AS SELECT 1 AS id', [], { transaction: 'implicit' }],
    ['DROP VIEW recent; CREATE TABLE recent (id int)', []],
    ['DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1', ['replace-or-drop-view']],
    ['DROP MATERIALIZED VIEW totals; CREATE VIEW totals AS SELECT 1', []],
    ['CREATE VIEW fresh AS SELECT 1; DROP VIEW fresh', []],

    ['CREATE OR REPLACE VIEW recent AS SELECT id FROM orders', ['replace-view-columns']],
    ['CREATE OR REPLACE VIEW recent AS SELECT note, id FROM orders', ['replace-view-columns']],
    ['CREATE OR REPLACE VIEW recent (id, remark) AS SELECT id, note FROM orders', ['replace-view-columns']],
    ['CREATE OR REPLACE VIEW recent AS SELECT id, note, 1 AS more FROM orders', []],
    ['CREATE OR REPLACE VIEW recent AS SELECT id, upper(note) FROM orders', []],
    ['CREATE OR REPLACE VIEW recent AS SELECT * FROM orders', []],
    ['CREATE OR REPLACE VIEW recent AS SELECT id, note FROM orders UNION SELECT 1, NULL', []],
    ['CREATE OR REPLACE VIEW recent AS VALUES (1)', []],
    ['CREATE OR REPLACE VIEW fresh AS SELECT 1 AS id', []],
  ]);
});

describe('what is said', () => {
  const only = (sql: string, catalog = base, rest = {}) => {
    const findings = ofSection('tables', judge(catalog, [sourceOf(sql)], rest).findings);
    assert.equal(findings.length, 1, findings.map(({ rule }) => rule).join(', '));
    return findings[0] as (typeof findings)[number];
  };

  test('CASCADE is told by what goes with it', () => {
    const { message } = only(
      'DROP TABLE orders CASCADE',
      schemaOf(`${BASE} ALTER TABLE orders DROP CONSTRAINT orders_customer_fk;`),
    );
    assert.equal(
      message,
      '`CASCADE` also drops the view `public.recent`, and the data of `public.orders` is lost.',
    );
    assert.equal(
      only('DROP TABLE customers CASCADE').message,
      '`CASCADE` also drops the materialized view `public.totals` and the foreign key `orders_customer_fk` of `public.orders`, and the data of `public.customers` is lost.',
    );
    assert.match(only('DROP TABLE parent CASCADE').message, /the table `public\.child` with its data/);
    assert.match(
      only('DROP TABLE elsewhere CASCADE', unknown).message,
      /whatever depends on `public\.elsewhere`/,
    );
  });

  test('TRUNCATE CASCADE names the tables that it empties', () => {
    const { message, help } = only('TRUNCATE customers CASCADE');
    assert.match(message, /^With `public\.customers`, `public\.orders` is emptied too/);
    assert.ok(help.includes('`TRUNCATE public.customers, public.orders`'), help);
    assert.match(
      only('TRUNCATE elsewhere CASCADE', unknown).message,
      /every table that refers to it is emptied too/,
    );
  });

  test('a schema is told by what it holds', () => {
    assert.match(only('DROP SCHEMA audit CASCADE').message, /goes the table `audit\.log`, all data included/);
    assert.match(
      only('DROP SCHEMA audit').message,
      /^The server refuses .* still holds the table `audit\.log`\.$/,
    );
  });

  test('a table of another shape is told by its columns', () => {
    const { message } = only(
      'CREATE TABLE IF NOT EXISTS lonely (id integer, a text, b text, c text, d text)',
    );
    assert.match(message, /`a` is missing, `b` is missing, `c` is missing and 2 more\.$/);
    assert.match(
      only('CREATE TABLE IF NOT EXISTS orders (id integer, customer_id bigint)').message,
      /`id` is of type `bigint`, not `integer` and it also has `note`\.$/,
    );
  });

  const advised: readonly (readonly [string, string, object?])[] = [
    ['ALTER TABLE orders RENAME TO "Bought"', 'CREATE VIEW public.orders AS SELECT * FROM public."Bought"'],
    ['ALTER TABLE orders SET SCHEMA audit', 'CREATE VIEW public.orders AS SELECT * FROM audit.orders'],
    ['ALTER SCHEMA audit RENAME TO "Old"', 'CREATE VIEW audit.log AS SELECT * FROM "Old".log'],
    ['DROP TABLE parent CASCADE', 'DROP TABLE public.parent'],
    ['DROP SCHEMA audit CASCADE', 'DROP SCHEMA audit'],
    [
      'ALTER INDEX orders_note SET TABLESPACE fast',
      'REINDEX (TABLESPACE fast, CONCURRENTLY) INDEX public.orders_note',
    ],
    ['ALTER TABLE cache SET LOGGED', 'CREATE TABLE public.cache_copy (LIKE public.cache INCLUDING ALL)'],
    [
      'ALTER TABLE orders SET UNLOGGED',
      'CREATE UNLOGGED TABLE public.orders_copy (LIKE public.orders INCLUDING ALL)',
    ],
    [
      'ALTER TABLE orders SET ACCESS METHOD columnar',
      'CREATE TABLE public.orders_copy (LIKE public.orders INCLUDING ALL) USING columnar',
    ],
    ['CREATE UNLOGGED TABLE carts (id int)', 'ALTER TABLE public.carts SET LOGGED'],
    [
      'ALTER TABLE orders SET (autovacuum_enabled = off)',
      'ALTER TABLE public.orders SET (autovacuum_vacuum_cost_delay = 10)',
    ],
    [
      'CREATE TABLE IF NOT EXISTS lonely (id bigint, "Unit Price" numeric(8,2))',
      'ALTER TABLE public.lonely ADD COLUMN "Unit Price" numeric(8,2)',
    ],
    [
      'ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text',
      "SELECT FROM pg_attribute WHERE attrelid = 'public.orders'::regclass AND attname = 'note' AND NOT attisdropped",
    ],
    [
      'ALTER TABLE orders DROP CONSTRAINT IF EXISTS "it\'s"',
      "SELECT FROM pg_constraint WHERE conrelid = 'public.orders'::regclass AND conname = 'it''s'",
    ],
    ['CREATE INDEX IF NOT EXISTS orders_note ON orders (note)', "SELECT to_regclass('public.orders_note')"],
    [
      'DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1',
      'ALTER MATERIALIZED VIEW public.totals_next RENAME TO totals',
    ],
  ];
  for (const [sql, advice] of advised)
    test(`advises ${advice}`, () => {
      const { help } = only(sql);
      assert.ok(help.includes(`\`${advice}\``), help);
      assertParses(advice);
    });

  test('an index cannot be rebuilt in another tablespace before 14', () => {
    const { help } = only('ALTER INDEX orders_note SET TABLESPACE fast', base, { version: 13 });
    assert.ok(!help.includes('REINDEX'), help);
  });

  test('names with quotes, backticks and line ends stay inside their quotes', () => {
    const name = '"a ""b"" `c`\n\'d\'"';
    const catalog = schemaOf(
      `CREATE TABLE ${name} (id int, ${name} text); CREATE VIEW seen AS SELECT * FROM ${name};`,
    );
    const bad = [
      `DROP TABLE ${name}`,
      `DROP TABLE ${name} CASCADE`,
      `TRUNCATE ${name}`,
      `ALTER TABLE ${name} RENAME TO plain`,
      `ALTER TABLE ${name} SET SCHEMA ${name}`,
      `ALTER TABLE ${name} SET TABLESPACE ${name}`,
      `ALTER TABLE ${name} SET UNLOGGED`,
      `CREATE TABLE IF NOT EXISTS ${name} (id text)`,
      `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${name} text`,
    ];
    for (const sql of bad) {
      const { message, help } = only(sql, catalog);
      for (const text of [message, help]) assert.equal(text.split('`').length % 2, 1, text);
    }
    const { help } = only(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${name} text`, catalog);
    assertParses(/`(SELECT [^`]*)`/.exec(help)?.[1] ?? '');
  });
});
