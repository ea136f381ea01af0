-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, price numeric NOT NULL);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) AS n;
-- migration
CREATE VIEW orders_with_gross AS SELECT id, price, price * 1.2 AS gross FROM orders;
