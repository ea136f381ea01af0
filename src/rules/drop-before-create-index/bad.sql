-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, made date);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
INSERT INTO orders SELECT n, n % 10, now() FROM generate_series(1, 1000) AS n;
-- migration (outside a transaction)
DROP INDEX CONCURRENTLY orders_customer_id_idx;
CREATE INDEX CONCURRENTLY orders_customer_id_made_idx ON orders (customer_id, made);
