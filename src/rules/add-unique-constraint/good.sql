-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number);
ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE USING INDEX orders_number_key;
