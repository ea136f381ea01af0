-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
CREATE UNIQUE INDEX totals_id_key ON totals (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
CREATE MATERIALIZED VIEW fresh AS SELECT id FROM orders WITH NO DATA;
REFRESH MATERIALIZED VIEW fresh;
