-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
INSERT INTO orders SELECT i, i % 10 FROM generate_series(1, 200) AS i;

-- migration
CREATE INDEX CONCURRENTLY orders_customer_id ON orders (customer_id);

-- A table of this very migration has no rows and no users.
CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint NOT NULL);
CREATE INDEX refunds_order_id ON refunds (order_id);
