-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
CREATE UNIQUE INDEX totals_id_key ON totals (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
