-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code text);
INSERT INTO orders SELECT n, n::text FROM generate_series(1, 1000) AS n;
CREATE INDEX orders_code ON orders (code);
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE text COLLATE "C";
