-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(10), note text);
INSERT INTO orders SELECT n, n::text, 'x' FROM generate_series(1, 1000) AS n;
CREATE INDEX orders_code ON orders (code);
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE varchar(40);
ALTER TABLE orders ALTER COLUMN code TYPE text;
ALTER TABLE orders ALTER COLUMN note TYPE text COLLATE "C";
