-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text);
INSERT INTO orders SELECT n, n::text FROM generate_series(1, 1000) AS n;
-- migration
CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number);
