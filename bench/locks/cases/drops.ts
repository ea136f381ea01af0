import { all, given, type LockCase } from '../case.ts';

/** Views on views, a sequence that others use, typed tables, an owner, and a second schema. */
const DEPENDENTS = `
CREATE VIEW recent_ids AS SELECT id FROM recent;
CREATE MATERIALIZED VIEW recent_stored AS SELECT id FROM recent;
CREATE INDEX recent_stored_id ON recent_stored (id);
CREATE TABLE counted (id bigint DEFAULT nextval('numbers'), a integer DEFAULT 1);
CREATE TABLE counted_too (id bigint DEFAULT nextval('numbers'));
CREATE TABLE serials (id serial PRIMARY KEY, a integer);
CREATE TABLE identities (id integer GENERATED ALWAYS AS IDENTITY);
CREATE TYPE point3 AS (x integer, y integer, z integer);
CREATE TABLE points OF point3;
CREATE TABLE holders (p point3, m mood, many mood[], d plain);
CREATE INDEX holders_m ON holders (m);
CREATE FUNCTION takes_mood(mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE VIEW moody AS SELECT id, state FROM orders;
CREATE TABLE mood_parts (id integer, m mood) PARTITION BY LIST (m);
CREATE TABLE mood_parts_1 PARTITION OF mood_parts FOR VALUES IN ('low');
CREATE FUNCTION checker(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
CREATE FUNCTION maker() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE TABLE checks (a integer CHECK (checker(a)), b integer DEFAULT maker());
CREATE INDEX checks_index ON checks (checker(a));
CREATE POLICY checks_policy ON checks USING (checker(a));
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER checks_shout BEFORE INSERT ON checks FOR EACH ROW EXECUTE FUNCTION shout();
CREATE TRIGGER events_shout BEFORE INSERT ON events_1 FOR EACH ROW EXECUTE FUNCTION shout();
CREATE VIEW made AS SELECT maker() AS n;
CREATE STATISTICS order_stats ON note, free FROM orders;
CREATE PUBLICATION pub FOR TABLE bare, customers;
CREATE RULE note_rule AS ON INSERT TO notes DO ALSO NOTHING;
CREATE TRIGGER logs_shout AFTER INSERT ON logs FOR EACH ROW EXECUTE FUNCTION shout();
CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer);
CREATE OPERATOR @+ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl);
CREATE VIEW totaled AS SELECT total(id) AS t FROM bare;
CREATE VIEW added AS SELECT 1 @+ id AS t FROM bare;
CREATE COLLATION own_order FROM "C";
CREATE TABLE ordered (t text COLLATE own_order);`;

const SCHEMA = `
CREATE SCHEMA other;
CREATE TABLE other.held (id integer PRIMARY KEY, customer_id integer REFERENCES customers);
CREATE VIEW other.seen AS SELECT id FROM bare;
CREATE TABLE outside (held_id integer REFERENCES other.held);
CREATE VIEW outside_view AS SELECT id FROM other.held;
CREATE TYPE other.colour AS ENUM ('red');
CREATE TABLE painted (id integer, colour other.colour);
CREATE SEQUENCE other.counter;
CREATE TABLE counting (id bigint DEFAULT nextval('other.counter'));
CREATE FUNCTION other.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER act BEFORE INSERT ON fast FOR EACH ROW EXECUTE FUNCTION other.act();
CREATE TABLE other.part PARTITION OF events FOR VALUES FROM (800) TO (900);
CREATE SCHEMA vacant;`;

const OWNER = `
CREATE ROLE er_owner;
CREATE TABLE owned (id integer PRIMARY KEY);
ALTER TABLE owned OWNER TO er_owner;
CREATE TABLE shared (id integer);
GRANT SELECT ON shared TO er_owner;`;

const PLAIN = all(
  'DROP INDEX orders_note',
  'DROP INDEX IF EXISTS nope',
  'DROP INDEX visits_customer',
  'DROP TABLE bare',
  'DROP TABLE items',
  'DROP TABLE IF EXISTS nope',
  'DROP TABLE parent CASCADE',
  'DROP TABLE grandchild',
  'DROP TABLE events',
  'DROP TABLE events_1',
  'DROP TABLE logs_1',
  'DROP TABLE visits',
  'DROP VIEW recent',
  'DROP MATERIALIZED VIEW totals',
  'DROP SEQUENCE numbers',
  'TRUNCATE bare',
  'TRUNCATE orders CASCADE',
  'TRUNCATE parent',
  'TRUNCATE ONLY parent',
  'TRUNCATE events',
  'DROP TRIGGER touch_notes ON notes',
  'DROP RULE bare_rule ON bare',
  'DROP POLICY own_notes ON notes',
  'DROP FUNCTION restless()',
);

export const drops: readonly LockCase[] = [
  ...PLAIN,
  ...all(
    'DROP TABLE bare, notes',
    'DROP TABLE shops, regions',
    'DROP TABLE items, notes, orders CASCADE',
    'DROP TABLE IF EXISTS nope, bare',
    'DROP TABLE regions CASCADE',
    'DROP TABLE child CASCADE',
    'DROP TABLE events_1, events_2',
    'DROP TABLE logs',
    'DROP TABLE logs_rest',
    'DROP TABLE visits_1',
    'DROP TABLE keyed',
    'DROP TABLE keyed_1',
    'DROP TABLE computed',
    'DROP TABLE orders, items, notes CASCADE',
    'DROP VIEW IF EXISTS nope',
    'DROP VIEW recent CASCADE',
    'DROP MATERIALIZED VIEW IF EXISTS totals',
    'DROP INDEX totals_id',
    'DROP INDEX orders_note, shops_region',
    'DROP INDEX IF EXISTS orders_note',
    'DROP SEQUENCE IF EXISTS nope',
    'DROP TYPE mood CASCADE',
    'DROP DOMAIN plain CASCADE',
    'DROP DOMAIN positive CASCADE',
    'DROP FUNCTION noop() CASCADE',
    'DROP FUNCTION IF EXISTS nope()',
    'DROP FUNCTION steady(), restless()',
    'DROP TRIGGER IF EXISTS nope ON notes',
    'DROP TRIGGER IF EXISTS nope ON nowhere',
    'DROP RULE IF EXISTS nope ON notes',
    'DROP POLICY IF EXISTS nope ON notes',
    'DROP SCHEMA IF EXISTS nope CASCADE',
    'DROP EXTENSION IF EXISTS nope',
    'DROP EXTENSION plpgsql CASCADE',
    'DROP EVENT TRIGGER IF EXISTS nope',
    'DROP PUBLICATION IF EXISTS nope',
    'DROP STATISTICS IF EXISTS nope',
    'DROP SCHEMA public CASCADE',
  ),
  ...given(
    DEPENDENTS,
    all(
      'DROP TABLE orders CASCADE',
      'DROP VIEW recent CASCADE',
      'DROP MATERIALIZED VIEW recent_stored',
      'DROP SEQUENCE numbers CASCADE',
      'DROP TABLE counted',
      'DROP TABLE serials',
      'DROP TABLE identities',
      'DROP SEQUENCE serials_id_seq CASCADE',
      'DROP TYPE point3 CASCADE',
      'DROP TYPE mood CASCADE',
      'DROP DOMAIN plain CASCADE',
      'DROP FUNCTION checker(integer) CASCADE',
      'DROP FUNCTION maker() CASCADE',
      'DROP FUNCTION shout() CASCADE',
      'DROP ROUTINE maker CASCADE',
      'DROP TRIGGER checks_shout ON checks',
      'DROP TRIGGER logs_shout ON logs',
      'DROP TRIGGER events_shout ON events_1',
      'DROP POLICY checks_policy ON checks',
      'DROP RULE note_rule ON notes',
      'DROP RULE "_RETURN" ON recent CASCADE',
      'DROP STATISTICS order_stats',
      'DROP PUBLICATION pub',
      'DROP AGGREGATE total(integer)',
      'DROP AGGREGATE total(integer) CASCADE',
      'DROP OPERATOR @+ (integer, integer) CASCADE',
      'DROP COLLATION own_order CASCADE',
      'DROP TABLE customers CASCADE',
      'DROP TABLE bare CASCADE',
      'DROP TABLE checks',
      'DROP TABLE mood_parts',
      'DROP INDEX recent_stored_id',
    ).filter(({ sql }) => !/total\(integer\)'?$/.test(sql) && !sql.includes('_RETURN')),
  ),
  ...given(
    SCHEMA,
    all(
      'DROP SCHEMA other CASCADE',
      'DROP SCHEMA vacant',
      'DROP SCHEMA vacant, other CASCADE',
      'DROP TABLE other.held CASCADE',
      'DROP TYPE other.colour CASCADE',
      'DROP TABLE other.part',
      'ALTER SCHEMA other RENAME TO another',
    ),
  ),
  ...given(
    OWNER,
    all(
      'DROP OWNED BY er_owner',
      'REASSIGN OWNED BY er_owner TO CURRENT_USER',
      'DROP ROLE IF EXISTS er_nobody',
    ),
  ),
];
