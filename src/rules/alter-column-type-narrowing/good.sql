-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(10), amount numeric(8, 2), quantity bigint);
INSERT INTO orders SELECT n, n::text, n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);
ALTER TABLE orders ALTER COLUMN amount TYPE numeric(10, 2);
ALTER TABLE orders ADD CONSTRAINT orders_quantity_fits CHECK (quantity BETWEEN -2147483648 AND 2147483647) NOT VALID;
