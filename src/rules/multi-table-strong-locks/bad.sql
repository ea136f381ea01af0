-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE customers ADD COLUMN note text;
