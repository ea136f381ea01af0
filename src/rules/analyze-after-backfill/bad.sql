-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
CREATE TABLE totals (id bigint PRIMARY KEY, amount numeric);
-- migration
INSERT INTO totals SELECT id, amount FROM orders WHERE id <= 500;
