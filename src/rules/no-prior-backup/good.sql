-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) AS n;
-- migration
CREATE TABLE orders_before AS SELECT * FROM orders WHERE id = 7;
DELETE FROM orders WHERE id = 7;
