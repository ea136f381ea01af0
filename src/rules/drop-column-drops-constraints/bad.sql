-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, shop integer, number integer, UNIQUE (shop, number));
INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders DROP COLUMN shop;
