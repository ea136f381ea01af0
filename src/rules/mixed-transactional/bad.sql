-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (outside a transaction)
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
