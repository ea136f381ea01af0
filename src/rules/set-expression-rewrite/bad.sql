-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, net integer, total integer GENERATED ALWAYS AS (net * 2) STORED);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN total SET EXPRESSION AS (net * 3);
