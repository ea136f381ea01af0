-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT generate_series(1, 100);
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- migration
UPDATE orders SET note = 'x' WHERE note IS NULL;
ALTER TABLE orders ADD COLUMN closed boolean;
