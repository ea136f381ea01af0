import { all, at, given, type LockCase } from '../case.ts';

/** Foreign keys that act on the referencing rows, three tables deep, and one on a table that has none to spare. */
const ACTING_KEYS = `
CREATE TABLE firms (id integer PRIMARY KEY, code text UNIQUE, name text);
CREATE TABLE teams (id integer PRIMARY KEY, firm_id integer REFERENCES firms ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX teams_firm ON teams (firm_id);
CREATE TABLE people (id integer PRIMARY KEY, team_id integer REFERENCES teams ON DELETE SET NULL);
CREATE TABLE badges (id integer, person_id integer DEFAULT 1 REFERENCES people ON DELETE SET DEFAULT, firm_code text REFERENCES firms (code) ON UPDATE CASCADE);
CREATE TABLE bosses (id integer PRIMARY KEY, boss_id integer REFERENCES bosses ON DELETE CASCADE);
INSERT INTO firms VALUES (1, 'a', 'a'), (2, 'b', 'b');
INSERT INTO teams VALUES (1, 1), (2, 2);
INSERT INTO people VALUES (1, 1), (2, 2);
INSERT INTO badges VALUES (1, 1, 'a');

INSERT INTO bosses VALUES (1, NULL), (2, 1);`;

/** Columns that take their value from a sequence, in all ways. */
const COUNTED = `
CREATE TABLE serials (id serial PRIMARY KEY, a integer);
CREATE TABLE identities (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer);
CREATE TABLE counted (id bigint DEFAULT nextval('numbers'), a integer);
INSERT INTO serials (a) VALUES (1);
INSERT INTO identities (a) VALUES (1);
INSERT INTO counted (a) VALUES (1);`;

/** Views that are written through, and views and tables with rules and INSTEAD OF triggers. */
const WRITTEN_VIEWS = `
CREATE TABLE journal (what text);
CREATE VIEW cheap AS SELECT id, customer_id, amount, hoped, proven FROM orders WHERE amount < 10;
CREATE VIEW cheaper AS SELECT id, amount FROM cheap WHERE amount < 5;
CREATE VIEW mixed AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE FUNCTION write_mixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE customers SET name = NEW.name WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER write_mixed INSTEAD OF UPDATE ON mixed FOR EACH ROW EXECUTE FUNCTION write_mixed();
CREATE TABLE watched (id integer, a integer);
INSERT INTO watched VALUES (1, 1);
CREATE RULE watch AS ON UPDATE TO watched DO ALSO INSERT INTO journal VALUES ('update');
CREATE VIEW ruled AS SELECT id FROM bare;
CREATE RULE ruled_delete AS ON DELETE TO ruled DO INSTEAD DELETE FROM notes WHERE order_id = OLD.id;`;

/** Partitions by list, range, hash and in two levels, with indexes and a key that refers. */
const PARTS = `
CREATE TABLE sales (id integer, country text, day date, PRIMARY KEY (id, country)) PARTITION BY LIST (country);
CREATE TABLE sales_de PARTITION OF sales FOR VALUES IN ('de', 'at');
CREATE TABLE sales_fr PARTITION OF sales FOR VALUES IN ('fr');
CREATE TABLE sales_other PARTITION OF sales DEFAULT;
CREATE INDEX sales_day ON sales (day);
CREATE TABLE rides (id integer, at timestamptz NOT NULL, city integer REFERENCES customers) PARTITION BY RANGE (at);
CREATE TABLE rides_1 PARTITION OF rides FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE rides_2 PARTITION OF rides FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE TABLE tiers (id integer, kind integer) PARTITION BY RANGE (id);
CREATE TABLE tiers_low PARTITION OF tiers FOR VALUES FROM (MINVALUE) TO (10) PARTITION BY LIST (kind);
CREATE TABLE tiers_low_1 PARTITION OF tiers_low FOR VALUES IN (1);
CREATE TABLE tiers_low_2 PARTITION OF tiers_low FOR VALUES IN (2);
CREATE TABLE tiers_high PARTITION OF tiers FOR VALUES FROM (10) TO (20);
CREATE TABLE stubs (sale_id integer, sale_country text, FOREIGN KEY (sale_id, sale_country) REFERENCES sales);
CREATE TABLE hashed (id integer PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sales VALUES (1, 'de', '2024-01-01'), (2, 'fr', '2024-01-01'), (3, 'us', '2024-01-01');
INSERT INTO rides VALUES (1, '2024-06-01', 1), (2, '2025-06-01', 2);
INSERT INTO tiers VALUES (1, 1), (2, 2), (11, 1);
INSERT INTO stubs VALUES (1, 'de');
INSERT INTO hashed SELECT generate_series(1, 20);`;

const READS = all(
  'SELECT * FROM bare, customers',
  'SELECT * FROM bare WHERE a IN (SELECT id FROM customers)',
  'SELECT (SELECT max(id) FROM customers) FROM bare',
  'SELECT * FROM bare, LATERAL (SELECT * FROM orders WHERE orders.id = bare.id) o',
  'WITH c AS (SELECT * FROM customers) SELECT * FROM c JOIN bare USING (id)',
  'WITH customers AS (SELECT * FROM bare) SELECT * FROM customers',
  'WITH RECURSIVE up AS (SELECT id, wide FROM orders UNION ALL SELECT o.id, o.wide FROM orders o JOIN up ON o.id = up.wide AND o.id <> up.id) SELECT * FROM up',
  'SELECT id FROM bare UNION SELECT id FROM customers EXCEPT SELECT id FROM regions',
  'SELECT * FROM recent',
  'SELECT * FROM totals',
  'SELECT * FROM ONLY parent',
  'SELECT * FROM child',
  'SELECT * FROM events',
  'SELECT * FROM ONLY events',
  'SELECT * FROM visits',
  'SELECT count(*) FROM keyed',
  'TABLE bare',
  'SELECT * FROM pg_class, bare',
  'SELECT * FROM information_schema.tables WHERE false',
  'SELECT * FROM bare WHERE EXISTS (SELECT FROM regions)',
  "SELECT 'bare'::regclass",
  "SELECT nextval('numbers')",
  "SELECT pg_catalog.setval('public.numbers', 7)",
  "SELECT nextval('numbers'), currval('numbers'), lastval()",
  'SELECT last_value FROM numbers',
  "SELECT pg_total_relation_size('bare'), pg_relation_size('orders')",
  'SELECT now(), random(), gen_random_uuid(), clock_timestamp()',
  "SELECT set_config('lock_timeout', '1s', true)",
  'SELECT pg_sleep(0), pg_advisory_xact_lock(7), pg_try_advisory_xact_lock(8)',
  "SELECT pg_notify('a', 'b'), txid_current()",
  'SELECT * FROM generate_series(1, 3)',
  'VALUES (1), (2)',
  'SELECT * FROM bare WHERE a = 1 AND id = any (ARRAY(SELECT id FROM regions))',
  'SELECT * FROM bare TABLESAMPLE system (10)',
);

const ROW_LOCKS = all(
  'SELECT * FROM customers FOR UPDATE',
  'SELECT * FROM customers FOR NO KEY UPDATE',
  'SELECT * FROM customers FOR SHARE',
  'SELECT * FROM customers FOR KEY SHARE NOWAIT',
  'SELECT * FROM customers FOR UPDATE SKIP LOCKED LIMIT 1',
  'SELECT * FROM customers c JOIN regions r USING (id) FOR UPDATE OF c FOR SHARE OF r',
  'SELECT * FROM customers c JOIN regions r USING (id) FOR UPDATE OF r',
  'SELECT * FROM recent FOR UPDATE',
  'SELECT * FROM (SELECT * FROM customers) s FOR UPDATE',
  'SELECT * FROM bare WHERE id IN (SELECT id FROM customers) FOR UPDATE',
  'SELECT * FROM bare WHERE id IN (SELECT id FROM customers FOR SHARE)',
  'WITH c AS (SELECT * FROM customers) SELECT * FROM c, regions FOR UPDATE OF regions',
  'WITH c AS (SELECT * FROM customers FOR UPDATE) SELECT * FROM c',
  'SELECT * FROM parent FOR UPDATE',
  'SELECT * FROM events FOR UPDATE',
  'SELECT * FROM keyed FOR SHARE',
);

const WRITES = all(
  'INSERT INTO customers VALUES (99)',
  'INSERT INTO customers VALUES (1) ON CONFLICT DO NOTHING',
  "INSERT INTO customers VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
  'INSERT INTO customers (id) VALUES (98) RETURNING *',
  'INSERT INTO customers (id) VALUES (97) RETURNING (SELECT max(id) FROM regions)',
  'INSERT INTO orders (id, hoped, proven) VALUES (99, 1, 1)',
  'INSERT INTO orders (id, hoped, proven, customer_id) VALUES (99, 1, 1, 1)',
  'INSERT INTO orders (id, hoped, proven, customer_id) VALUES (99, 1, 1, NULL)',
  'INSERT INTO orders (id, customer_id, hoped, proven) SELECT id + 100, id, 1, 1 FROM customers',
  'INSERT INTO shops VALUES (99, 1, $$1$$)',
  'INSERT INTO shops (id, region_code) VALUES (99, $$1$$)',
  'INSERT INTO bare DEFAULT VALUES',
  'INSERT INTO parent VALUES (2, 2)',
  'INSERT INTO notes (order_id) VALUES (1)',
  'UPDATE customers SET name = $$x$$',
  'UPDATE customers SET id = id + 1000 WHERE id = -1',
  'UPDATE customers SET code = code || $$x$$',
  'UPDATE regions SET code = code || $$x$$ WHERE id = -1',
  'UPDATE bare SET a = customers.id FROM customers WHERE customers.id = bare.id',
  'UPDATE bare SET (a, b) = (SELECT id, id FROM regions WHERE regions.id = bare.id)',
  'UPDATE bare b SET a = 1 FROM bare c WHERE b.id = c.id',
  'UPDATE ONLY parent SET a = 3',
  'UPDATE child SET a = 3',
  'UPDATE events SET kind = 3',
  'UPDATE keyed SET id = id',
  'UPDATE items SET sku = $$s$$',
  'UPDATE orders SET customer_id = 2',
  'DELETE FROM customers WHERE id = 77',
  'DELETE FROM shops',
  'DELETE FROM shops USING regions WHERE shops.region_id = regions.id',
  'DELETE FROM bare WHERE id IN (SELECT id FROM customers)',
  'DELETE FROM parent',
  'DELETE FROM ONLY parent',
  'DELETE FROM events',
  'DELETE FROM visits',
  'WITH moved AS (DELETE FROM notes RETURNING *) INSERT INTO bare SELECT order_id, 1, 1 FROM moved',
  'WITH a AS (INSERT INTO bare VALUES (9, 9, 9)), b AS (UPDATE notes SET text = $$y$$) SELECT * FROM regions',
);

const OTHERS = all(
  'COPY bare TO STDOUT',
  'COPY (SELECT * FROM bare JOIN customers USING (id)) TO STDOUT',
  'COPY orders (id) TO STDOUT',
  'LOCK bare IN ROW SHARE MODE',
  'LOCK TABLE bare, customers IN ROW EXCLUSIVE MODE NOWAIT',
  'LOCK TABLE bare IN SHARE UPDATE EXCLUSIVE MODE',
  'LOCK TABLE events IN SHARE MODE',
  'LOCK TABLE recent',
  'TRUNCATE bare, notes',
  'TRUNCATE customers CASCADE',
  'TRUNCATE events_1',
  'TRUNCATE visits',
  'TRUNCATE keyed RESTART IDENTITY',
  'EXPLAIN SELECT * FROM customers',
  'EXPLAIN UPDATE items SET order_id = 1',
  'EXPLAIN DELETE FROM shops',
  'EXPLAIN INSERT INTO items VALUES (1)',
  'EXPLAIN ANALYZE UPDATE items SET order_id = 1',
  'EXPLAIN (ANALYZE, COSTS off) INSERT INTO items VALUES (1)',
  'EXPLAIN CREATE TABLE fresh AS SELECT * FROM customers',
  'EXPLAIN ANALYZE CREATE TABLE fresh AS SELECT * FROM customers',
  'PREPARE p AS SELECT * FROM customers',
  'PREPARE p AS UPDATE bare SET a = $1',
  'DECLARE c CURSOR FOR SELECT * FROM customers',
  'DECLARE c CURSOR FOR SELECT * FROM customers FOR UPDATE',
);

const PLAIN = all(
  'SELECT * FROM bare',
  'SELECT * FROM recent JOIN bare USING (id)',
  'SELECT * FROM bare FOR UPDATE',
  'SELECT * FROM bare b JOIN customers c USING (id) FOR UPDATE OF b',
  'SELECT count(*) FROM parent',
  'WITH gone AS (DELETE FROM bare RETURNING *) SELECT * FROM gone',
  'INSERT INTO bare VALUES (1, 1, 1)',
  'INSERT INTO bare SELECT id, 1, 1 FROM customers',
  'INSERT INTO items VALUES (1)',
  'UPDATE bare SET a = 2',
  'UPDATE notes SET text = text',
  'UPDATE items SET order_id = order_id + 1 WHERE order_id < 9',
  'UPDATE parent SET a = 2',
  'DELETE FROM bare',
  'DELETE FROM items',
);

export const rows: readonly LockCase[] = [
  ...PLAIN,
  ...at(
    15,
    'MERGE INTO adopted USING customers ON adopted.id = customers.id WHEN MATCHED THEN UPDATE SET a = 1',
  ),
  ...READS,
  ...ROW_LOCKS,
  ...WRITES,
  ...OTHERS,
  ...given(
    ACTING_KEYS,
    all(
      'INSERT INTO people VALUES (3, 1)',
      'INSERT INTO bosses VALUES (3, 1)',
      'DELETE FROM firms WHERE id = 2',
      'DELETE FROM teams',
      'DELETE FROM people WHERE id = 2',
      'DELETE FROM bosses',
      'UPDATE firms SET id = id + 10',
      "UPDATE firms SET name = 'c'",
      "UPDATE firms SET code = code || 'c'",
      'UPDATE teams SET id = id',
      'TRUNCATE firms CASCADE',
      'TRUNCATE people CASCADE',
    ),
  ),
  ...given(
    COUNTED,
    all(
      'INSERT INTO serials (a) VALUES (1)',
      'INSERT INTO serials VALUES (9, 1)',
      'INSERT INTO serials VALUES (DEFAULT, 1)',
      'INSERT INTO identities (a) VALUES (1)',
      'INSERT INTO identities OVERRIDING SYSTEM VALUE VALUES (9, 1)',
      'INSERT INTO counted (a) SELECT id FROM customers',
      'UPDATE counted SET id = DEFAULT',
      "UPDATE counted SET id = nextval('numbers')",
      'DELETE FROM serials',
      'TRUNCATE serials',
      'TRUNCATE serials RESTART IDENTITY',
      'TRUNCATE serials, identities RESTART IDENTITY',
      'TRUNCATE counted RESTART IDENTITY',
    ),
  ),
  ...given(
    WRITTEN_VIEWS,
    all(
      'INSERT INTO cheap (id, amount, hoped, proven) VALUES (99, 1, 1, 1)',
      'INSERT INTO cheap (id, customer_id, hoped, proven) VALUES (99, 1, 1, 1)',
      'UPDATE cheap SET amount = 2',
      'UPDATE cheaper SET amount = 2',
      'DELETE FROM cheaper WHERE id = 99',
      "UPDATE mixed SET name = 'n'",
      'UPDATE watched SET a = 2',
      'DELETE FROM watched',
      'DELETE FROM ruled',
      'LOCK TABLE cheaper IN SHARE MODE',
      'SELECT * FROM cheaper FOR UPDATE',
      'SELECT * FROM mixed',
    ),
  ),
  ...given(
    PARTS,
    all(
      "INSERT INTO sales VALUES (9, 'de', '2024-01-01')",
      "INSERT INTO sales VALUES (9, 'de', '2024-01-01'), (9, 'xx', NULL)",
      "INSERT INTO sales (country, id) VALUES ('fr', 9)",
      "INSERT INTO sales_de VALUES (9, 'at', '2024-01-01')",
      "INSERT INTO rides VALUES (9, '2024-05-05', 1)",
      "INSERT INTO rides VALUES (9, '2026-05-05', NULL)",
      'INSERT INTO tiers VALUES (5, 2)',
      'SELECT * FROM sales_de',
      "SELECT * FROM sales_de WHERE country = 'at'",
      'INSERT INTO tiers_low_1 VALUES (7, 1)',
      'DELETE FROM tiers_low_1',
      'UPDATE tiers SET kind = 3 - kind WHERE id = 1',
      'UPDATE sales_de SET day = now()',
      'DELETE FROM sales_fr',
      'SELECT * FROM tiers_low',
      'SELECT * FROM tiers_low_1 FOR UPDATE',
      'INSERT INTO tiers VALUES (15, 2)',
      'INSERT INTO tiers SELECT id, 1 FROM bare WHERE id < 10',
      'SELECT * FROM sales',
      "SELECT * FROM sales WHERE country = 'fr'",
      "SELECT * FROM sales WHERE country IN ('fr', 'de') AND id = 1",
      "SELECT * FROM sales WHERE lower(country) = 'fr'",
      "SELECT * FROM rides WHERE at >= '2025-02-01'",
      'SELECT * FROM rides WHERE at < now()',
      'SELECT * FROM tiers',
      'SELECT * FROM tiers WHERE id = 3',
      "UPDATE sales SET day = '2024-02-02'",
      "UPDATE sales SET day = '2024-02-02' WHERE country = 'de'",
      "DELETE FROM sales WHERE country = 'fr'",
      'DELETE FROM tiers WHERE id > 100',
      'DELETE FROM rides',
      'UPDATE rides SET city = 3',
      'SELECT * FROM sales FOR UPDATE',
      "INSERT INTO stubs VALUES (1, 'de')",
      'DELETE FROM stubs',
      'TRUNCATE sales CASCADE',
      'TRUNCATE tiers',
      'SELECT * FROM hashed',
      'SELECT * FROM hashed WHERE id = 5',
    ),
  ),
  ...given(
    PARTS,
    at(
      15,
      'MERGE INTO sales USING bare ON sales.id = bare.id AND sales.id > 1 WHEN MATCHED THEN DELETE',
      'MERGE INTO tiers USING bare ON tiers.id = bare.id WHEN MATCHED THEN UPDATE SET kind = kind',
    ),
  ),
  ...at(
    15,
    'MERGE INTO adopted USING (SELECT * FROM regions) r ON adopted.id = r.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1, 1)',
    'MERGE INTO items USING bare ON items.order_id = bare.id WHEN NOT MATCHED THEN INSERT (order_id) VALUES (bare.id)',
    'MERGE INTO items USING bare ON items.order_id = bare.id WHEN MATCHED THEN UPDATE SET order_id = 3',
    'MERGE INTO shops USING bare ON shops.id = bare.id WHEN MATCHED THEN DELETE',
    'MERGE INTO adopted USING customers ON adopted.id = customers.id WHEN MATCHED THEN DO NOTHING',
  ),
  ...at(18, 'INSERT INTO customers (id) VALUES (97) RETURNING new.id, old.id'),
];
