-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
INSERT INTO customers SELECT generate_series(1, 100);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) AS n;
-- migration
DELETE FROM orders WHERE customer_id = 7;
DELETE FROM customers WHERE id = 7;
CREATE TABLE imported (id bigint PRIMARY KEY);
TRUNCATE imported CASCADE;
