-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
ALTER TABLE orders ADD CONSTRAINT orders_customer_id_present CHECK (customer_id IS NOT NULL) NOT VALID;
-- migration
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
