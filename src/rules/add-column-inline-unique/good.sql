-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN number text;
CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number);
CREATE TABLE invoices (id bigint);
ALTER TABLE invoices ADD COLUMN number text UNIQUE;
