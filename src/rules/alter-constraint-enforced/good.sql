-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers);
INSERT INTO customers SELECT n FROM generate_series(0, 9) AS n;
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 1000) AS n;
DO $$ BEGIN
  IF current_setting('server_version_num')::integer >= 180000 THEN
    EXECUTE 'ALTER TABLE orders ALTER CONSTRAINT orders_customer_fk NOT ENFORCED';
  END IF;
END $$;
-- migration
SET lock_timeout = '2s';
ALTER TABLE orders DROP CONSTRAINT orders_customer_fk,
  ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk;
