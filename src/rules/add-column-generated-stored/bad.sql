-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, net integer, tax integer);
INSERT INTO orders SELECT n, n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN total integer GENERATED ALWAYS AS (net + tax) STORED;
