-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
CREATE VIEW names AS SELECT id FROM customers;
INSERT INTO customers SELECT generate_series(1, 100);
-- migration
DROP TABLE customers;
