-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
-- migration
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
