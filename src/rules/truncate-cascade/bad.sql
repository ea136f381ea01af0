-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
INSERT INTO customers SELECT generate_series(1, 100);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) AS n;
-- migration
TRUNCATE customers CASCADE;
