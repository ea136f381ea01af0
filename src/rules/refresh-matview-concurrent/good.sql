-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
-- migration
COMMENT ON MATERIALIZED VIEW totals IS 'refreshed every hour by a job';
