-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO customers SELECT n FROM generate_series(1, 1000) AS n;
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN customer_id bigint REFERENCES customers (id);
