-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, a integer, b integer);
CREATE INDEX orders_a ON orders (a);
CREATE INDEX orders_b ON orders (b);
-- migration
DROP INDEX CONCURRENTLY orders_a;
DROP INDEX CONCURRENTLY orders_b;
