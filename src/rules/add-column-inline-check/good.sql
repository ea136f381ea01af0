-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN discount integer, ADD CHECK (discount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_discount_check;
