-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
