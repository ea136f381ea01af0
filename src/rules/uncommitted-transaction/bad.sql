-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (outside a transaction)
BEGIN;
ALTER TABLE orders ADD COLUMN note text;
