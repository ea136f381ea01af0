-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id));
INSERT INTO customers SELECT n FROM generate_series(0, 9) AS n;
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
-- migration
SET lock_timeout = '2s';
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
