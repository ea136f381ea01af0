-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note varchar(20), code varchar(8), price numeric(8, 2), quantity integer NOT NULL);
INSERT INTO orders SELECT i, 'n', 'c', i, i FROM generate_series(1, 200) AS i;

-- migration
-- Only the catalog changes.
ALTER TABLE orders ALTER COLUMN note TYPE varchar(200);
ALTER TABLE orders ALTER COLUMN code TYPE text;
ALTER TABLE orders ALTER COLUMN price TYPE numeric(12, 2);

-- A column of the new type beside the old one.
ALTER TABLE orders ADD COLUMN quantity_new bigint;
UPDATE orders SET quantity_new = quantity WHERE id <= 100;
UPDATE orders SET quantity_new = quantity WHERE id > 100;
