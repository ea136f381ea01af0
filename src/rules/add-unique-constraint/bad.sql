-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE (number);
