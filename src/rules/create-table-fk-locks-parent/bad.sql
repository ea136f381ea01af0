-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers SELECT n FROM generate_series(0, 9) AS n;
-- migration
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id));
