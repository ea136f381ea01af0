-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
INSERT INTO orders SELECT i, i % 10 FROM generate_series(1, 200) AS i;

-- migration
CREATE INDEX orders_customer_id ON orders (customer_id);
