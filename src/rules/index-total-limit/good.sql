-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int);
CREATE INDEX ON orders (a);
-- migration
CREATE INDEX CONCURRENTLY orders_b_idx ON orders (b);
