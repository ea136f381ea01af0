-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
CREATE INDEX totals_amount ON totals (amount);
-- migration
REFRESH MATERIALIZED VIEW totals;
