/** A schema with one of everything that changes what a statement locks, with rows. */
export const WORLD = `
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE DOMAIN plain AS integer;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION steady() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION restless() RETURNS integer LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
CREATE SEQUENCE numbers;
CREATE SCHEMA shelf;

CREATE TABLE customers (id integer PRIMARY KEY, name varchar(40), code text UNIQUE);
INSERT INTO customers SELECT i, 'n' || i, 'c' || i FROM generate_series(1, 50) i;
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer_id integer CONSTRAINT orders_customer_fk REFERENCES customers,
  amount numeric(10, 2),
  note varchar(20),
  free text,
  made timestamp,
  exact timestamp(3),
  address cidr,
  state mood,
  fixed char(5),
  required integer NOT NULL DEFAULT 1,
  checked integer CONSTRAINT checked_positive CHECK (checked > 0),
  proven integer CONSTRAINT proven_present CHECK (proven IS NOT NULL),
  hoped integer,
  tags varchar(9)[],
  wide integer
);
ALTER TABLE orders ADD CONSTRAINT hoped_present CHECK (hoped IS NOT NULL) NOT VALID;
INSERT INTO orders SELECT i, i, i, 'n', 'f', now(), now(), '10.0.0.0/8', 'low', 'x', 1, 1, 1, 1, '{a}', 1 FROM generate_series(1, 50) i;
CREATE INDEX orders_note ON orders (note);
CREATE UNIQUE INDEX orders_required_id ON orders (required, id);
CREATE UNIQUE INDEX orders_wide_id ON orders (wide, id);
CREATE TABLE items (order_id integer REFERENCES orders, sku text, typed positive, shape plain);
INSERT INTO items SELECT i, 's', 1, 1 FROM generate_series(1, 50) i;
CREATE TABLE notes (order_id integer, customer_id integer, text text);
INSERT INTO notes SELECT i, i, 't' FROM generate_series(1, 50) i;
ALTER TABLE notes ADD CONSTRAINT notes_order_fk FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
CREATE TRIGGER touch_notes BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION noop();
CREATE POLICY own_notes ON notes USING (true);
CREATE TABLE bare (id integer, a integer, b integer);
INSERT INTO bare SELECT i, i, i FROM generate_series(1, 50) i;
CREATE RULE bare_rule AS ON UPDATE TO bare DO ALSO NOTHING;
CREATE UNLOGGED TABLE fast (id integer);
INSERT INTO fast VALUES (1);
CREATE TABLE computed (id integer, twice integer GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO computed VALUES (1);

CREATE TABLE regions (id integer PRIMARY KEY, code varchar(10) UNIQUE);
INSERT INTO regions SELECT i, i FROM generate_series(1, 50) i;
CREATE TABLE shops (id integer PRIMARY KEY, region_id integer REFERENCES regions, region_code varchar(10) REFERENCES regions (code));
INSERT INTO shops SELECT i, i, i FROM generate_series(1, 50) i;
CREATE INDEX shops_region ON shops (region_id);

CREATE TABLE parent (id integer NOT NULL, a integer CONSTRAINT parent_a CHECK (a > 0));
CREATE TABLE child (extra integer) INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (1, 1, 1);
INSERT INTO grandchild VALUES (1, 1, 1);
CREATE TABLE adopted (id integer NOT NULL, a integer CONSTRAINT parent_a CHECK (a > 0));

CREATE TABLE events (at integer, kind integer) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
INSERT INTO events SELECT i, i FROM generate_series(1, 150) i;
CREATE TABLE events_3 (at integer, kind integer);
INSERT INTO events_3 VALUES (201, 1);
CREATE TABLE events_4 (at integer NOT NULL, kind integer, CONSTRAINT bound CHECK (at >= 300 AND at < 400));
INSERT INTO events_4 VALUES (301, 1);
CREATE TABLE logs (at integer, kind integer, customer_id integer) PARTITION BY LIST (kind);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES IN (1);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
INSERT INTO logs VALUES (1, 1, 1), (2, 5, 2);
CREATE TABLE logs_2 (at integer, kind integer, customer_id integer);
INSERT INTO logs_2 VALUES (2, 2, 2);
CREATE TABLE visits (id integer, customer_id integer REFERENCES customers) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (100);
INSERT INTO visits VALUES (1, 1);
CREATE INDEX visits_customer ON visits (customer_id);
CREATE TABLE keyed (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM (0) TO (100);
INSERT INTO keyed SELECT i FROM generate_series(1, 90) i;

CREATE VIEW recent AS SELECT id, amount FROM orders;
CREATE MATERIALIZED VIEW totals AS SELECT id, code FROM customers;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE TABLE plain_rows (id integer PRIMARY KEY, label varchar(20), size numeric(10, 2), stamp timestamp, small timestamp(3), net cidr, state mood, fixed char(5), tags varchar(9)[], body text, xml_body xml, bits varbit(8), span interval(3), shape plain);
INSERT INTO plain_rows (id) SELECT i FROM generate_series(1, 50) i;
CREATE INDEX plain_label ON plain_rows (label);

CREATE TABLE empty_one (id integer, a integer);
CREATE TABLE numbered (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, no serial, label text);
INSERT INTO numbered (label) SELECT 'l' FROM generate_series(1, 400);
CREATE TABLE flags (
  a integer UNIQUE DEFERRABLE,
  b integer CONSTRAINT flags_alone CHECK (b > 0) NO INHERIT,
  c integer CONSTRAINT flags_customer_fk REFERENCES customers DEFERRABLE,
  d integer
);
INSERT INTO flags SELECT i, i, i, i FROM generate_series(1, 50) i;
CREATE TABLE mixed (id integer PRIMARY KEY, a text, b text, c integer, CONSTRAINT mixed_c_excl EXCLUDE USING btree (c WITH =));
INSERT INTO mixed SELECT i, i, i, i FROM generate_series(1, 50) i;
CREATE INDEX mixed_lower ON mixed (lower(a));
CREATE INDEX mixed_partial ON mixed (b) WHERE c > 0;
CREATE INDEX mixed_include ON mixed (id) INCLUDE (b);
ALTER TABLE mixed CLUSTER ON mixed_pkey;
CREATE TABLE heads (id integer PRIMARY KEY, customer_id integer CONSTRAINT heads_customer_fk REFERENCES customers, a integer);
CREATE TABLE tails (b integer) INHERITS (heads);
INSERT INTO heads SELECT i, i, i FROM generate_series(1, 50) i;
INSERT INTO tails SELECT i, i, i, i FROM generate_series(51, 90) i;
CREATE INDEX heads_a ON heads (a);
CREATE INDEX tails_a ON tails (a);

CREATE TABLE tree (id integer NOT NULL, part integer, a integer) PARTITION BY RANGE (id);
CREATE TABLE tree_1 PARTITION OF tree FOR VALUES FROM (0) TO (100) PARTITION BY LIST (part);
CREATE TABLE tree_1_a PARTITION OF tree_1 FOR VALUES IN (1);
CREATE TABLE tree_1_rest PARTITION OF tree_1 DEFAULT;
CREATE TABLE tree_2 PARTITION OF tree FOR VALUES FROM (100) TO (200);
INSERT INTO tree SELECT i, i % 3, i FROM generate_series(1, 150) i;
CREATE INDEX tree_a ON tree (a);
CREATE TABLE tree_3 (id integer NOT NULL, part integer, a integer);
INSERT INTO tree_3 SELECT i, 1, i FROM generate_series(201, 250) i;
CREATE INDEX tree_3_own ON tree_3 (a);
CREATE TABLE tree_4 (id integer NOT NULL, part integer, a integer) PARTITION BY LIST (part);
CREATE TABLE tree_4_a PARTITION OF tree_4 FOR VALUES IN (1);
INSERT INTO tree_4 SELECT i, 1, i FROM generate_series(301, 350) i;

CREATE TABLE ledger (id integer, owner_id integer CONSTRAINT ledger_owner_fk REFERENCES customers, amount integer, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES FROM (0) TO (100);
CREATE TABLE ledger_rest PARTITION OF ledger DEFAULT;
INSERT INTO ledger SELECT i, i % 40 + 1, i FROM generate_series(1, 90) i;
CREATE TABLE ledger_2 (id integer NOT NULL, owner_id integer, amount integer);
INSERT INTO ledger_2 SELECT i, 1, i FROM generate_series(201, 250) i;
CREATE TABLE ledger_3 (id integer PRIMARY KEY, owner_id integer REFERENCES customers, amount integer, CONSTRAINT bound CHECK (id >= 300 AND id < 400));
INSERT INTO ledger_3 SELECT i, 1, i FROM generate_series(301, 350) i;
CREATE TABLE entries (ledger_id integer CONSTRAINT entries_ledger_fk REFERENCES ledger, note text);
INSERT INTO entries SELECT i, 'n' FROM generate_series(1, 50) i;
CREATE VIEW recent_ids AS SELECT id FROM recent;
CREATE VIEW pairs AS SELECT n.label, a.a FROM numbered n CROSS JOIN adopted a;
`;
