-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (outside a transaction)
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
