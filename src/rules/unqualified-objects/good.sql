-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
INSERT INTO orders SELECT n, 'a' FROM generate_series(1, 100) AS n;
-- migration
CREATE FUNCTION count_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS 'WITH o AS (SELECT id FROM public.orders) SELECT count(*) FROM o';
CREATE FUNCTION count_again() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';
