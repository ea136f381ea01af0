-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (in a transaction)
ALTER TABLE orders ADD COLUMN note text;
