-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, number bigint);
CREATE UNIQUE INDEX orders_number ON orders (number);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE USING INDEX orders_number;
