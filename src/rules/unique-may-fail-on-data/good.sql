-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text);
INSERT INTO orders SELECT n, n % 500 FROM generate_series(1, 1000) AS n;
CREATE UNIQUE INDEX orders_id_number ON orders (id, number);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_id_number UNIQUE USING INDEX orders_id_number;
