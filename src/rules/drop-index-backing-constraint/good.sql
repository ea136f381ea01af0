-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text CONSTRAINT orders_number_key UNIQUE);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
CREATE INDEX orders_number_pattern_idx ON orders (number text_pattern_ops);
-- migration
DROP INDEX CONCURRENTLY orders_number_pattern_idx;
