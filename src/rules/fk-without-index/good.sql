-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO customers SELECT n FROM generate_series(0, 9) AS n;
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
-- migration
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
