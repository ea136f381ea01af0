-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
-- migration
REINDEX TABLE CONCURRENTLY orders;
