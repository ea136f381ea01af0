import { all, given, type LockCase } from '../case.ts';

/** What the replay of public histories found wrong in the model or in the schema that statements make, a case each. */

/** Triggers, defaults and checks go on calling what is renamed or moved. */
const renamed = given(
  `
CREATE SCHEMA attic;
CREATE FUNCTION count_region() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE regions SET code = code; RETURN NEW; END';
CREATE FUNCTION next_region() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM regions';
CREATE FUNCTION attic.next_shop() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.shops';
CREATE TABLE told (id serial, a bigint DEFAULT next_region(), b bigint DEFAULT attic.next_shop(), c integer);
CREATE TRIGGER told_counted AFTER DELETE ON told FOR EACH STATEMENT EXECUTE FUNCTION count_region();
ALTER FUNCTION count_region() RENAME TO tally_region;
ALTER FUNCTION next_region() RENAME TO later_region;
ALTER SCHEMA attic RENAME TO loft;
ALTER SEQUENCE told_id_seq RENAME TO told_numbers;
`,
  all(
    'DELETE FROM told',
    'INSERT INTO told (id, b, c) VALUES (1, 1, 1)',
    'INSERT INTO told (id, a, c) VALUES (1, 1, 1)',
    'INSERT INTO told (a, b) VALUES (1, 1)',
    'DROP FUNCTION tally_region() CASCADE',
    'DROP FUNCTION later_region() CASCADE',
  ),
);

/** A table has the columns of the query that it was made of. */
const made = given(
  `
CREATE TABLE copied AS SELECT id AS customer_id, code, NULL::mood AS state, count(*) OVER () FROM customers;
ALTER TABLE copied ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE TABLE both_sides AS SELECT * FROM shops JOIN regions USING (id) UNION ALL SELECT 1, 2, '3', '4';
CREATE VIEW shown (number, name) AS SELECT * FROM (SELECT c.id, c.name FROM customers c) AS inner_query;
CREATE FUNCTION put_shown() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE regions SET code = code; RETURN NEW; END';
CREATE TRIGGER shown_put INSTEAD OF INSERT ON shown FOR EACH ROW EXECUTE FUNCTION put_shown();
CREATE OR REPLACE VIEW shown (number, name) AS SELECT id, name FROM customers;
`,
  all(
    "INSERT INTO copied VALUES (1, 'c', 'low', 1)",
    "INSERT INTO copied VALUES (NULL, 'c')",
    'ALTER TABLE copied ALTER customer_id TYPE bigint',
    'ALTER TABLE copied ALTER code TYPE varchar',
    'ALTER TABLE copied ALTER count TYPE bigint',
    'ALTER TABLE copied DROP COLUMN customer_id',
    'ALTER TABLE both_sides ALTER region_code TYPE text',
    'ALTER TABLE both_sides ADD FOREIGN KEY (region_id) REFERENCES regions',
    'INSERT INTO shown VALUES (60, NULL)',
    'DROP TYPE mood CASCADE',
  ),
);

/** Names of the system's own tables are found before any schema of the path. */
const system = all(
  "UPDATE pg_index SET indisready = false WHERE indrelid = (SELECT oid FROM pg_class WHERE relname = 'bare')",
  'SELECT count(*) FROM pg_class, pg_locks, regions',
  "DELETE FROM bare WHERE EXISTS (SELECT FROM pg_indexes WHERE tablename = 'nope')",
);

/** What stands under a condition may not run. */
const branches = all(
  'DO $$ BEGIN IF false THEN UPDATE bare SET a = 1; ELSE PERFORM 1 FROM regions; END IF; END $$',
  'DO $$ BEGIN IF (SELECT count(*) FROM regions) > 1000 THEN TRUNCATE bare; END IF; END $$',
  'DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM regions WHERE id < 0 LOOP DELETE FROM bare; END LOOP; END $$',
  'DO $$ BEGIN IF EXISTS (SELECT FROM regions) THEN RETURN; END IF; DELETE FROM bare; END $$',
  'DO $$ BEGIN PERFORM 1 FROM regions; EXCEPTION WHEN OTHERS THEN DELETE FROM bare; END $$',
  'DO $$ BEGIN WHILE false LOOP DELETE FROM bare; END LOOP; LOOP PERFORM 1 FROM regions; EXIT; END LOOP; END $$',
);

/** What a statement does for each row it does not do for none. */
const noRows = all(
  'UPDATE orders SET customer_id = 1 WHERE id < 0',
  "INSERT INTO numbered (label) SELECT 'l' FROM empty_one WHERE id > 0",
  'SELECT nextval($$numbers$$) FROM empty_one WHERE a > 0',
  'DELETE FROM customers WHERE id > 1000',
);

export const replayed: readonly LockCase[] = [...renamed, ...made, ...system, ...branches, ...noRows];
