-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 1000) AS n;
-- migration
CREATE TABLE orders_copy AS SELECT * FROM orders;
