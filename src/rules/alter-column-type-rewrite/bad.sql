-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total integer);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN total TYPE bigint;
