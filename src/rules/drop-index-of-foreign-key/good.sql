-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, total int);
INSERT INTO customers VALUES (1);
INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 20000) AS n;
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_customer_id_total_idx ON orders (customer_id, total);
DROP INDEX CONCURRENTLY orders_customer_id_idx;
