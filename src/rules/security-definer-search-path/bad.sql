-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
INSERT INTO orders SELECT n, 'a' FROM generate_series(1, 100) AS n;
-- migration
CREATE FUNCTION count_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM orders';
