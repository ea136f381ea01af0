-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 1000) AS n;
-- migration
CREATE TABLE orders_copy AS SELECT * FROM orders WITH NO DATA;
INSERT INTO orders_copy SELECT * FROM orders WHERE id BETWEEN 1 AND 500;
INSERT INTO orders_copy SELECT * FROM orders WHERE id BETWEEN 501 AND 1000;
