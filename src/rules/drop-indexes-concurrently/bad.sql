-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, a integer, b integer);
CREATE INDEX orders_a ON orders (a);
CREATE INDEX orders_b ON orders (b);
-- migration (outside a transaction)
DROP INDEX CONCURRENTLY orders_a, orders_b;
